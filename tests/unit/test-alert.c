/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/commands.h"
#include "alert/facts.h"
#include "alert/past.h"
#include "base/file.h"
#include "base/time-text.h"

TestSuite(alert, .timeout = 60);

Test(alert, names_are_kind_and_server) {
        for (AlertKind kind = 0; kind < _ALERT_KIND_MAX; kind++) {
                const char *server = alert_kind_is_of_server(kind) ? "a-1"
                                     : kind == ALERT_JOB           ? "script:alice:maps"
                                                                   : ALERT_HOST;
                char unit[ALERT_UNIT_MAX], text[ALERT_UNIT_MAX];
                AlertName name;

                (void) snprintf(text, sizeof(text), "%s:%s", alert_kind_to_string(kind), server);
                cr_assert_eq(alert_name_parse(text, &name), 0, "%s", text);
                cr_assert_eq(name.kind, kind);
                cr_assert_str_eq(name.server, kind == ALERT_JOB ? "" : server);
                cr_assert_str_eq(name.ref, kind == ALERT_JOB ? "alice/maps" : "");
                alert_unit_name(kind, server, unit);
                cr_assert(strstr(unit, text));
        }
}

Test(alert, the_longest_unit_name_has_room) {
        char server[INSTANCE_NAME_MAX + 1], unit[ALERT_UNIT_MAX];
        AlertName name;

        memset(server, 'a', INSTANCE_NAME_MAX);
        server[INSTANCE_NAME_MAX] = '\0';
        alert_unit_name(ALERT_STEAM_KICK, server, unit);
        cr_assert_str_eq(unit + strlen(unit) - strlen("a.service"), "a.service");
        (void) snprintf(unit, sizeof(unit), "steam-kick:%s", server);
        cr_assert_eq(alert_name_parse(unit, &name), 0);
        cr_assert_str_eq(name.server, server);
}

/* systemd takes 255 bytes. */
Test(alert, an_overlay_with_the_longest_name_has_a_unit) {
        char job[JOB_REF_MAX + 16] = "workshop:", unit[ALERT_UNIT_MAX];
        AlertName name;

        for (size_t i = 0; i < JOB_REF_MAX; i++)
                job[strlen(job)] = i % (REF_COMPONENT_MAX + 1) == REF_COMPONENT_MAX ? ':' : 'a';
        alert_unit_name(ALERT_JOB, job, unit);
        cr_assert_str_eq(unit + strlen(unit) - strlen("a.service"), "a.service");
        cr_assert_leq(strlen(unit) + strlen("-facts"), 255);
        (void) snprintf(unit, sizeof(unit), "job:%s", job);
        cr_assert_eq(alert_name_parse(unit, &name), 0);
        cr_assert_eq(name.job, JOB_WORKSHOP);
        cr_assert_eq(strlen(name.ref), JOB_REF_MAX);
}

Test(alert, other_names_are_refused) {
        static const char *const bad[] = { "",
                                           ":",
                                           "crash",
                                           "crash:",
                                           ":1",
                                           "cras:1",
                                           "crash1:1",
                                           "crash:A",
                                           "CRASH:1",
                                           "crash:/",
                                           "crash:../1",
                                           "crash:1:2",
                                           "host",
                                           "install:1",
                                           "test:1",
                                           "test:",
                                           "crash:1\n",
                                           "crash: 1",
                                           "crash:-1",
                                           "hang,lan:1",
                                           "crash::1",
                                           "job:1",
                                           "job:script",
                                           "job::maps",
                                           "job:script:",
                                           "job:install:host",
                                           "job:script:../x",
                                           "job:other:maps",
                                           "job:script:a/b",
                                           "refresh:1",
                                           "game-update:1",
                                           "job:script:.x" };
        AlertName name = { .kind = ALERT_TEST };

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_assert_eq(alert_name_parse(bad[i], &name), -EINVAL, "%s", bad[i]);
        cr_assert_eq(name.kind, ALERT_TEST);
}

/* Or a user would send as many as they make names. */
Test(alert, overlays_of_a_user_have_one_past) {
        static const char *const pasts[][2] = {
                { "job:script:alice:maps", "job:alice:.past" },
                { "job:release:alice:other:x", "job:alice:.past" },
                { "job:script:alice", "job:alice.past" },
                { "crash:1", "crash:1.past" },
                { "refresh:host", "refresh:host.past" },
                { "update:host", "update:host.past" },
                { "game-update:host", "game-update:host.past" },
        };

        for (size_t i = 0; i < ELEMENTSOF(pasts); i++) {
                char past[ALERT_UNIT_MAX];
                AlertName name;

                cr_assert_eq(alert_name_parse(pasts[i][0], &name), 0);
                alert_past_name(&name, past);
                cr_expect_str_eq(past, pasts[i][1]);
        }
}

Test(alert, one_is_sent_in_an_interval_and_counts_the_others) {
        AlertPast past = {};

        cr_assert(alert_past_is_due(&past, 1000, 100));
        cr_assert_eq(alert_past_send(&past, 1000), 0);
        for (uint64_t now = 1000; now < 1100; now += 25)
                cr_assert_not(alert_past_is_due(&past, now, 100));
        cr_assert(alert_past_is_due(&past, 1100, 100));
        cr_assert_eq(alert_past_send(&past, 1100), 4);
        cr_assert_not(alert_past_is_due(&past, 1199, 100));
        /* The clock was set back. */
        cr_assert(alert_past_is_due(&past, 900, 100));
        cr_assert_eq(alert_past_send(&past, 900), 1);
        cr_assert_eq(past.left_out, 0);
}

/* --- files ------------------------------------------------------------------------------------ */

static char root[] = "/tmp/test-alert.XXXXXX";
static int root_fd = -EBADF;

static void make_root(void) {
        cr_assert_not_null(mkdtemp(root));
        cr_assert_eq(chmod(root, 0755), 0);
        root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        cr_assert_geq(root_fd, 0);
}

static void remove_root(void) {
        _cleanup_close_ int tmp_fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        root_fd = safe_close(root_fd);
        cr_assert_eq(remove_tree(tmp_fd, root + strlen("/tmp/")), 0);
}

TestSuite(alert_files, .init = make_root, .fini = remove_root, .timeout = 60);

Test(alert_files, the_past_is_remembered_and_a_broken_file_forgotten) {
        static const char *const broken[] = { "", "x", "1", "-", "1 x" };
        AlertPast past = { .sent = UINT64_MAX, .left_out = 7 }, again = {};

        cr_assert_eq(alert_past_load(root_fd, "crash:1.past", &again), 0);
        cr_assert_eq(again.sent, 0);
        cr_assert_eq(alert_past_save(root_fd, "crash:1.past", &past), 0);
        cr_assert_eq(alert_past_load(root_fd, "crash:1.past", &again), 0);
        cr_assert_eq(again.sent, UINT64_MAX);
        cr_assert_eq(again.left_out, 7);
        for (size_t i = 0; i < ELEMENTSOF(broken); i++) {
                cr_assert_eq(
                        write_file_atomic(root_fd, "x", broken[i], strlen(broken[i]), 0600), 0);
                cr_assert_eq(alert_past_load(root_fd, "x", &again), 0);
                cr_assert_eq(again.sent, 0);
                cr_assert_eq(again.left_out, 0);
        }
}

static void make_old(const char *name) {
        const struct timespec times[] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };

        cr_assert_eq(write_file_atomic(root_fd, name, "", 0, 0600), 0);
        cr_assert_eq(utimensat(root_fd, name, times, 0), 0);
}

Test(alert_files, old_files_of_alerts_are_removed_and_no_others) {
        static const char *const names[] = { "job:a:.past", "job:script:a:b.json", "resolv.conf" };

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                make_old(names[i]);
        cr_assert_eq(write_file_atomic(root_fd, "new.past", "", 0, 0600), 0);
        cr_assert_eq(alert_files_remove_old(root_fd, 1000 * USEC_PER_SEC), 0);
        cr_assert_eq(faccessat(root_fd, names[0], F_OK, 0), 0);
        cr_assert_eq(alert_files_remove_old(root_fd, 2000 * USEC_PER_SEC), 0);
        cr_assert_neq(faccessat(root_fd, names[0], F_OK, 0), 0);
        cr_assert_neq(faccessat(root_fd, names[1], F_OK, 0), 0);
        cr_assert_eq(faccessat(root_fd, names[2], F_OK, 0), 0);
        cr_assert_eq(faccessat(root_fd, "new.past", F_OK, 0), 0);
}

static void make_command(const char *name, mode_t mode) {
        cr_assert_eq(write_file_atomic(root_fd, name, "#!/bin/sh\n", 10, mode), 0);
        cr_assert_eq(fchmodat(root_fd, name, mode, 0), 0);
}

Test(alert_files, commands_are_files_that_only_root_writes) {
        AlertCommands commands = {};

        if (geteuid() != 0)
                cr_skip_test("only root owns files that are accepted");
        make_command("b", 0755);
        make_command("a", 0555);
        make_command("c", 0775);
        make_command("d", 0757);
        make_command("e", 0700);
        make_command("f", 0644);
        make_command(".g", 0755);
        make_command("h~", 0755);
        cr_assert_eq(mkdirat(root_fd, "i", 0755), 0);
        cr_assert_eq(symlinkat("b", root_fd, "j"), 0);
        cr_assert_eq(symlinkat("none", root_fd, "k"), 0);
        cr_assert_eq(mkfifoat(root_fd, "l", 0755), 0);
        make_command("m", 0755);
        cr_assert_eq(fchownat(root_fd, "m", 12345, 0, 0), 0);

        cr_assert_eq(alert_commands_open(root, &commands), 0);
        cr_assert_eq(commands.n_items, 11);
        for (size_t i = 0; i < commands.n_items; i++) {
                const AlertCommand *command = &commands.items[i];
                bool fine = strchr("abj", command->name[0]);

                cr_expect_eq(!command->problem, fine, "%s", command->name);
                cr_expect_eq(command->fd >= 0, fine, "%s", command->name);
                if (i > 0)
                        cr_expect(strcmp(commands.items[i - 1].name, command->name) < 0);
                /* Scripts need it. */
                cr_expect(!fine || fcntl(command->fd, F_GETFD) == 0);
        }
        alert_commands_clear(&commands);
}

Test(alert_files, a_directory_that_others_write_to_has_no_commands) {
        AlertCommands commands = {};

        make_command("a", 0755);
        cr_assert_eq(chmod(root, 0777), 0);
        cr_assert_eq(alert_commands_open(root, &commands), -EPERM);
        cr_assert_eq(commands.n_items, 0);
        cr_assert_eq(chmod(root, 0755), 0);
        cr_assert_eq(alert_commands_open("/nowhere/alerts.d", &commands), 0);
        cr_assert_eq(commands.n_items, 0);
}

Test(alert_files, more_than_sixteen_commands_are_refused_by_name) {
        AlertCommands commands = {};

        if (geteuid() != 0)
                cr_skip_test("only root owns files that are accepted");
        for (char name[] = "a"; name[0] <= 'r'; name[0]++)
                make_command(name, 0755);
        cr_assert_eq(alert_commands_open(root, &commands), 0);
        cr_assert_eq(commands.n_items, 18);
        cr_assert_null(commands.items[15].problem);
        cr_assert_not_null(commands.items[16].problem);
        alert_commands_clear(&commands);
}

/* --- facts ------------------------------------------------------------------------------------ */

static sd_json_variant *make_facts(const char *text, uint64_t left_out) {
        const AlertName name = { .kind = ALERT_HANG, .server = "1" };
        sd_json_variant *lines = NULL, *v = NULL;
        AlertFacts facts = { .name = &name, .time = 1700000000 * USEC_PER_SEC, .host = "h" };

        cr_assert_eq(sd_json_variant_new_array(&lines, NULL, 0), 0);
        facts.lines = lines;
        facts.left_out = left_out;
        facts.text = strdup(text);
        facts.label = strdup("\"}\n$(id)");
        cr_assert_eq(alert_facts_to_json(&facts, &v), 0);
        alert_facts_clear(&facts);
        return v;
}

static const char *text_at(sd_json_variant *v, const char *key) {
        return sd_json_variant_string(sd_json_variant_by_key(v, key));
}

Test(alert, facts_are_one_object_whatever_the_texts_are) {
        sd_json_variant *v = make_facts("It hangs", 0), *again = NULL;
        char *text = NULL;

        cr_assert_geq(sd_json_variant_format(v, SD_JSON_FORMAT_NEWLINE, &text), 0);
        cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1);
        cr_assert_eq(sd_json_parse(text, 0, &again, NULL, NULL), 0);
        cr_assert_str_eq(text_at(again, "kind"), "hang");
        cr_assert_str_eq(text_at(again, "server"), "1");
        cr_assert_str_eq(text_at(again, "label"), "\"}\n$(id)");
        cr_assert_str_eq(text_at(again, "time"), "2023-11-14T22:13:20Z");
        cr_assert_str_eq(text_at(again, "text"), "It hangs");
        cr_assert_str_eq(text_at(again, "content"), "It hangs");
        free(text);
        sd_json_variant_unref(again);
        sd_json_variant_unref(v);
}

/* A server may be called "host". */
Test(alert, commands_see_one_kind_of_updates) {
        static const char *const texts[] = { "update:host", "game-update:host" };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                sd_json_variant *v = NULL;
                AlertFacts facts = { .host = "h" };
                AlertName name;

                cr_assert_eq(alert_name_parse(texts[i], &name), 0);
                facts.name = &name;
                facts.text = strdup("");
                cr_assert_eq(sd_json_variant_new_array(&facts.lines, NULL, 0), 0);
                cr_assert_eq(alert_facts_to_json(&facts, &v), 0);
                cr_expect_str_eq(text_at(v, "kind"), "update");
                cr_expect_eq(i == 0, !sd_json_variant_is_null(sd_json_variant_by_key(v, "server")));
                sd_json_variant_unref(v);
                alert_facts_clear(&facts);
        }
}

Test(alert, facts_say_how_many_were_left_out) {
        sd_json_variant *one = make_facts("It hangs", 1), *many = make_facts("It hangs", 12);

        cr_assert_str_eq(text_at(one, "text"), "It hangs (1 more alert like this was not sent)");
        cr_assert_str_eq(
                text_at(many, "text"), "It hangs (12 more alerts like this were not sent)");
        sd_json_variant_unref(one);
        sd_json_variant_unref(many);
}
