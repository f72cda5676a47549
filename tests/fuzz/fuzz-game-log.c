/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "fuzz.h"
#include "query/game-log.h"

/*
 * Lines of a game server. Any line: texts end within their room. A line that the engine would write
 * for a hostile name and a hostile text: it is read as what it is, or not at all. The same text in
 * the console's form of chat, or on several lines of a reason: never read, or the guard has it.
 */

#define STAMP "L 11/29/2026 - 12:00:00"
#define NOW   (UINT64_C(1795953600) * 1000000) /* then */
#define ID    "<5><STEAM_1:0:12345678><Survivor>"

static const struct {
        GameLogKind kind;
        const char *before, *after, *end; /* the name and a text between them */
} forms[] = {
        { GAME_LOG_SAY, STAMP ": \"", ID "\" say \"", "\"" },
        { GAME_LOG_SAY_TEAM, STAMP ": \"", ID "\" say_team \"", "\"" },
        { GAME_LOG_LEAVE, STAMP ": \"", ID "\" disconnected (reason \"", "\")" },
        { GAME_LOG_RENAME, STAMP ": \"", ID "\" changed name to \"", "\"" },
        { GAME_LOG_CONNECT, STAMP ": \"", ID "\" connected, address \"192.0.2.7:27005\"", NULL },
        { GAME_LOG_ENTER, STAMP ": \"", ID "\" entered the game", NULL },
        { GAME_LOG_KICK, STAMP ": Kick: \"", ID "\" was kicked by \"Console\"", NULL },
        { GAME_LOG_BAN, STAMP ": Banid: \"", ID "\" was banned \"permanently\" by \"Console\"",
          NULL },
};

static bool ends(const char *text, size_t max) {
        return memchr(text, '\0', max + 1) != NULL;
}

/* The text without blanks at its end, up to the room that it has. */
static bool is_text(const char *found, size_t max, const char *text, size_t size) {
        while (size > 0 && strchr(" \t\r", text[size - 1]))
                size--;
        if (size > max)
                size = max;
        return strlen(found) == size && memcmp(found, text, size) == 0;
}

static void check_line(const char *text, size_t size) {
        GameLogLine line;

        if (game_log_parse(text, size, &line) <= 0)
                return;
        FUZZ_CHECK(line.kind > GAME_LOG_OTHER && line.kind <= GAME_LOG_WATCHDOG);
        FUZZ_CHECK((line.kind >= GAME_LOG_OUTDATED) == (line.time[0] == '\0'));
        FUZZ_CHECK(ends(line.name, GAME_LOG_NAME_MAX) && ends(line.by, GAME_LOG_NAME_MAX));
        FUZZ_CHECK(ends(line.text, GAME_LOG_TEXT_MAX));
        FUZZ_CHECK(ends(line.map, GAME_LOG_WORD_MAX) && ends(line.address, GAME_LOG_WORD_MAX));
        FUZZ_CHECK(line.steam_id64 == 0 || line.steam_id64 > UINT64_C(76561197960265728));
        FUZZ_CHECK(line.steam_id64 == 0 || (!line.is_bot && !line.is_console));
}

/* A line of the engine is read right, or not. */
static void check_forms(const char *name, size_t name_size, const char *text, size_t text_size) {
        char line[GAME_LOG_SIZE_MAX];
        GameLogLine found;

        for (size_t i = 0; i < ELEMENTSOF(forms); i++) {
                int n = snprintf(
                        line, sizeof(line), "%s%.*s%s%.*s%s", forms[i].before, (int) name_size,
                        name, forms[i].after, forms[i].end ? (int) text_size : 0, text,
                        forms[i].end ? forms[i].end : "");

                FUZZ_CHECK(n > 0 && (size_t) n < sizeof(line));
                if (game_log_parse(line, (size_t) n, &found) <= 0)
                        continue;
                FUZZ_CHECK(found.kind == forms[i].kind);
                FUZZ_CHECK(found.steam_id64 == UINT64_C(76561197984957084) && found.user_id == 5);
                FUZZ_CHECK(is_text(found.name, GAME_LOG_NAME_MAX, name, name_size));
                if (forms[i].end)
                        FUZZ_CHECK(is_text(found.text, GAME_LOG_TEXT_MAX, text, text_size));
        }
}

/* Chat as the console shows it. */
static void check_echo(const char *name, size_t name_size, const char *text, size_t text_size) {
        GameLogGuard guard = {};
        char line[GAME_LOG_SIZE_MAX];
        GameLogLine found;
        int n;

        n = snprintf(
                line, sizeof(line), STAMP ": \"%.*s" ID "\" entered the game", (int) name_size,
                name);
        FUZZ_CHECK(!game_log_guard(&guard, line, (size_t) n, NOW));
        n = snprintf(
                line, sizeof(line), "%.*s: %.*s", (int) name_size, name, (int) text_size, text);
        FUZZ_CHECK(
                game_log_guard(&guard, line, (size_t) n, NOW) ||
                game_log_parse(line, (size_t) n, &found) <= 0);
}

/* A reason may have these. */
static bool is_harmless(GameLogKind kind) {
        return kind == GAME_LOG_LEAVE || kind == GAME_LOG_STEAM_KICK ||
               kind == GAME_LOG_MAP_LOADING || kind == GAME_LOG_MAP_STARTED ||
               kind == GAME_LOG_HIBERNATING;
}

/* A reason with line feeds: the lines behind its first one are doubtful or mean nothing. */
static void check_reason(const char *name, size_t name_size, const char *text, size_t text_size) {
        GameLogGuard guard = {};
        char line[GAME_LOG_SIZE_MAX], *next;
        GameLogLine found;
        int n;

        n = snprintf(
                line, sizeof(line), "%s%.*s%s%.*s\")", forms[2].before, (int) name_size, name,
                forms[2].after, (int) text_size, text);
        FUZZ_CHECK(n > 0 && (size_t) n < sizeof(line));
        if (n > 1000)
                return;
        next = strchr(line, '\n');
        FUZZ_CHECK(next);
        (void) !game_log_guard(&guard, line, (size_t) (next - line), NOW);
        while (next) {
                const char *begin = next + 1;
                size_t size;

                next = strchr(begin, '\n');
                size = next ? (size_t) (next - begin) : strlen(begin);
                if (!game_log_guard(&guard, begin, size, NOW) &&
                    game_log_parse(begin, size, &found) > 0)
                        FUZZ_CHECK(is_harmless(found.kind));
        }
}

/* The first line is a name, the rest a text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        const char *text = (const char *) data, *end = memchr(data, '\n', size);
        size_t name_size = end ? (size_t) (end - text) : 0, text_size;

        check_line(text, size);
        if (!end || name_size > GAME_LOG_ENGINE_NAME_MAX)
                return 0;
        text = end + 1;
        text_size = size - name_size - 1;
        check_line(text, text_size);
        if (memchr(data, '\0', size) || text_size > 2000)
                return 0;
        if (memchr(text, '\n', text_size)) {
                check_reason((const char *) data, name_size, text, text_size);
                return 0;
        }
        check_forms((const char *) data, name_size, text, text_size);
        check_echo((const char *) data, name_size, text, text_size);
        return 0;
}
