/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec-tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "content/definition.h"
#include "content/request.h"

TestSuite(request, .init = tree_setup, .fini = tree_teardown);

static OverlayDefinition *parse_good(const char *text) {
        SpecErrors errors = {};
        OverlayDefinition *definition = NULL;
        int r = definition_parse("f", text, strlen(text), &errors, &definition);
        _cleanup_free_ char *printed = errors_text(&errors);

        cr_assert_eq(r, 0, "%s", printed);
        return definition;
}

static void assert_error(const char *text, unsigned line, unsigned column, const char *words) {
        SpecErrors errors = {};
        OverlayDefinition *definition = NULL;

        cr_assert_eq(
                definition_parse("f", text, strlen(text), &errors, &definition), -EINVAL, "%s",
                text);
        cr_assert_null(definition);
        cr_assert_eq(errors.n_items, 1, "%s: %zu errors", text, errors.n_items);
        cr_assert_eq(errors.items[0].line, line, "%s", text);
        cr_assert_eq(errors.items[0].column, column, "%s", text);
        cr_assert(strstr(errors.items[0].message, words), "%s", errors.items[0].message);
        spec_errors_clear(&errors);
}

Test(definition, every_key) {
        _cleanup_(definition_freep) OverlayDefinition *w = parse_good(
                "kind: workshop\ndescription: 'Größe: L'\nitems: [1, 23]\n"
                "exclude: ['https://steamcommunity.com/sharedfiles/filedetails/?id=7']\nrefresh: daily\n");
        _cleanup_(definition_freep) OverlayDefinition *u = parse_good(
                "kind: release\nurl: https://example.org/a.zip\ninto: left4dead2/addons\nstrip: 2\n"
                "layout: as-is\nkeep: ['*.cfg']\n"
                "sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
        _cleanup_(definition_freep) OverlayDefinition *g =
                parse_good("kind: release\ngithub: a-b/c.d\ntag: v1.2+3\nasset: '*.zip'\n");

        cr_assert_eq(w->kind, OVERLAY_WORKSHOP);
        cr_assert_str_eq(w->description, "Größe: L");
        cr_assert_str_eq(w->items[0], "1");
        cr_assert_str_eq(w->items[1], "23");
        cr_assert_null(w->items[2]);
        cr_assert(strstr(w->exclude[0], "?id=7"));
        cr_assert_eq(w->refresh, REFRESH_DAILY);
        cr_assert_str_eq(u->url, "https://example.org/a.zip");
        cr_assert_str_eq(u->into, "left4dead2/addons");
        cr_assert_eq(u->strip, 2);
        cr_assert_eq(u->layout, LAYOUT_AS_IS);
        cr_assert_str_eq(u->keep[0], "*.cfg");
        cr_assert_not_null(u->sha256);
        cr_assert_str_eq(g->github, "a-b/c.d");
        cr_assert_str_eq(g->tag, "v1.2+3");
        cr_assert_str_eq(g->asset, "*.zip");
}

Test(definition, no_key_is_needed) {
        _cleanup_(definition_freep) OverlayDefinition *d = parse_good("# nothing yet\n");
        _cleanup_(definition_freep) OverlayDefinition *latest =
                parse_good("kind: release\ngithub: a/b\ntag: latest\n");

        cr_assert_eq(d->kind, OVERLAY_FILES);
        cr_assert_null(d->items[0]);
        cr_assert_null(d->keep[0]);
        cr_assert_null(latest->tag);
}

Test(definition, bad_values) {
        assert_error("kind: magic\n", 1, 7, "kind");
        assert_error("kind: files\nitems: [1]\n", 2, 1, "kind 'workshop'");
        assert_error("items: [1]\n", 1, 1, "kind 'workshop'");
        assert_error("kind: script\nrefresh: daily\n", 2, 10, "'refresh'");
        assert_error("kind: workshop\nitems: [1, abc]\n", 2, 12, "'abc' of items");
        assert_error("kind: workshop\nitems: [01]\n", 2, 9, "Steam Workshop");
        assert_error("kind: workshop\nexclude: ['http://a/?id=77']\n", 2, 11, "of exclude");
        assert_error("description: \"a\\nb\"\n", 1, 14, "one line");
        assert_error("kind: release\n", 0, 0, "'url' or 'github'");
        assert_error("kind: release\nurl: https://a\ngithub: a/b\n", 0, 0, "'url' or 'github'");
        assert_error("kind: release\nurl: ftp://a/b\n", 2, 6, "http");
        assert_error("kind: release\nurl: 'https://a/\"b'\n", 2, 6, "http");
        assert_error("kind: release\nurl: file:///etc/shadow\n", 2, 6, "http");
        assert_error("kind: release\ngithub: ../b\n", 2, 9, "OWNER/REPOSITORY");
        assert_error("kind: release\ngithub: a/..\n", 2, 9, "OWNER/REPOSITORY");
        assert_error("kind: release\ngithub: a/b/c\n", 2, 9, "OWNER/REPOSITORY");
        assert_error("kind: release\ngithub: a/b\ntag: a/b\n", 3, 6, "release");
        assert_error("kind: release\nurl: http://a\ninto: ../x\n", 3, 7, "relative");
        assert_error("kind: release\nurl: http://a\ninto: /x\n", 3, 7, "relative");
        assert_error("kind: release\nurl: http://a\nstrip: 17\n", 3, 8, "strip");
        assert_error("kind: release\nurl: http://a\nsha256: ABC\n", 3, 9, "64 hexadecimal");
        assert_error("kind: release\nurl: http://a\nkeep: x\n", 3, 7, "keep");
        assert_error("kind: files\ncolour: red\n", 2, 1, "unknown key");
}

/* --- requests --------------------------------------------------------------------------------- */

static int open_tree(void) {
        int fd = open(tree_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        cr_assert_geq(fd, 0);
        return fd;
}

static int take(int fd, JobRequest **ret) {
        SpecErrors errors = {};
        int r = request_take(fd, geteuid(), "request", &errors, ret);

        spec_errors_clear(&errors);
        return r;
}

/* Quotes, colons and leading blanks of a path survive the file. */
Test(request, is_read_as_it_was_written) {
        const JobRequest request = {
                .empty = true,
                .archive = (char *) "a1.zip",
                .path = (char *) " it's: \"left4dead2\"/#x",
                .layout = LAYOUT_AS_IS,
        };
        _cleanup_(request_freep) JobRequest *read = NULL, *again = NULL;
        _cleanup_close_ int fd = open_tree();

        cr_assert_eq(request_write(fd, &request), 0);
        cr_assert_eq(take(fd, &read), 0);
        cr_assert(read->empty);
        cr_assert_str_eq(read->archive, request.archive);
        cr_assert_str_eq(read->path, request.path);
        cr_assert_eq(read->layout, LAYOUT_AS_IS);
        /* It is for one job only. */
        cr_assert_eq(take(fd, &again), 0);
        cr_assert_not(again->empty);
        cr_assert_null(again->archive);
        cr_assert_eq(again->layout, LAYOUT_AUTO);
}

Test(request, bad_ones_are_refused_and_removed) {
        static const char *const bad[] = {
                "archive: ../../etc/shadow\n",
                "archive: a/b\n",
                "path: ../x\n",
                "path: /x\n",
                "empty: maybe\n",
                "command: x\n",
        };
        _cleanup_close_ int fd = open_tree();

        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                _cleanup_(request_freep) JobRequest *request = NULL, *next = NULL;

                tree_write("request", bad[i]);
                cr_assert_eq(take(fd, &request), -EINVAL, "%s", bad[i]);
                cr_assert_null(request);
                cr_assert_eq(take(fd, &next), 0);
        }
}

Test(request, a_link_is_not_followed) {
        _cleanup_(request_freep) JobRequest *request = NULL;
        _cleanup_close_ int fd = open_tree();

        tree_write("elsewhere", "empty: true\n");
        cr_assert_eq(symlinkat("elsewhere", fd, "request"), 0);
        cr_assert_eq(take(fd, &request), -ELOOP);
        cr_assert_null(request);
}
