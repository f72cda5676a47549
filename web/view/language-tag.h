/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names of languages: gettext's, which are directories of catalogs, and those of HTTP and HTML. */

#include <stdbool.h>

enum { LANGUAGE_TAG_MAX = 32 };

/*
 * Makes the tag (BCP 47) of a locale: "de", "pt-BR" of "pt_BR", "es-419" of "es_419", "zh-Hant" of
 * "zh_Hant", "sr-Latn-RS" of "sr_RS@latin", "ca-valencia" of "ca@valencia". False: it has another
 * form, such as a codeset, or a modifier that no tag can have.
 */
bool language_tag(const char *locale, char ret[static LANGUAGE_TAG_MAX]);
