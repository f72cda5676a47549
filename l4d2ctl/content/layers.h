/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The layers of an overlay or of a server, opened, for layer/effective.h and
 * layer/content-report.h. Each function returns an ExitCode and has said what was wrong.
 */

#include <systemd/sd-json.h>

#include "common/ctl.h"
#include "layer/content-report.h"

typedef struct ContentLayer {
        const char *kind; /* "server": files that it wrote; "instance": made from its spec;
                             "overlay"; "game" */
        char *name;       /* of an overlay; NULL: none */
        char *version;    /* "versions/ID"; NULL: it has none */
        int error;        /* why it can't be read, 0: it can */
} ContentLayer;

typedef struct LayerList {
        ContentLayer *items; /* topmost first */
        int *fds;            /* of each; negative: it can't be read */
        size_t n;
        bool is_mounted; /* the server runs in this tree, else its next start mounts it */
} LayerList;

/* An overlay's current version, and the game below it. root_fd: of all overlays. */
int layers_of_overlay(Ctl *ctl, int root_fd, const char *ref, LayerList *ret) _must_check_;

/* Everything that a server's tree stacks. Layers that can't be read are in the list. */
int layers_of_server(Ctl *ctl, const char *name, LayerList *ret) _must_check_;

void layers_done(LayerList *layers);

/* An array of {kind, name, version, is_readable}. */
int layers_to_json(const LayerList *layers, sd_json_variant **ret) _must_check_;

/* How people call a layer: an overlay's name, else its kind. */
const char *layer_label(const ContentLayer *layer);

/* Adds "findings" and "maps" to an object, or prints them as text; the report was made of these
 * layers. 0 or -errno. */
int content_to_json(const ContentReport *report, const LayerList *layers, sd_json_variant **object)
        _must_check_;
int content_print(const ContentReport *report, const LayerList *layers) _must_check_;

/* Looks at all of them but the game. */
int content_of_layers(Ctl *ctl, const LayerList *layers, ContentReport *ret) _must_check_;
