/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * overlays/REF/overlay.yaml: where the content of an overlay comes from. l4d2ctl writes it for its
 * users; left4me-layer reads it as root and treats it as hostile. A missing file means an overlay
 * of files.
 */

#include "spec/keys.h"
#include "spec/overlay-dir.h"

typedef enum OverlayKind {
        OVERLAY_FILES,    /* people put files into it */
        OVERLAY_WORKSHOP, /* items and collections of the Steam Workshop */
        OVERLAY_RELEASE,  /* an archive at a URL or of a release on GitHub */
        OVERLAY_SCRIPT,   /* an admin's script makes it */
        _OVERLAY_KIND_MAX,
} OverlayKind;

enum {
        DEFINITION_DESCRIPTION_MAX = 1024, /* bytes */
        DEFINITION_ITEMS_MAX = 1024,       /* of each list */
        DEFINITION_STRIP_MAX = 16,
        DEFINITION_SCRIPT_MAX = 256 * 1024, /* bytes of the file OVERLAY_SCRIPT_FILE */
};

#define OVERLAY_SCRIPT_FILE "script" /* beside overlay.yaml */

/* How the entries of an archive become paths of the overlay. */
typedef enum ArchiveLayout {
        LAYOUT_AUTO,  /* by what lies at its top */
        LAYOUT_AS_IS, /* as they are */
        _LAYOUT_MAX,
} ArchiveLayout;

typedef enum OverlayRefresh {
        REFRESH_NEVER,
        REFRESH_DAILY,
        _REFRESH_MAX,
} OverlayRefresh;

typedef struct OverlayDefinition {
        OverlayKind kind;
        char *description; /* NULL: none */
        OverlayRefresh refresh;

        char **items;   /* workshop: ids or URLs of items and collections; NULL-terminated */
        char **exclude; /* workshop: the same of what is left out */

        char *url;    /* release: http or https; NULL: github is set */
        char *github; /* release: OWNER/REPOSITORY */
        char *tag;    /* release of github; NULL: the latest */
        char *asset;  /* release of github: a pattern of the file's name; NULL: the only archive */
        char *sha256; /* release: 64 hexadecimal digits, NULL: not checked */
        char *into;   /* release: below this directory of the overlay, NULL: the overlay */
        int strip;    /* release: leading parts of paths to leave out */
        ArchiveLayout layout;
        char **keep; /* release: patterns of files that an update does not replace */

        Arena *arena;
} OverlayDefinition;

extern const SpecKeys definition_keys;
extern const OverlayDefinition definition_defaults;

/* "files", …; NULL: not a kind. */
const char *overlay_kind_to_string(OverlayKind kind);
const char *archive_layout_to_string(ArchiveLayout layout);

/* Parses a text; file is what errors call it. Returns 0, -EINVAL with errors, -ENOMEM. */
int definition_parse(
        const char *file, const char *text, size_t size, SpecErrors *errors,
        OverlayDefinition **ret) _must_check_;

/*
 * Reads it from an open overlay directory; file is what errors call it, owner the accepted owner
 * beside root. A missing one is success. 0, -EINVAL with errors, -ENOMEM, or -errno.
 */
int definition_load(
        int overlay_fd, uid_t owner, const char *file, SpecErrors *errors, OverlayDefinition **ret)
        _must_check_;

OverlayDefinition *definition_free(OverlayDefinition *definition);
DEFINE_CLEANUP(OverlayDefinition *, definition_free)
