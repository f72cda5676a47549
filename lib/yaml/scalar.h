/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Writing a scalar so that every YAML reader gives back the same text.
 */

#include <stdbool.h>
#include <stdio.h>

#include "yaml/tree.h"

typedef struct YamlScalarForm {
        YamlStyle style; /* preferred: YAML_STYLE_PLAIN or one of the quoted ones */
        bool flow;       /* stands inside [] or {} */
        bool bare;       /* a number or boolean, which quotes would make a text */
        bool entry;      /* of `overlays`, see yaml/overlay-entry.h */
} YamlScalarForm;

/* Writes valid UTF-8 text on one line: in the preferred style when it can hold the text. */
void yaml_write_scalar(FILE *f, const char *text, YamlScalarForm form);
