/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl ban, unban, bans: the SteamIDs that a running server lets no player join with, by RCON.
 * The server has them in memory. `writeid` writes those that last forever to cfg/banned_user.cfg,
 * which server.cfg executes. That command writes the whole list, so the file is executed before it:
 * a server that did not read it yet would lose its bans.
 */

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/visible-text.h"
#include "common/audit-log.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "jobs/player.h"
#include "jobs/session.h"
#include "query/ban-list.h"
#include "query/steam-id.h"
#include "verbs/verbs.h"

enum {
        MINUTES_MAX = 10 * 366 * 24 * 60,
        REASON_MAX = 120,                  /* characters; the game shows one line */
        REASON_BYTES_MAX = 4 * REASON_MAX, /* fits into COMMAND_SIZE with the command itself */
        COMMAND_SIZE = 512,
};

/* --- the server's list ------------------------------------------------------------------------ */

static int read_bans(Console *console, BanList *ret) {
        const char *answer;
        size_t size;
        int r;

        r = session_run(console, "listid", true, &answer, &size);
        if (r != CTL_OK)
                return r;
        r = ban_list_parse(answer, size, ret);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to read the bans of '%s'", console->name);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

static int run(Console *console, const char *command, const char **ret_answer) {
        size_t size;

        return session_run(console, command, false, ret_answer, &size);
}

/* Also when the server has not executed the file yet. */
static int read_file_of_bans(Console *console) {
        const char *answer;

        return run(console, "exec banned_user.cfg", &answer);
}

/* The change itself has been made by then. */
static int write_file_of_bans(Console *console) {
        const char *answer;
        int r;

        r = run(console, "writeid", &answer);
        if (r != CTL_OK || !strstr(answer, "Couldn't"))
                return r;
        log_error(
                "'%s' could not write its bans to cfg/banned_user.cfg: this change ends with its "
                "run",
                console->name);
        return CTL_FAILURE;
}

/* --- ban -------------------------------------------------------------------------------------- */

typedef struct NewBan {
        uint64_t steam_id64;
        const StatusPlayer *player; /* NULL: not on the server */
        uint64_t minutes;           /* 0: forever */
        const char *reason;         /* NULL: none */
} NewBan;

static int parse_minutes(const char *text, uint64_t *ret) {
        uint64_t minutes = 0;
        size_t n = strspn(text, "0123456789");

        if (n > 0 && n < 10 && text[n] == '\0')
                minutes = strtoull(text, NULL, 10);
        if (n == 0 || n >= 10 || text[n] != '\0' || minutes > MINUTES_MAX) {
                log_error(
                        "Invalid number of minutes '%s': use 1 to %i, or 0 for a ban forever", text,
                        MINUTES_MAX);
                return CTL_USAGE;
        }
        *ret = minutes;
        return CTL_OK;
}

static int check_reason(const char *reason) {
        if (!reason || utf8_length(reason) <= REASON_MAX)
                return CTL_OK;
        log_error("The reason is too long: use at most %i characters", REASON_MAX);
        return CTL_USAGE;
}

/* A SteamID need not be on the server. */
static int choose(
        const Console *console, const ServerStatus *status, const char *who, NewBan *ban) {
        int r;

        ban->steam_id64 = steam_id_parse(who);
        ban->player = player_with_id(status, ban->steam_id64);
        if (ban->steam_id64 > 0)
                return CTL_OK;
        r = player_find(console, status, who, &ban->player);
        if (r != CTL_OK)
                return r;
        ban->steam_id64 = ban->player->steam_id64;
        if (ban->steam_id64 == 0) {
                log_error(
                        ban->player->is_bot ? N_("Failed to ban '%s': it is a bot")
                                            : N_("Failed to ban '%s': its SteamID is unknown"),
                        who);
                return CTL_FAILURE;
        }
        return CTL_OK;
}

/* After the command, because the server's answer to it differs. */
static int check_banned(Console *console, const NewBan *ban, const char *id, char *said) {
        _cleanup_(ban_list_clear) BanList list = {};
        int r;

        r = read_bans(console, &list);
        if (r != CTL_OK || ban_list_find(&list, ban->steam_id64))
                return r;
        said[strcspn(said, "\r\n")] = '\0';
        log_error("Failed to ban '%s' on '%s': it says '%s'", id, console->name, said);
        return CTL_FAILURE;
}

static int add_ban(Console *console, const NewBan *ban, const char *id) {
        char command[COMMAND_SIZE], said[VISIBLE_TEXT_MAX(256)];
        const char *answer;
        int r;

        (void) snprintf(command, sizeof(command), "banid %" PRIu64 " %s", ban->minutes, id);
        audit_log_command(console->name, "ban", command);
        r = run(console, command, &answer);
        if (r != CTL_OK)
                return r;
        (void) visible_text(answer, strnlen(answer, 256), said);
        return check_banned(console, ban, id, said);
}

static int kick(Console *console, const NewBan *ban) {
        char command[COMMAND_SIZE], reason[REASON_BYTES_MAX + 1] = "";
        const char *answer;

        if (!ban->player)
                return CTL_OK;
        (void) snprintf(reason, sizeof(reason), "%s", ban->reason ?: "");
        console_make_harmless(reason);
        (void) snprintf(
                command, sizeof(command), "kickid %" PRIu32 " Banned%s%s", ban->player->user_id,
                reason[0] ? ": " : "", reason);
        return run(console, command, &answer);
}

static void say_banned(const Console *console, const NewBan *ban, const char *id) {
        if (ban->minutes == 0)
                printf(_("Banned %s on %s forever.\n"), id, console->name);
        else
                printf(text_count(
                               "Banned %s on %s for %lu minute, unless the server ends before.\n",
                               "Banned %s on %s for %lu minutes, unless the server ends before.\n",
                               ban->minutes),
                       id, console->name, (unsigned long) ban->minutes);
}

int verb_ban(Ctl *ctl) {
        const Ctl named = { .operands = ctl->operands, .n_operands = 1 };
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_free_ ServerStatus *status = NULL;
        NewBan ban = { .reason = ctl->options.reason };
        char id[STEAM_ID_TEXT_MAX];
        int r;

        r = ctl_check_names(&named, 0);
        if (r == CTL_OK)
                r = check_reason(ban.reason);
        if (r == CTL_OK && ctl->n_operands > 2)
                r = parse_minutes(ctl->operands[2], &ban.minutes);
        if (r == CTL_OK)
                r = session_open(ctl, ctl->operands[0], &console);
        if (r == CTL_OK)
                r = session_status(console, &status);
        if (r == CTL_OK)
                r = choose(console, status, ctl->operands[1], &ban);
        if (r == CTL_OK)
                r = read_file_of_bans(console);
        if (r != CTL_OK)
                return r;
        steam_id_format(ban.steam_id64, id);
        r = add_ban(console, &ban, id);
        if (r == CTL_OK)
                r = exit_code_merge(kick(console, &ban), write_file_of_bans(console));
        if (r == CTL_OK)
                say_banned(console, &ban, id);
        return r;
}

/* --- unban ------------------------------------------------------------------------------------ */

static int remove_ban(Console *console, const char *who, const Ban *ban) {
        _cleanup_(ban_list_clear) BanList left = {};
        char command[COMMAND_SIZE];
        const char *answer;
        int r;

        (void) snprintf(command, sizeof(command), "removeid %s", ban->steam_id);
        audit_log_command(console->name, "unban", command);
        r = run(console, command, &answer);
        if (r == CTL_OK)
                r = read_bans(console, &left);
        if (r != CTL_OK)
                return r;
        if (ban_list_find(&left, ban->steam_id64)) {
                log_error("Failed to lift the ban of '%s': '%s' keeps it", who, console->name);
                return CTL_FAILURE;
        }
        return write_file_of_bans(console);
}

int verb_unban(Ctl *ctl) {
        const Ctl named = { .operands = ctl->operands, .n_operands = 1 };
        const char *who = ctl->operands[1];
        uint64_t id = steam_id_parse(who);
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_(ban_list_clear) BanList list = {};
        const Ban *ban;
        int r;

        r = ctl_check_names(&named, 0);
        if (r == CTL_OK && id == 0) {
                log_error(
                        "Invalid SteamID '%s': use 76561197960267728, STEAM_1:0:1000 or [U:1:2000]",
                        who);
                r = CTL_USAGE;
        }
        if (r == CTL_OK)
                r = session_open(ctl, ctl->operands[0], &console);
        if (r == CTL_OK)
                r = read_file_of_bans(console);
        if (r == CTL_OK)
                r = read_bans(console, &list);
        if (r != CTL_OK)
                return r;
        ban = ban_list_find(&list, id);
        if (!ban) {
                log_error(
                        "No ban of '%s' on '%s': 'l4d2ctl bans %s' lists them", who, console->name,
                        console->name);
                return CTL_FAILURE;
        }
        return remove_ban(console, who, ban);
}

/* --- bans ------------------------------------------------------------------------------------- */

static void format_id64(const Ban *ban, char *ret, size_t size) {
        (void) snprintf(ret, size, "%" PRIu64, ban->steam_id64);
}

static int print_bans_as_json(const BanList *list) {
        _cleanup_json_ sd_json_variant *array = NULL;
        int r;

        r = sd_json_variant_new_array(&array, NULL, 0);
        for (size_t i = 0; i < list->n_items && r >= 0; i++) {
                const Ban *ban = &list->items[i];
                char id[24];

                format_id64(ban, id, sizeof(id));
                r = sd_json_variant_append_arraybo(
                        &array,
                        SD_JSON_BUILD_PAIR_STRING("steam_id64", ban->steam_id64 > 0 ? id : NULL),
                        SD_JSON_BUILD_PAIR_STRING("steam_id", ban->steam_id),
                        SD_JSON_BUILD_PAIR_BOOLEAN("is_permanent", ban->is_permanent),
                        SD_JSON_BUILD_PAIR_CONDITION(
                                ban->minutes > 0, "minutes", SD_JSON_BUILD_UNSIGNED(ban->minutes)),
                        SD_JSON_BUILD_PAIR_CONDITION(
                                ban->minutes == 0, "minutes", SD_JSON_BUILD_NULL));
        }
        if (r < 0) {
                (void) log_error_errno(r, "Failed to make JSON");
                return CTL_FAILURE;
        }
        return print_json(array);
}

static int add_row(Listing *listing, const Ban *ban) {
        char id[24], minutes[24];

        format_id64(ban, id, sizeof(id));
        (void) snprintf(minutes, sizeof(minutes), "%" PRIu64, ban->minutes);
        return listing_add(
                listing, (const char *[]) { ban->steam_id64 > 0 ? id : NULL, ban->steam_id,
                                            ban->is_permanent  ? _("forever")
                                            : ban->minutes > 0 ? minutes
                                                               : NULL });
}

static int print_bans(const Console *console, const BanList *list) {
        static const ListingColumn columns[] = {
                { N_("STEAMID"), false },
                { N_("ID"), false },
                { N_("MINUTES"), false },
                {},
        };
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        if (list->n_items == 0) {
                log_notice("'%s' has no bans", console->name);
                return CTL_OK;
        }
        r = listing_new(columns, &listing);
        for (size_t i = 0; i < list->n_items && r >= 0; i++)
                r = add_row(listing, &list->items[i]);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to print the table");
                return CTL_FAILURE;
        }
        return listing_print(listing);
}

int verb_bans(Ctl *ctl) {
        _cleanup_(console_freep) Console *console = NULL;
        _cleanup_(ban_list_clear) BanList list = {};
        int r;

        r = ctl_check_names(ctl, 0);
        if (r == CTL_OK)
                r = session_open(ctl, ctl->operands[0], &console);
        if (r == CTL_OK)
                r = read_bans(console, &list);
        if (r != CTL_OK)
                return r;
        return ctl->options.json ? print_bans_as_json(&list) : print_bans(console, &list);
}
