/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Compiled without -fPIC on purpose, see engine.h. Every access to the variables below is an
 * absolute address inside the code: one text relocation each.
 */

#include "engine.h"

extern const Engine engine_interface;

static const char version_string[] = "2.2.4.3";
static unsigned build_number = 9472;
static unsigned n_frames;

static const char *engine_version(void) {
        return version_string;
}

static unsigned engine_build(void) {
        return build_number;
}

static unsigned engine_frame(void) {
        n_frames++;
        return n_frames;
}

const Engine engine_interface = {
        .version = engine_version,
        .build = engine_build,
        .frame = engine_frame,
};
