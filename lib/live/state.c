/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/state.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/visible-text.h"

/* STATUS_PLAYERS_MAX players with the longest texts take a third of it. */
enum { STATE_SIZE_MAX = 256 * 1024 };

const char *live_health_text(LiveHealth health) {
        static const char *const texts[_LIVE_HEALTH_MAX] = {
                [LIVE_STARTING] = N_("has not answered yet"),
                [LIVE_OK] = N_("answers"),
                [LIVE_CHANGING_MAP] = N_("changes the map"),
                [LIVE_SILENT] = N_("does not answer"),
                [LIVE_HUNG] = N_("hangs"),
                [LIVE_UNKNOWN] = N_("can't be asked"),
        };

        return (size_t) health < ELEMENTSOF(texts) ? _(texts[health]) : NULL;
}

bool live_hides_players(const LiveState *live, const Spec *spec) {
        if (live && live->rcon_error != 0)
                return live->rcon_error == -ENOKEY || live->rcon_error == -EACCES;
        if (live && live->source == LIVE_SOURCE_RCON)
                return false;
        return spec && !spec->rcon_password;
}

/* --- texts --------------------------------------------------------------------------------------
 */

void live_text(const char *text, size_t text_size, char *ret, size_t ret_size) {
        size_t length = 0;

        while (text_size > 0) {
                char buffer[VISIBLE_TEXT_MAX(4)];
                uint32_t c;
                size_t n = utf8_decode(text, text_size, &c), size;

                if (n == 0)
                        n = 1;
                size = visible_text(text, n, buffer);
                if (length + size >= ret_size)
                        break;
                memcpy(ret + length, buffer, size);
                length += size;
                text += n;
                text_size -= n;
        }
        ret[length] = '\0';
        /* Two characters that visible_text() keeps have no place in a field of one line. */
        for (char *p = ret; *p; p++)
                if (*p == '\n' || *p == '\t')
                        *p = ' ';
}

#define COPY_TEXT(from, to) live_text((from), strnlen((from), sizeof(from)), (to), sizeof(to))

void live_status_copy(const ServerStatus *status, ServerStatus *ret) {
        *ret = *status;
        COPY_TEXT(status->hostname, ret->hostname);
        COPY_TEXT(status->version, ret->version);
        COPY_TEXT(status->map, ret->map);
        for (size_t i = 0; i < status->n_players; i++) {
                const StatusPlayer *from = &status->players[i];
                StatusPlayer *to = &ret->players[i];

                COPY_TEXT(from->name, to->name);
                COPY_TEXT(from->steam_id, to->steam_id);
                COPY_TEXT(from->state, to->state);
                COPY_TEXT(from->address, to->address);
        }
}

/* --- files --------------------------------------------------------------------------------------
 */

static void file_name(const char *name, char ret[static INSTANCE_NAME_MAX + sizeof(".json")]) {
        (void) snprintf(ret, INSTANCE_NAME_MAX + sizeof(".json"), "%s.json", name);
}

static int parse_file(const char *text, LiveState **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        _cleanup_free_ LiveState *state = malloc(sizeof(*state));
        int r;

        if (!state)
                return -ENOMEM;
        r = sd_json_parse(text, 0, &object, NULL, NULL);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        r = live_state_from_json(object, state);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(state);
        return 0;
}

int live_state_read(const Paths *paths, const char *name, LiveState **ret) {
        const FileLimits limits = { .size_max = STATE_SIZE_MAX };
        char file[INSTANCE_NAME_MAX + sizeof(".json")];
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (!instance_name_is_valid(name))
                return -EINVAL;
        fd = open(paths->watch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        file_name(name, file);
        r = read_file_beneath(fd, file, &limits, &text, &size);
        return r < 0 ? r : parse_file(text, ret);
}

bool live_state_is_of(const LiveState *state, const char *invocation_id) {
        return invocation_id && invocation_id[0] != '\0' &&
               strcmp(state->invocation_id, invocation_id) == 0;
}

uint64_t live_time_move(uint64_t usec, int64_t by, uint64_t now) {
        uint64_t back = by < 0 ? UINT64_C(0) - (uint64_t) by : 0;

        if (usec == 0)
                return 0;
        /* The first moment is not 0, which is none. */
        if (by < 0)
                usec = back < usec ? usec - back : 1;
        else
                usec = (uint64_t) by < UINT64_MAX - usec ? usec + (uint64_t) by : UINT64_MAX;
        return usec < now ? usec : now;
}

void live_state_move(LiveState *state, int64_t by, uint64_t now) {
        uint64_t *const times[] = { &state->at, &state->health_since, &state->map_since,
                                    &state->empty_since, &state->played_at };

        for (size_t i = 0; i < ELEMENTSOF(times); i++)
                *times[i] = live_time_move(*times[i], by, now);
}

int live_state_write(int dir_fd, const char *name, const LiveState *state) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        char file[INSTANCE_NAME_MAX + sizeof(".json")];
        _cleanup_free_ char *text = NULL;
        int r;

        if (!instance_name_is_valid(name))
                return -EINVAL;
        file_name(name, file);
        r = live_state_to_json(state, &object);
        if (r >= 0)
                r = sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, &text);
        return r < 0 ? r : write_file_atomic(dir_fd, file, text, strlen(text), 0640);
}

int live_state_remove(int dir_fd, const char *name) {
        char file[INSTANCE_NAME_MAX + sizeof(".json")];

        if (!instance_name_is_valid(name))
                return -EINVAL;
        file_name(name, file);
        return unlinkat(dir_fd, file, 0) < 0 && errno != ENOENT ? -errno : 0;
}
