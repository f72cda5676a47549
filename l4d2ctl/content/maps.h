/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The maps of a server's layers (layer/maps.h), for verbs. */

#include "content/layers.h"
#include "layer/maps.h"

/* Returns an ExitCode and has said what was wrong; warns when the list may lack some. */
int maps_of_layers(const LayerList *layers, const char *name, ServerMaps *ret) _must_check_;

/* An array of {title, name, source, file, layer, maps: [{name, title, modes}]}. Maps without a
 * campaign come last, as one without a title for each source. */
int maps_to_json(const ServerMaps *maps, const LayerList *layers, sd_json_variant **ret)
        _must_check_;

/* Prints a table. 0 or -errno. */
int maps_print(const ServerMaps *maps) _must_check_;
