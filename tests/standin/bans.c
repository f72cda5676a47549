/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "bans.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "console.h"

#define BANS_MAX 64

typedef struct Ban {
        BanKind kind;
        char who[64];
        uint64_t until; /* 0: for ever */
} Ban;

static Ban bans[BANS_MAX];
static unsigned n_bans;

static const char *const ban_commands[] = { [BAN_USER] = "banid", [BAN_ADDRESS] = "addip" };
static const char *const ban_files[] = {
        [BAN_USER] = "banned_user.cfg", [BAN_ADDRESS] = "banned_ip.cfg"
};

static Ban *ban_find(BanKind kind, const char *who) {
        for (unsigned i = 0; i < n_bans; i++)
                if (bans[i].kind == kind && strcmp(bans[i].who, who) == 0)
                        return bans + i;

        return NULL;
}

void ban_add(BanKind kind, const char *who, uint32_t minutes) {
        Ban *b = ban_find(kind, who);

        if (!b) {
                if (n_bans == BANS_MAX)
                        return;
                b = bans + n_bans++;
        }

        *b = (Ban) { .kind = kind };
        snprintf(b->who, sizeof(b->who), "%s", who);
        if (minutes > 0)
                b->until = now_ms() + minutes * 60000ULL;
}

bool ban_remove(BanKind kind, const char *who) {
        Ban *b = ban_find(kind, who);

        if (!b)
                return false;

        *b = bans[--n_bans];
        return true;
}

bool ban_holds(BanKind kind, const char *who) {
        const Ban *b = ban_find(kind, who);

        return b && (b->until == 0 || b->until > now_ms());
}

void ban_list(Server *s, BanKind kind) {
        for (unsigned i = 0; i < n_bans; i++)
                if (bans[i].kind == kind && ban_holds(kind, bans[i].who))
                        console_print(
                                s, "%s : %s\n", bans[i].who,
                                bans[i].until ? "temporary" : "permanent");
}

int ban_write(const Server *s, BanKind kind) {
        char path[320];
        FILE *f;

        snprintf(path, sizeof(path), "%s/cfg/%s", s->game, ban_files[kind]);
        f = fopen(path, "we");
        if (!f)
                return -errno;

        for (unsigned i = 0; i < n_bans; i++)
                if (bans[i].kind == kind && bans[i].until == 0)
                        fprintf(f, "%s 0 %s\n", ban_commands[kind], bans[i].who);

        return fclose(f) == 0 ? 0 : -errno;
}
