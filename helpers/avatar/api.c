/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "avatar/fetch.h"
#include "avatar/jpeg.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"

enum {
        ANSWER_MAX = 1024 * 1024, /* bytes; each player has about one KiB */
        ID_TEXT_MAX = 21,
        PAUSE_NETWORK = 5 * 60, /* seconds */
        PAUSE_REFUSED = 3600,   /* Steam blocks addresses that go on with a refused key */
};

/* A second after the last call. */
static void wait_for_turn(AvatarRun *run) {
        uint64_t due = run->call_time + USEC_PER_SEC, now = now_monotonic();
        struct timespec until = {
                .tv_sec = (time_t) (due / USEC_PER_SEC),
                .tv_nsec = (long) (due % USEC_PER_SEC) * 1000,
        };

        if (run->call_time == 0 || due <= now)
                return;
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
                ;
}

/* The result of download_text(). */
static int call(AvatarRun *run, Download *d, char **ret, size_t *ret_size) {
        int r;

        wait_for_turn(run);
        r = download_text(&run->options, d, ret, ret_size);
        run->call_time = now_monotonic();
        return r;
}

/* Logs why, and says that no more is to be asked for at least so many seconds. */
static int need_pause(
        const Download *d, const char *service, const char *problem, uint64_t seconds,
        AvatarPause *pause) {
        log_warning("Failed to ask %s: %s", service, problem);
        *pause = (AvatarPause) {
                .is_needed = true,
                .seconds = d->retry_after > seconds ? d->retry_after : seconds,
        };
        return -EAGAIN;
}

/* The address has the key, so it must not be in a message. */
static int make_question(const AvatarRun *run, const uint64_t *ids, size_t n, char **ret) {
        char list[AVATAR_BATCH * ID_TEXT_MAX + 1] = "";
        size_t size = 0;

        for (size_t i = 0; i < n; i++)
                size += (size_t) snprintf(
                        list + size, sizeof(list) - size, "%s%" PRIu64, i > 0 ? "," : "", ids[i]);
        return asprintf(
                       ret, "%s/ISteamUser/GetPlayerSummaries/v2/?key=%s&steamids=%s",
                       run->config->avatar_api, run->key, list) < 0
                       ? -ENOMEM
                       : 0;
}

int avatar_ask(
        AvatarRun *run, const uint64_t *ids, size_t n, AvatarReply ret[static AVATAR_BATCH],
        size_t *ret_n, AvatarPause *pause) {
        Download d = { .size = DOWNLOAD_SIZE_UNKNOWN, .size_max = ANSWER_MAX };
        _cleanup_free_ char *url = NULL, *text = NULL;
        bool is_refused;
        size_t size;
        int r;

        r = make_question(run, ids, n, &url);
        if (r < 0) {
                url = NULL;
                return log_error_errno(r, "Failed to ask Steam");
        }
        d.url = url;
        r = call(run, &d, &text, &size);
        if (r == 0)
                r = avatar_reply_parse(text, size, ret, ret_n);
        if (r < 0) {
                is_refused = r == -EACCES;
                r = need_pause(
                        &d, run->config->avatar_api,
                        d.error ?: _("the answer is not one about players"),
                        r == -EIO ? PAUSE_NETWORK : PAUSE_REFUSED, pause);
                pause->is_refused = is_refused;
        }
        download_done(&d);
        return r;
}

int avatar_fetch(
        AvatarRun *run, const char *hash, uint8_t **ret, size_t *ret_size, AvatarPause *pause) {
        Download d = { .size = DOWNLOAD_SIZE_UNKNOWN, .size_max = AVATAR_SIZE_MAX };
        _cleanup_free_ char *url = NULL, *data = NULL;
        size_t size;
        int r;

        if (asprintf(&url, "%s/%s_medium.jpg", run->config->avatar_pictures, hash) < 0) {
                url = NULL;
                return log_error_errno(-ENOMEM, "Failed to fetch a picture");
        }
        d.url = url;
        r = call(run, &d, &data, &size);
        if (r == 0)
                r = jpeg_clean((const uint8_t *) data, size, AVATAR_SIDE_MAX, ret, ret_size);
        if (r == -EIO)
                r = need_pause(
                        &d, run->config->avatar_pictures, d.error ?: strerror(EIO), PAUSE_NETWORK,
                        pause);
        else if (r < 0) {
                log_warning(
                        "Refused the picture %s: %s", hash,
                        d.error ?: _("it is not a JPEG picture"));
                r = -EBADMSG;
        }
        download_done(&d);
        return r;
}
