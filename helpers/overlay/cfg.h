/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The server.cfg of overlays whose entry says exec: copied into the instance layer, from the
 * directories that are about to be mounted.
 */

#include "overlay/context.h"
#include "overlay/layers.h"

/*
 * layer_fd is the instance layer, with everything else in it. An overlay without a server.cfg that
 * can be executed is an error: its settings may be what the server is about. Logs.
 */
int executed_write(const Overlay *overlay, int layer_fd, const Spec *spec, const LayerStack *stack)
        _must_check_;
