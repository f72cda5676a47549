/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "layer/cfg.h"
#include "layer/layer.h"

static void assert_clean(
        const char *text, size_t size, const char *expected, LayerCfgNotes wanted) {
        _cleanup_free_ char *cleaned = NULL;
        LayerCfgNotes notes;
        size_t cleaned_size;

        cr_assert_eq(layer_cfg_clean(text, size, &notes, &cleaned, &cleaned_size), 0);
        cr_assert_str_eq(cleaned, expected);
        cr_assert_eq(cleaned_size, strlen(expected));
        cr_assert_eq(notes.n_passwords, wanted.n_passwords, "%s", text);
        cr_assert_eq(notes.first_password, wanted.first_password, "%s", text);
        cr_assert_eq(notes.n_foreign, wanted.n_foreign, "%s", text);
        cr_assert_eq(notes.first_foreign, wanted.first_foreign, "%s", text);
}

#define ASSERT_CLEAN(text, expected, ...) \
        assert_clean(text, sizeof(text) - 1, expected, (LayerCfgNotes) { __VA_ARGS__ })

#define LEFT_OUT "// left out by left4me: a line with rcon_password\n"

Test(layer_cfg, lines_stay_as_they_are) {
        ASSERT_CLEAN("", "", 0);
        ASSERT_CLEAN(
                "sv_cheats 0\n\n\texec more.cfg // note",
                "sv_cheats 0\n\n\texec more.cfg // note\n", 0);
        ASSERT_CLEAN("a\r\nb\r\n", "a\nb\n", 0);
        ASSERT_CLEAN("\xef\xbb\xbfhostname x\n", "hostname x\n", 0);
}

Test(layer_cfg, lines_with_rcon_password_are_left_out) {
        ASSERT_CLEAN(
                "a\nrcon_password x\nb\n", "a\n" LEFT_OUT "b\n", .n_passwords = 1,
                .first_password = 2);
        ASSERT_CLEAN(
                "\"RCON_Password\" x\n a;rcon_password\n", LEFT_OUT LEFT_OUT, .n_passwords = 2,
                .first_password = 1);
        /* Kept for later, or handed to another command. */
        ASSERT_CLEAN(
                "alias x \"rcon_password y\"; x\n", LEFT_OUT, .n_passwords = 1,
                .first_password = 1);
        ASSERT_CLEAN("sm_cvar rcon_password y\n", LEFT_OUT, .n_passwords = 1, .first_password = 1);
        ASSERT_CLEAN(
                "say \"//\"; rcon_password y\n", LEFT_OUT, .n_passwords = 1, .first_password = 1);
        /* A comment ends the line for the engine too. */
        ASSERT_CLEAN("a // rcon_password x\n", "a // rcon_password x\n", 0);
        ASSERT_CLEAN("say http://x; rcon_password y\n", "say http://x; rcon_password y\n", 0);
}

Test(layer_cfg, what_the_engine_cannot_read_is_replaced_before_lines_are_looked_at) {
        ASSERT_CLEAN(
                "hostname \"Gr\xc3\xb6\xc3\x9f"
                "e\"\n",
                "hostname \"Gr??e\"\n", .n_foreign = 1, .first_foreign = 1);
        ASSERT_CLEAN("a // \xe5\xa4\xa7\n", "a // ?\n", 0);
        ASSERT_CLEAN(
                "a\xff\x00\x1b"
                "b\n",
                "a???b\n", .n_foreign = 1, .first_foreign = 1);
        ASSERT_CLEAN("say?\n", "say?\n", 0);
}

static char base[] = "base", middle[] = "a/middle", top[] = "top";
static char *overlays[] = { top, middle, base, NULL }, *none[] = { NULL };

static Spec make_spec(void) {
        return (Spec) {
                .settings = { .name = "1", .port = 27015 },
                .overlays = overlays,
                .executed = 1 << 0 | 1 << 2,
                .arguments = none,
                .config = none,
        };
}

Test(layer_cfg, the_lowest_layer_is_executed_first_then_the_config) {
        char line[] = "sv_alltalk 1", hostname[] = "Own";
        char *config[] = { line, NULL };
        _cleanup_free_ char *text = NULL;
        Spec spec = make_spec();
        size_t size;

        spec.config = config;
        spec.hostname = hostname;
        cr_assert_eq(layer_render_server_cfg(&spec, &text, &size), 0);
        cr_assert_str_eq(
                strchr(text, '\n') + 1, "exec banned_user.cfg\nexec banned_ip.cfg\n"
                                        "exec \"left4me/overlay-1.cfg\" // base\n"
                                        "exec \"left4me/overlay-2.cfg\" // top\n"
                                        "sv_alltalk 1\n"
                                        "hostname \"Own\"\n"
                                        "rcon_password \"\"\n");
}

Test(layer_cfg, names_count_up_to_the_last_overlay) {
        char name[LAYER_CFG_NAME_MAX];
        Spec spec = make_spec();

        spec.executed = UINT64_MAX;
        layer_cfg_name(&spec, 0, name);
        cr_assert_str_eq(name, "overlay-64.cfg");
        layer_cfg_name(&spec, 63, name);
        cr_assert_str_eq(name, "overlay-1.cfg");
        cr_assert(layer_cfg_is_executed(&spec, 63));
        cr_assert_not(layer_cfg_is_executed(&spec, 64));
}

/* --- reading ---------------------------------------------------------------------------------- */

static char directory[] = "/tmp/test-layer-cfg-XXXXXX";
static int overlay_fd, cfg_fd;

static void make_overlay(void) {
        cr_assert_not_null(mkdtemp(directory));
        overlay_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert(mkdirat(overlay_fd, "left4dead2", 0755) >= 0);
        cr_assert(mkdirat(overlay_fd, "left4dead2/cfg", 0755) >= 0);
        cfg_fd = openat(overlay_fd, "left4dead2/cfg", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(cfg_fd, 0);
}

static void remove_overlay(void) {
        cr_assert_eq(remove_tree(AT_FDCWD, directory), 0);
}

static void put(const char *name, size_t size, mode_t mode) {
        _cleanup_close_ int fd =
                openat(cfg_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        cr_assert_geq(fd, 0);
        for (size_t i = 0; i < size; i++)
                cr_assert_eq(write(fd, "\n", 1), 1);
        cr_assert(fchmod(fd, mode) >= 0);
}

static int read_it(void) {
        _cleanup_free_ char *text = NULL;
        size_t size;

        return layer_cfg_read(overlay_fd, &text, &size);
}

Test(layer_cfg, a_file_is_read_where_it_is, .init = make_overlay, .fini = remove_overlay) {
        cr_assert_eq(read_it(), -ENOENT);
        put("server.cfg", 10, 0644);
        cr_assert_eq(read_it(), 0);
        /* Builders of overlays link files. */
        cr_assert(linkat(cfg_fd, "server.cfg", cfg_fd, "again.cfg", 0) >= 0);
        cr_assert_eq(read_it(), 0);
}

Test(layer_cfg, what_the_server_could_not_read_is_not_copied, .init = make_overlay,
     .fini = remove_overlay) {
        put("server.cfg", 10, 0640);
        cr_assert_eq(read_it(), -EACCES);
}

Test(layer_cfg, links_and_fifos_are_refused, .init = make_overlay, .fini = remove_overlay) {
        cr_assert(symlinkat("/etc/hostname", cfg_fd, "server.cfg") >= 0);
        cr_assert_eq(read_it(), -ELOOP);
        cr_assert(unlinkat(cfg_fd, "server.cfg", 0) >= 0);
        cr_assert(mkfifoat(cfg_fd, "server.cfg", 0644) >= 0);
        cr_assert(fchmodat(cfg_fd, "server.cfg", 0644, 0) >= 0);
        cr_assert_eq(read_it(), -EBADFD);
}

Test(layer_cfg, a_file_that_is_too_large_is_refused, .init = make_overlay, .fini = remove_overlay) {
        put("server.cfg", 1, 0644);
        {
                _cleanup_close_ int fd = openat(cfg_fd, "server.cfg", O_WRONLY | O_CLOEXEC);

                cr_assert(ftruncate(fd, LAYER_CFG_SIZE_MAX + 1) >= 0);
        }
        cr_assert_eq(read_it(), -EFBIG);
}
