/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "server/written.h"

Test(written, offers_logs_recordings_and_statistics) {
        static const char *const offered[] = {
                "left4dead2/logs/l1124001.log",
                "left4dead2/logs/a/b/c/d",
                "left4dead2/demos/final round.dem",
                "left4dead2/stats/x",
                "left4dead2/addons/sourcemod/logs/errors_20261124.log",
                "left4dead2/addons/stripper/logs/x",
        };

        for (size_t i = 0; i < ELEMENTSOF(offered); i++)
                cr_expect(written_path_is_offered(offered[i]), "%s", offered[i]);
}

Test(written, offers_nothing_else) {
        static const char *const refused[] = {
                "",
                "left4dead2",
                "left4dead2/logs",
                "left4dead2/logs/",
                "left4dead2/logsx/a",
                "/left4dead2/logs/a",
                "./left4dead2/logs/a",
                "left4dead2/logs/../cfg/server.cfg",
                "left4dead2/logs/./a",
                "left4dead2/logs//a",
                "left4dead2/logs/a/",
                "left4dead2/logs/.hidden",
                "left4dead2/logs/.git/config",
                "left4dead2/logs/a/b/c/d/e",
                "left4dead2/logs/a\nb",
                "left4dead2/logs/\xff",
                "left4dead2/cfg/server.cfg",
                "left4dead2/cfg/banned_user.cfg",
                "left4dead2/addons/sourcemod/configs/databases.cfg",
                "left4dead2/addons/sourcemod/data/x",
                "left4dead2/ems/x",
                "LEFT4DEAD2/logs/a",
        };
        char path[WRITTEN_PATH_MAX + 32] = "left4dead2/logs/";

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                cr_expect(!written_path_is_offered(refused[i]), "%s", refused[i]);
        memset(path + strlen(path), 'a', WRITTEN_PATH_MAX - strlen(path));
        path[WRITTEN_PATH_MAX] = '\0';
        cr_expect(written_path_is_offered(path));
        path[WRITTEN_PATH_MAX] = 'a';
        path[WRITTEN_PATH_MAX + 1] = '\0';
        cr_expect(!written_path_is_offered(path));
}

Test(written, parses_requests) {
        WrittenRequest request;

        cr_assert_eq(written_request_parse("list versus-1 0", &request), 0);
        cr_assert_eq(request.verb, WRITTEN_LIST);
        cr_assert_str_eq(request.name, "versus-1");
        cr_assert_eq(
                written_request_parse("get 1 1700000000000000 left4dead2/logs/a b.log", &request),
                0);
        cr_assert_eq(request.verb, WRITTEN_GET);
        cr_assert_eq(request.since, 1700000000000000);
        cr_assert_str_eq(request.path, "left4dead2/logs/a b.log");
        cr_assert_eq(written_request_parse("tree 1 0 .", &request), 0);
        cr_assert_eq(request.verb, WRITTEN_TREE);
        cr_assert_eq(written_request_parse("tree 1 0 left4dead2/cfg", &request), 0);
        cr_assert_str_eq(request.path, "left4dead2/cfg");
}

Test(written, refuses_other_requests) {
        static const char *const bad[] = {
                "",         "list",           "list 1",      "list 1 0 x",
                "list  0",  "list 1 -1",      "list 1 1x",   "list ../x 0",
                "list . 0", "list A 0",       "put 1 0 x",   "list 1 99999999999999999999",
                "LIST 1 0", "list 1/upper 0", "list 1\n2 0",
        };
        static const char *const directories[] = {
                "tree 1 0 ",    "tree 1 0 ..",   "tree 1 0 /etc", "tree 1 0 a/../../b",
                "tree 1 0 ./a", "tree 1 0 a//b", "tree 1 0 a/",   "tree 1 0 a\tb",
        };
        WrittenRequest request;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_eq(written_request_parse(bad[i], &request), -EINVAL, "%s", bad[i]);
        cr_expect_eq(written_request_parse("get 1 0 ", &request), -EPERM);
        cr_expect_eq(written_request_parse("get 1 0 left4dead2/cfg/a", &request), -EPERM);
        for (size_t i = 0; i < ELEMENTSOF(directories); i++)
                cr_expect_eq(
                        written_request_parse(directories[i], &request), -EPERM, "%s",
                        directories[i]);
}

Test(written, answers) {
        uint64_t size = 7;

        cr_expect_eq(written_answer_parse("ok 0", &size), 0);
        cr_expect_eq(size, 0);
        cr_expect_eq(written_answer_parse("error missing", &size), -ENOENT);
        cr_expect_eq(written_answer_parse("error refused", &size), -EPERM);
        cr_expect_eq(written_answer_parse("error", &size), -EBADMSG);
        cr_expect_eq(written_answer_parse("error x", &size), -EBADMSG);
        cr_expect_eq(written_answer_parse("ok", &size), -EBADMSG);
        cr_expect_eq(written_answer_parse("ok -1", &size), -EBADMSG);
        cr_expect_str_eq(written_error_word(-ENOENT), "missing");
        cr_expect_str_eq(written_error_word(-EINVAL), "failed");
}
