/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/steamcmd-output.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* " Update state (0x61) downloading, progress: 12.34 (x / y)" */
#define PROGRESS_BEGIN  "Update state (0x"
#define PROGRESS_NUMBER "progress: "

/* Words that are looked for in each line. */
static const struct {
        const char *words;
        size_t member; /* a bool of SteamcmdOutput */
} phrases[] = {
        { "Success! App '222860' fully installed", offsetof(SteamcmdOutput, installed) },
        { "Success! App '222860' already up to date", offsetof(SteamcmdOutput, installed) },
        { "Invalid platform", offsetof(SteamcmdOutput, not_for_linux) },
        { "Missing configuration", offsetof(SteamcmdOutput, not_for_linux) },
        { "No subscription", offsetof(SteamcmdOutput, no_subscription) },
        { "Invalid Password", offsetof(SteamcmdOutput, wrong_password) },
        { "Steam Guard code", offsetof(SteamcmdOutput, wants_code) },
        { "Two-factor code", offsetof(SteamcmdOutput, wants_code) },
        { "Account Logon Denied", offsetof(SteamcmdOutput, wants_code) },
        { "Rate Limit Exceeded", offsetof(SteamcmdOutput, rate_limit) },
};

static void read_phrases(SteamcmdOutput *output, const char *line) {
        for (size_t i = 0; i < ELEMENTSOF(phrases); i++)
                if (strstr(line, phrases[i].words))
                        *(bool *) (void *) ((char *) output + phrases[i].member) = true;
}

/* The stage's words, from behind the parenthesis to the comma. */
static bool read_progress(SteamcmdOutput *output, const char *line) {
        const char *stage, *end, *number;
        unsigned long percent;

        line = strstr(line, PROGRESS_BEGIN);
        stage = line ? strstr(line, ") ") : NULL;
        end = stage ? strstr(stage, ", " PROGRESS_NUMBER) : NULL;
        if (!end)
                return false;
        stage += strlen(") ");
        if (end <= stage || (size_t) (end - stage) >= sizeof(output->stage))
                return false;
        number = end + strlen(", " PROGRESS_NUMBER);
        if (*number < '0' || *number > '9')
                return false;
        percent = strtoul(number, NULL, 10);

        (void) snprintf(output->stage, sizeof(output->stage), "%.*s", (int) (end - stage), stage);
        output->percent = percent < 100 ? (unsigned) percent : 100;
        return true;
}

static void read_state(SteamcmdOutput *output, const char *line) {
        static const char words[] = "state is 0x";
        const char *state = strstr(line, words);

        if (state)
                output->state = (unsigned) strtoul(state + strlen(words), NULL, 16);
}

bool steamcmd_output_read(SteamcmdOutput *output, const char *line) {
        if (read_progress(output, line))
                return true;
        read_phrases(output, line);
        read_state(output, line);
        if (strncasecmp(line, "ERROR!", strlen("ERROR!")) == 0)
                (void) snprintf(output->error, sizeof(output->error), "%s", line);
        return false;
}

bool steamcmd_output_blames_account(const SteamcmdOutput *output) {
        return !output->installed && (output->not_for_linux || output->no_subscription);
}

static const char *explain_state(unsigned state) {
        static const struct {
                unsigned state;
                const char *words;
        } table[] = {
                { 0x202,
                  N_("not enough disk space; make room, for example with 'l4d2ctl game gc', then install again") },
                { 0x212,
                  N_("not enough disk space; make room, for example with 'l4d2ctl game gc', then install again") },
                { 0x402,
                  N_("Steam can't be reached; check this host's network, then install again: the download goes on") },
                { 0x602,
                  N_("Steam can't be reached; check this host's network, then install again: the download goes on") },
                { 0x606,
                  N_("the disk can't be written; check the file system of /var/lib/left4me, then install again") },
                { 0x626, N_("files of the update are missing at Steam; install again later") },
                { 0x6A6, N_("downloaded files are damaged; run 'l4d2ctl install --validate'") },
        };

        for (size_t i = 0; i < ELEMENTSOF(table); i++)
                if (table[i].state == state)
                        return table[i].words;
        return NULL;
}

const char *steamcmd_output_explain(const SteamcmdOutput *output) {
        if (output->wrong_password)
                return N_(
                        "Steam refuses the password of steam_account=; correct the credential steam-password");
        if (output->wants_code)
                return N_(
                        "Steam Guard asks for a code; log steam_account= in once by hand, see left4me.conf(5)");
        if (output->rate_limit)
                return N_("Steam refuses more logins for now; install again in an hour");
        if (output->no_subscription)
                return N_(
                        "Steam says that this account does not own the game; set steam_account= to one that does, see left4me.conf(5)");
        if (explain_state(output->state))
                return explain_state(output->state);
        if (output->not_for_linux)
                return N_(
                        "Steam did not offer the Linux version; install again later, or set steam_account=, see left4me.conf(5)");
        return NULL;
}
