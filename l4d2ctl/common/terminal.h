/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Output for people. Colours only on a terminal and unless NO_COLOR is set; a terminal never gets a
 * control byte that came from a server's log or from a file.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <systemd/sd-json.h>

#include "base/cleanup.h"

typedef enum Color {
        COLOR_NONE,
        COLOR_BOLD,
        COLOR_RED,
        COLOR_GREEN,
        COLOR_YELLOW,
        COLOR_GREY
} Color;

bool colors_enabled(FILE *f);

/* The escape sequence, "" when colours are off. */
const char *color_on(Color color, FILE *f);
const char *color_off(Color color, FILE *f);

/* For libsmartcols: a name, or NULL. */
const char *color_name(Color color);

/* Text with control bytes and invalid UTF-8 as \xNN; lines after the first are indented by so many
 * blanks. */
void print_visible(const char *text, size_t size, unsigned indent, FILE *f);

enum { SIZE_TEXT_MAX = 32 };

/* "1.2G" */
const char *size_format(uint64_t bytes, char buffer[static SIZE_TEXT_MAX]);

/* Text of any bytes as JSON, which has Unicode only: what is not is replaced by U+FFFD. */
int json_make_string(const char *text, size_t size, sd_json_variant **ret) _must_check_;

/* Prints JSON, laid out for people on a terminal, else in one line. Returns an ExitCode. */
int print_json(sd_json_variant *v);
