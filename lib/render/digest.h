/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * One value for all that a spec does to a server that is started with it: its command line, the
 * files of its instance layer, its overlays, its drop-in. Two specs with the same digest differ in
 * nothing that a restart would apply: a comment, the order of keys, autostart, a label that is in
 * no host name, the description of a blueprint.
 *
 * The RCON password is in it, so it is a secret: a short password could be found from it.
 */

#include "base/paths.h"
#include "base/sha256.h"
#include "spec/spec.h"

/*
 * 64 hexadecimal digits. The spec must have the lists of its blueprint. Names of overlays count,
 * their content doesn't. -EINVAL when the spec can't be rendered, -ENOMEM.
 */
int spec_digest(
        const Spec *spec, const HostConfig *config, const Paths *paths,
        char ret[static SHA256_TEXT_MAX]) _must_check_;
