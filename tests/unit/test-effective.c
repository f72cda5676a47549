/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layer/effective.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "layer/content-report.h"

enum { LAYERS_MAX = 4 };

static char directory[64];
static int layers[LAYERS_MAX];
static size_t n_layers;

static void run(const char *command) {
        char line[2048];

        (void) snprintf(line, sizeof(line), "cd %s && { %s; }", directory, command);
        cr_assert_eq(system(line), 0, "%s", command);
}

/* Makes the layers 0 to n - 1 as directories of these names. */
static void make_layers(size_t n) {
        for (; n_layers < n; n_layers++) {
                char path[128];

                (void) snprintf(path, sizeof(path), "%s/%zu", directory, n_layers);
                cr_assert_eq(mkdir(path, 0755), 0);
                layers[n_layers] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                cr_assert_geq(layers[n_layers], 0);
        }
}

static void setup(void) {
        strcpy(directory, "/tmp/effective-XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        make_layers(3);
}

static void teardown(void) {
        while (n_layers > 0)
                (void) close(layers[--n_layers]);
        run("rm -rf -- \"$PWD\"");
}

TestSuite(effective, .init = setup, .fini = teardown);
TestSuite(content_report, .init = setup, .fini = teardown);

/* "name:layer", for directories "name/:layer+merged", with "(hidden)" where it hides some. */
static void expect_list(const char *path, const char *expected) {
        _cleanup_(effective_dir_done) EffectiveDir dir = {};
        _cleanup_(effective_list_clear) EffectiveList list = {};
        char actual[512] = "";

        cr_assert_eq(effective_open(layers, n_layers, path, &dir), 0, "%s", path);
        cr_assert_eq(effective_list(&dir, &list), 0);
        for (size_t i = 0; i < list.n_items; i++) {
                const EffectiveEntry *e = &list.items[i];
                size_t n = strlen(actual);

                n += (size_t) snprintf(
                        actual + n, sizeof(actual) - n, "%s%s%s:%zu", n > 0 ? " " : "", e->name,
                        S_ISDIR(e->st.st_mode) ? "/" : "", e->layer);
                if (S_ISDIR(e->st.st_mode))
                        n += (size_t) snprintf(actual + n, sizeof(actual) - n, "+%zu", e->n_layers);
                if (e->n_hidden > 0)
                        (void) snprintf(
                                actual + n, sizeof(actual) - n, "(%zu from %zu)", e->n_hidden,
                                e->hidden_layer);
        }
        cr_expect_str_eq(actual, expected);
}

static void expect_error(const char *path, int error) {
        _cleanup_(effective_dir_done) EffectiveDir dir = {};

        cr_expect_eq(effective_open(layers, n_layers, path, &dir), error, "%s", path);
}

Test(effective, the_topmost_file_counts_and_directories_merge) {
        run("mkdir -p 0/d 1/d 2/d/e && touch 0/d/a 1/d/a 1/d/b 2/d/a 2/d/b 2/d/c 2/x");
        expect_list("", "d/:0+3 x:2");
        expect_list(".", "d/:0+3 x:2");
        expect_list("d", "a:0(2 from 1) b:1(1 from 2) c:2 e/:2+1");
        expect_error("d/a", -ENOTDIR);
        expect_error("nothing/x", -ENOENT);
        expect_error("../x", -EINVAL);
}

/* As overlayfs has it: a file between two directories parts them. */
Test(effective, a_file_hides_directories_below_it) {
        run("mkdir -p 0/d 2/d && touch 1/d 0/d/a 2/d/b && mkdir -p 1/e && touch 0/e 1/e/x");
        expect_list("", "d/:0+1(2 from 1) e:0(1 from 1)");
        expect_list("d", "a:0");
        expect_error("e", -ENOTDIR);
}

Test(effective, a_whiteout_hides_what_is_below) {
        run("mkdir -p 0/d 1/d 1/gone/x 2/gone && touch 1/a 1/d/b 2/d && mknod 0/a c 0 0 && "
            "mknod 0/gone c 0 0 && mknod 1/back c 0 0 && touch 0/back 2/back");
        expect_list("", "back:0 d/:0+2(1 from 2)");
        expect_error("gone", -ENOENT);
        expect_error("gone/x", -ENOENT);
        cr_expect_eq(effective_exists(layers, n_layers, "a"), 0);
        cr_expect_eq(effective_exists(layers, n_layers, "d/b"), 1);
}

Test(effective, an_opaque_directory_hides_those_below) {
        char path[128];

        run("mkdir -p 0/d 1/d && touch 0/d/a 1/d/b");
        (void) snprintf(path, sizeof(path), "%s/0/d", directory);
        if (setxattr(path, "trusted.overlay.opaque", "y", 1, 0) < 0)
                cr_skip("this file system has no trusted attributes");
        expect_list("d", "a:0");
        expect_list("", "d/:0+1(1 from 1)");
}

Test(effective, no_link_is_followed) {
        run("ln -s /etc 0/etc && mkdir 1/etc && touch 1/etc/x && ln -s 1 2/one");
        expect_error("etc", -ELOOP);
        expect_error("etc/x", -ELOOP);
        expect_list("", "etc:0(1 from 1) one:2");
        cr_expect_eq(effective_exists(layers, n_layers, "etc"), 1);
}

/* The tree that the kernel makes of the same layers has the same names. */
Test(effective, it_is_the_tree_that_the_kernel_mounts) {
        char options[512], target[128], command[256];

        run("mkdir -p m w up && touch up/plain && mkdir -p 0/d/e 1/d/e 2/d/e 0/f 2/f && "
            "touch 1/d/e/one 2/d/e/one 2/d/e/two 1/f 2/f/hidden 0/d/x 2/y && mknod 0/y c 0 0 && "
            "mknod 0/d/e/two c 0 0");
        (void) snprintf(
                options, sizeof(options), "lowerdir=%s/0:%s/1:%s/2", directory, directory,
                directory);
        (void) snprintf(target, sizeof(target), "%s/m", directory);
        if (mount("overlay", target, "overlay", 0, options) < 0)
                cr_skip("overlayfs can't be mounted here");
        run("ls -A m m/d m/d/e m/f >kernel");
        cr_assert_eq(umount(target), 0);
        (void) snprintf(
                command, sizeof(command),
                "printf 'm:\\nd\\nf\\n\\nm/d:\\ne\\nx\\n\\nm/d/e:\\none\\n\\nm/f:\\n' | cmp - kernel");
        run(command);
        expect_list("", "d/:0+3 f/:0+1(2 from 1)");
        expect_list("d", "e/:0+3 x:0");
        expect_list("d/e", "one:1(1 from 2)");
        expect_list("f", "");
}

static int count_visit(
        const EffectiveDir *dir, const char *path, const EffectiveList *list, void *userdata) {
        (void) dir;
        (void) list;
        (void) snprintf((char *) userdata + strlen(userdata), 256 - strlen(userdata), "[%s]", path);
        return 0;
}

Test(effective, a_walk_enters_only_where_the_first_layers_are) {
        char visited[256] = "";

        run("mkdir -p 0/a/b 1/a/c 1/d 2/a/e 2/f && ln -s / 0/root");
        cr_assert_eq(effective_walk(layers, n_layers, 1, count_visit, visited), 0);
        cr_expect_str_eq(visited, "[][a][a/b]");
        visited[0] = '\0';
        cr_assert_eq(effective_walk(layers, n_layers, 2, count_visit, visited), 0);
        cr_expect_str_eq(visited, "[][a][a/b][a/c][d]");
}

/* --- findings --------------------------------------------------------------------------------- */

/* Layer 2 is the game. Findings as "fault:layer:path", one a line. */
static void expect_findings(const char *expected) {
        const ContentLayers content = { layers, n_layers, 2, "/nothing" };
        _cleanup_(content_report_clear) ContentReport report = {};
        char actual[2048] = "";

        cr_assert_eq(content_report(&content, &report), 0);
        for (size_t i = 0; i < report.n_findings; i++) {
                const ContentFinding *f = &report.findings[i];
                _cleanup_free_ char *text = NULL;
                size_t n = strlen(actual);

                cr_assert_eq(content_finding_text(f, &text), 0);
                (void) snprintf(
                        actual + n, sizeof(actual) - n, "%s:%zu:%s: %s\n",
                        content_fault_word(f->fault), f->layer, f->path, text);
        }
        cr_expect_str_eq(actual, expected, "%s", actual);
}

Test(content_report, sound_content_has_no_findings) {
        run("mkdir -p 0/left4dead2/addons/sourcemod 1/left4dead2/addons/workshop 2/left4dead2/cfg && "
            "touch 0/left4dead2/addons/metamod.vdf 1/left4dead2/addons/1.jpg && "
            "ln -s ../cfg 0/left4dead2/addons/cfg && ln -s cfg/none 2/left4dead2/broken");
        expect_findings("");
}

Test(content_report, names_that_differ_in_capital_letters_are_found_across_layers) {
        run("mkdir -p 0/left4dead2/Addons 0/left4dead2/cfg 1/left4dead2/addons 2/left4dead2/CFG "
            "2/left4dead2/maps 2/left4dead2/Maps");
        expect_findings(
                "case-clash:0:left4dead2/Addons: it differs from left4dead2/addons only in "
                "capital letters, and the game finds one of them\n"
                "case-clash:0:left4dead2/cfg: it differs from left4dead2/CFG only in capital "
                "letters, and the game finds one of them\n");
}

Test(content_report, links_are_broken_that_a_server_cannot_follow) {
        run("mkdir -p 0/left4dead2 2/left4dead2/cfg && touch 2/left4dead2/cfg/a && cd 0/left4dead2 && "
            "ln -s cfg/a good && ln -s ./../left4dead2//cfg/a better && ln -s cfg/b gone && "
            "ln -s /etc/passwd outside && ln -s ../../x above && ln -s . here");
        expect_findings(
                "broken-link:0:left4dead2/above: it is a link to ../../x, which a server "
                "doesn't see\n"
                "broken-link:0:left4dead2/gone: it is a link to cfg/b, which a server doesn't "
                "see\n"
                "broken-link:0:left4dead2/outside: it is a link to /etc/passwd, which a server "
                "doesn't see\n");
}

Test(content_report, files_that_are_no_add_ons_are_found_in_addons_only) {
        run("mkdir -p 0/left4dead2/addons/sourcemod 1/left4dead2/addons && "
            "cd 0/left4dead2/addons && touch maps.zip readme.txt a.so.old sourcemod/x.zip && "
            "mkfifo pipe && touch bad.VPK && printf 'x%.0s' {1..100} >worse.vpk");
        expect_findings(
                "not-an-addon:0:left4dead2/addons/a.so.old: the game ignores it: add-ons are "
                ".vpk files, and plugins .vdf and .so\n"
                "vpk-damaged:0:left4dead2/addons/bad.VPK: it is not a VPK file, or a part of "
                "it is missing\n"
                "not-an-addon:0:left4dead2/addons/maps.zip: the game ignores it: add-ons are "
                ".vpk files, and plugins .vdf and .so\n"
                "special-file:0:left4dead2/addons/pipe: it is neither a file nor a directory\n"
                "vpk-damaged:0:left4dead2/addons/worse.vpk: it is not a VPK file, or a part of "
                "it is missing\n");
}

Test(content_report, closed_directories_and_bad_libraries_are_found) {
        run("mkdir -p 0/left4dead2/addons 1/left4dead2/cfg && echo text >0/left4dead2/addons/a.so && "
            "mkdir -p 0/left4dead2/addons/sourcemod/extensions/x64 && "
            "echo >0/left4dead2/addons/sourcemod/extensions/x64/b.so && chmod 700 1/left4dead2/cfg");
        expect_findings(
                "unreadable:1:left4dead2/cfg: servers can't read it: run \"chmod -R o+rX\"\n"
                "not-loadable:0:left4dead2/addons/a.so: it is neither a program nor a library "
                "for Linux\n");
}

/* One archive each with these files, made without a tool: "path extension" … */
static void make_vpk(const char *path, const char *const *names) {
        char full[256], tree[2048];
        uint32_t header[3] = { 0x55aa1234, 1, 0 };
        size_t n = 0;
        FILE *f;

        for (; *names; names++) {
                n += (size_t) sprintf(tree + n, "txt%cmaps%c%s%c", 0, 0, *names, 0);
                memset(tree + n, 0, 18);
                tree[n + 6] = (char) 0xff;
                tree[n + 7] = 0x7f;
                tree[n + 16] = tree[n + 17] = (char) 0xff;
                n += 18;
                tree[n++] = '\0';
                tree[n++] = '\0';
        }
        tree[n++] = '\0';
        header[2] = (uint32_t) n;
        (void) snprintf(full, sizeof(full), "%s/%s", directory, path);
        f = fopen(full, "we");
        cr_assert_not_null(f);
        cr_assert_eq(fwrite(header, sizeof(header), 1, f), 1);
        cr_assert_eq(fwrite(tree, n, 1, f), 1);
        cr_assert_eq(fclose(f), 0);
}

Test(content_report, archives_that_override_each_other_are_named_with_the_number) {
        run("mkdir -p 0/left4dead2/addons 1/left4dead2/addons/workshop");
        make_vpk("0/left4dead2/addons/a.vpk", (const char *[]) { "One", "two", "two", NULL });
        make_vpk("1/left4dead2/addons/workshop/b.vpk", (const char *[]) { "one", "three", NULL });
        make_vpk("1/left4dead2/addons/c.vpk", (const char *[]) { "four", NULL });
        expect_findings(
                "vpk-overlap:0:left4dead2/addons/a.vpk: left4dead2/addons/workshop/b.vpk has 1 "
                "of the same files, and only one of the two is used: maps/One.txt\n");
}

Test(content_report, maps_and_campaigns_of_the_tree_are_listed) {
        const ContentLayers content = { layers, n_layers, 2, "/nothing" };
        _cleanup_(content_report_clear) ContentReport report = {};

        run("mkdir -p 0/left4dead2/maps 1/left4dead2/maps 1/left4dead2/missions 2/left4dead2/maps && "
            "touch 0/left4dead2/maps/b.bsp 0/left4dead2/maps/a.BSP 0/left4dead2/maps/a.nav "
            "1/left4dead2/maps/b.bsp '1/left4dead2/maps/c d.bsp' 2/left4dead2/maps/game.bsp && "
            "echo 'mission { name One modes { coop { 1 { map one } } } }' "
            ">1/left4dead2/missions/one.txt");
        cr_assert_eq(content_report(&content, &report), 0);
        cr_assert_eq(report.n_addons, 2);
        cr_assert_eq(report.addons[0].layer, 0);
        cr_assert_eq(report.addons[0].n_maps, 2);
        cr_assert_str_eq(report.addons[0].maps[0], "a");
        cr_assert_eq(report.addons[1].layer, 1);
        cr_assert_str_eq(report.addons[1].addon->missions[0]->name, "One");
}
