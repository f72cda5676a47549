/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "alert/facts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/time-text.h"
#include "base/visible-text.h"
#include "journal/journal.h"
#include "journal/poll.h"
#include "systemd/unit-names.h"

/* How long ago the event may have been that the alert is about. */
#define EVENT_AGE (10 * 60 * USEC_PER_SEC)

/* --- lines of the log ------------------------------------------------------------------------- */

static int add_line(sd_journal *journal, void *userdata) {
        _cleanup_free_ char *message = NULL, *visible = NULL;
        sd_json_variant **lines = userdata;
        size_t size;
        int r;

        r = journal_get_text(journal, "MESSAGE", &message);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        size = strnlen(message, ALERT_LINE_MAX);
        visible = malloc(VISIBLE_TEXT_MAX(size));
        if (!visible)
                return -ENOMEM;
        (void) visible_line(message, size, visible);
        return sd_json_variant_append_arrayb(lines, SD_JSON_BUILD_STRING(visible));
}

_Static_assert((int) JOB_UNIT_MAX >= (int) UNIT_NAME_MAX, "a buffer for both");

/* The unit that the alert is about; false: none. */
static bool name_unit(const AlertName *name, char ret[static JOB_UNIT_MAX]) {
        switch (name->kind) {
        case ALERT_TEST:
                return false;
        case ALERT_INSTALL:
                unit_name(UNIT_INSTALL, "", ret);
                return true;
        case ALERT_REFRESH:
                unit_name(UNIT_REFRESH, "", ret);
                return true;
        case ALERT_GAME_UPDATE:
                unit_name(UNIT_CHECK, "", ret);
                return true;
        case ALERT_JOB:
                return job_unit_name(name->job, name->ref, ret) >= 0;
        default:
                unit_name(UNIT_SERVER, name->server, ret);
                return true;
        }
}

static int gather_lines(AlertFacts *facts) {
        char unit[JOB_UNIT_MAX];
        int64_t r;

        if (!name_unit(facts->name, unit))
                return 0;
        r = journal_read_last(
                &(JournalQuery) {
                        .unit = unit,
                        .lines = ALERT_LINES,
                        .invocation = facts->invocation,
                        .filter = journal_without_polls,
                        .refused_max = JOURNAL_POLLS_MAX,
                },
                add_line, &facts->lines);
        return r == -ENOMEM ? -ENOMEM : 0;
}

/* --- the text --------------------------------------------------------------------------------- */

static int gather_crash(AlertFacts *facts) {
        char unit[UNIT_NAME_MAX], reason[RESULT_TEXT_MAX] = "";
        LastEnd end = {};

        unit_name(UNIT_SERVER, facts->name->server, unit);
        if (facts->end)
                end = *facts->end;
        if (facts->end || last_end_find(unit, facts->time - EVENT_AGE, &end) > 0)
                last_end_describe(&end, reason, sizeof(reason));
        if (reason[0] == '\0')
                return asprintf(
                        &facts->text, _("The server '%s' on %s ended by itself"),
                        facts->name->server, facts->host);
        return asprintf(
                &facts->text, _("The server '%s' on %s ended by itself: %s"), facts->name->server,
                facts->host, reason);
}

/* The watcher's own words about the event: no text of a player is in them. */
static int gather_event(AlertFacts *facts) {
        AlertKind kind = facts->name->kind;

        return asprintf(
                &facts->text,
                kind == ALERT_HANG ? _("The server '%s' on %s does not answer any more")
                : kind == ALERT_LAN
                        ? _("The server '%s' on %s became a LAN server, which players from the "
                            "internet can't join")
                : kind == ALERT_STEAM_KICK
                        ? _("The server '%s' on %s kicks players with \"No Steam logon\"")
                : kind == ALERT_SLOW
                        ? _("The server '%s' on %s makes fewer frames than its tick rate")
                        : _("The server '%s' on %s needs the latest update of the game: players "
                            "who have it can't join"),
                facts->name->server, facts->host);
}

static int gather_update(AlertFacts *facts) {
        if (!facts->check)
                return asprintf(
                        &facts->text, _("Steam has a newer version of the game than %s"),
                        facts->host);
        return asprintf(
                &facts->text,
                _("Steam has build %s of the game, and %s has build %s; 'l4d2ctl install' installs "
                  "the update"),
                facts->check->available, facts->host, facts->check->installed);
}

static int gather_text(AlertFacts *facts) {
        int r;

        switch (facts->name->kind) {
        case ALERT_CRASH:
                r = gather_crash(facts);
                break;
        case ALERT_INSTALL:
                r = asprintf(
                        &facts->text, _("The installation or update of the game on %s failed"),
                        facts->host);
                break;
        case ALERT_JOB:
                r = asprintf(
                        &facts->text, _("The build of the overlay '%s' on %s failed"),
                        facts->name->ref, facts->host);
                break;
        case ALERT_REFRESH:
                r = asprintf(
                        &facts->text, _("The daily builds of overlays on %s failed in part"),
                        facts->host);
                break;
        case ALERT_GAME_UPDATE:
                r = gather_update(facts);
                break;
        case ALERT_TEST:
                r = asprintf(&facts->text, _("This is a test of the alerts of %s"), facts->host);
                break;
        default:
                r = gather_event(facts);
        }
        if (r < 0)
                facts->text = NULL;
        return r < 0 ? -ENOMEM : 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int gather_label(AlertFacts *facts, const SpecContext *specs) {
        _cleanup_(spec_freep) Spec *spec = NULL;
        SpecErrors errors = {};
        int r;

        if (!specs || !alert_kind_is_of_server(facts->name->kind))
                return 0;
        r = spec_load(specs, facts->name->server, &errors, &spec);
        spec_errors_clear(&errors);
        if (r >= 0 && spec->label) {
                facts->label = strdup(spec->label);
                if (!facts->label)
                        return -ENOMEM;
        }
        return r == -ENOMEM ? r : 0;
}

int alert_facts_gather(AlertFacts *facts, const SpecContext *specs) {
        int r;

        r = sd_json_variant_new_array(&facts->lines, NULL, 0);
        if (r >= 0)
                r = gather_label(facts, specs);
        if (r >= 0)
                r = gather_text(facts);
        return r < 0 ? r : gather_lines(facts);
}

void alert_facts_clear(AlertFacts *facts) {
        free(facts->label);
        free(facts->text);
        sd_json_variant_unref(facts->lines);
        *facts = (AlertFacts) {};
}

static int format_text(const AlertFacts *facts, char **ret) {
        size_t n = (size_t) facts->left_out;
        int r;

        if (n == 0)
                r = asprintf(ret, "%s", facts->text);
        else
                r = asprintf(
                        ret,
                        text_count(
                                "%s (%zu more alert like this was not sent)",
                                "%s (%zu more alerts like this were not sent)", n),
                        facts->text, n);
        if (r < 0)
                *ret = NULL;
        return r < 0 ? -ENOMEM : 0;
}

/* Chats that take a webhook know one of these two names: Slack and Mattermost `text`, Discord
 * `content`, where `allowed_mentions` keeps it from notifying people. */
int alert_facts_to_json(const AlertFacts *facts, sd_json_variant **ret) {
        const bool is_of_server = alert_kind_is_of_server(facts->name->kind);
        time_t seconds = (time_t) (facts->time / USEC_PER_SEC);
        _cleanup_free_ char *text = NULL;
        char time_text[32] = "";
        struct tm utc;

        if (gmtime_r(&seconds, &utc))
                (void) strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%SZ", &utc);
        if (format_text(facts, &text) < 0)
                return -ENOMEM;
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("kind", alert_kind_for_commands(facts->name->kind)),
                SD_JSON_BUILD_PAIR_STRING("server", is_of_server ? facts->name->server : NULL),
                SD_JSON_BUILD_PAIR_STRING("label", facts->label),
                SD_JSON_BUILD_PAIR_STRING(
                        "overlay", facts->name->kind == ALERT_JOB ? facts->name->ref : NULL),
                SD_JSON_BUILD_PAIR_STRING("host", facts->host),
                SD_JSON_BUILD_PAIR_STRING("time", time_text),
                SD_JSON_BUILD_PAIR_UNSIGNED("time_usec", facts->time),
                SD_JSON_BUILD_PAIR_UNSIGNED("left_out", facts->left_out),
                SD_JSON_BUILD_PAIR_STRING("text", text), SD_JSON_BUILD_PAIR_STRING("content", text),
                SD_JSON_BUILD_PAIR_OBJECT(
                        "allowed_mentions", SD_JSON_BUILD_PAIR("parse", SD_JSON_BUILD_EMPTY_ARRAY)),
                SD_JSON_BUILD_PAIR_VARIANT("lines", facts->lines));
}
