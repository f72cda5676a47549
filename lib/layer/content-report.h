/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Facts about the content of an overlay, or of all layers of a server together: the maps and
 * add-ons in it, and the mistakes that the game would not report. It is found on descriptors
 * (layer/effective.h), without running anything or following links, and the content may be hostile.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "game/addon.h"

enum {
        CONTENT_FINDINGS_MAX = 200, /* others are counted */
        CONTENT_ADDONS_MAX = 512,   /* VPK files that are read; others are counted */
        CONTENT_MAPS_MAX = 256,     /* of one add-on */
};

typedef enum ContentFault {
        CONTENT_CASE_CLASH,   /* other has the same path but for capital letters */
        CONTENT_NOT_AN_ADDON, /* a file in addons/ that the game ignores */
        CONTENT_BROKEN_LINK,  /* to detail */
        CONTENT_VPK_OVERLAP,  /* other has n of the same files, for example detail */
        CONTENT_VPK_DAMAGED,  /* not a VPK, or not all of it */
        CONTENT_NOT_LOADABLE, /* the host can't load this library; detail says why */
        CONTENT_UNREADABLE,   /* servers may not read it */
        CONTENT_SPECIAL,      /* a device, socket or pipe */
        _CONTENT_FAULT_MAX,
} ContentFault;

/* Layers are numbers in the order of ContentLayers. Paths are below the tree. */
typedef struct ContentFinding {
        ContentFault fault;
        size_t layer, other_layer;
        char *path;
        char *other; /* NULL: none, as detail */
        uint64_t n;
        char *detail;
} ContentFinding;

/* An add-on, or maps and campaigns that lie in the tree themselves. */
typedef struct ContentAddon {
        size_t layer;
        char *path;   /* of the VPK; NULL: the tree itself */
        Addon *addon; /* NULL: none */
        char **maps;  /* names of its .bsp files, sorted; NULL-terminated, NULL: none */
        size_t n_maps;
        size_t n_files; /* in the archive */
} ContentAddon;

typedef struct ContentReport {
        ContentFinding *findings;
        size_t n_findings, n_more_findings;
        ContentAddon *addons;
        size_t n_addons, n_more_addons;
        const char *machine; /* what libraries must be made for: "i386" */
} ContentReport;

typedef struct ContentLayers {
        const int *fds; /* topmost first */
        size_t n;
        size_t n_checked; /* only content of the first ones is reported; the others are the game */
        const char *root; /* of the host, see game/loadable.h */
} ContentLayers;

/* -errno when a layer as a whole can't be read. Clear in any case. */
int content_report(const ContentLayers *layers, ContentReport *ret) _must_check_;
void content_report_clear(ContentReport *report);

/* "case-clash" …, for JSON. */
const char *content_fault_word(ContentFault fault);

/* A sentence in the current language that follows "PATH: ", from malloc. */
int content_finding_text(const ContentFinding *finding, char **ret) _must_check_;
