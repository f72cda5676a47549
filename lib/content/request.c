/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "content/request.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "layer/tree-edit.h"
#include "spec/value.h"

static int read_empty(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        JobRequest *request = r->object;

        (void) value_boolean(&r->source, key->name, node, &request->empty);
        return 0;
}

static int read_archive(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        JobRequest *request = r->object;
        char *text = value_text(&r->source, key->name, node);

        if (text && (!ref_is_valid(text) || strchr(text, '/')))
                yaml_error(&r->source, node->start, "%s must be the name of a file", key->name);
        request->archive = text;
        return 0;
}

static int read_path(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        JobRequest *request = r->object;
        char *text = value_text(&r->source, key->name, node);

        if (text && !tree_path_is_valid(text))
                yaml_error(
                        &r->source, node->start,
                        "%s must be a relative path without empty, '.' and '..' parts", key->name);
        request->path = text;
        return 0;
}

static int read_layout(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        JobRequest *request = r->object;
        bool auto_layout = true;

        if (value_boolean(&r->source, key->name, node, &auto_layout))
                request->layout = auto_layout ? LAYOUT_AUTO : LAYOUT_AS_IS;
        return 0;
}

static int read_export(SpecReader *r, const SpecKey *key, const YamlNode *node) {
        JobRequest *request = r->object;

        (void) value_boolean(&r->source, key->name, node, &request->is_export);
        return 0;
}

static const SpecKey items[] = {
        { "empty", SPEC_KEY_BARE, read_empty, NULL, SPEC_KEY_NOWHERE, 0 },
        { "archive", SPEC_KEY_TEXT, read_archive, NULL, SPEC_KEY_NOWHERE, 0 },
        { "path", SPEC_KEY_TEXT, read_path, NULL, SPEC_KEY_NOWHERE, 0 },
        { "auto_layout", SPEC_KEY_BARE, read_layout, NULL, SPEC_KEY_NOWHERE, 0 },
        { "export", SPEC_KEY_BARE, read_export, NULL, SPEC_KEY_NOWHERE, 0 },
};
static const SpecKeys request_keys = { items, ELEMENTSOF(items) };

JobRequest *request_free(JobRequest *request) {
        if (request)
                arena_free(request->arena); /* holds the request itself too */
        return NULL;
}

static int request_new(JobRequest **ret) {
        _cleanup_(arena_freep) Arena *arena = NULL;
        JobRequest *request;
        int r;

        r = arena_new(&arena);
        if (r < 0)
                return r;
        request = arena_allocate(arena, sizeof(*request));
        if (!request)
                return -ENOMEM;
        request->arena = TAKE_PTR(arena);
        *ret = request;
        return 0;
}

/* A path has any bytes: in single quotes, YAML takes all but line ends and the quote itself. */
static int put_path(FILE *f, const char *path) {
        if (strpbrk(path, "\n\r"))
                return -EINVAL;
        fputs("path: '", f);
        for (; *path != '\0'; path++) {
                if (*path == '\'')
                        fputc('\'', f);
                fputc(*path, f);
        }
        fputs("'\n", f);
        return 0;
}

int request_write(int overlay_fd, const JobRequest *request) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);
        int r = 0;

        if (!f)
                return -ENOMEM;
        fprintf(f, "empty: %s\n", request->empty ? "true" : "false");
        if (request->archive)
                fprintf(f, "archive: '%s'\n", request->archive);
        if (request->path)
                r = put_path(f, request->path);
        fprintf(f, "auto_layout: %s\n", request->layout == LAYOUT_AUTO ? "true" : "false");
        if (request->is_export)
                fputs("export: true\n", f);
        if (fclose(f) != 0)
                return -ENOMEM;
        return r < 0 ? r : write_file_atomic(overlay_fd, REQUEST_FILE, text, size, 0644);
}

int request_parse(
        const char *file, const char *text, size_t size, SpecErrors *errors, JobRequest **ret) {
        static const SpecDocument document = { .keys = &request_keys, .what = N_("a request") };
        _cleanup_(request_freep) JobRequest *request = NULL;
        SpecReader reader = {
                .source = { .file = file, .text = text, .size = size, .errors = errors },
        };
        int r;

        r = request_new(&request);
        if (r < 0)
                return r;
        reader.object = request;
        reader.arena = request->arena;
        r = spec_document_read(&reader, &document);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(request);
        return 0;
}

int request_take(
        int overlay_fd, uid_t owner, const char *file, SpecErrors *errors, JobRequest **ret) {
        const uid_t owners[] = { 0, owner };
        const FileLimits limits = {
                .size_max = SPEC_SIZE_MAX,
                .owners = owners,
                .n_owners = ELEMENTSOF(owners),
        };
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        int r;

        r = read_file_beneath(overlay_fd, REQUEST_FILE, &limits, &text, &size);
        if (r == -ENOENT)
                return request_new(ret);
        if (r < 0)
                return r;
        if (unlinkat(overlay_fd, REQUEST_FILE, 0) < 0)
                return -errno;
        return request_parse(file, text, size, errors, ret);
}
