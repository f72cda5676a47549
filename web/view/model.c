/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view/model.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/text-places.h"
#include "base/text.h"
#include "base/time-text.h"

static void format_iso(uint64_t usec, char *buffer, size_t size) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(buffer, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
                buffer[0] = '\0';
}

static void format_relative(uint64_t usec, uint64_t now, char *buffer, size_t size) {
        uint64_t span = now > usec ? now - usec : usec - now;
        char text[TIME_TEXT_MAX];

        if (span < USEC_PER_SEC)
                (void) snprintf(buffer, size, "%s", _("now"));
        else if (now > usec)
                (void) snprintf(buffer, size, _("%s ago"), span_format(span, text));
        else
                (void) snprintf(buffer, size, _("in %s"), span_format(span, text));
}

int model_time(uint64_t usec, uint64_t now, sd_json_variant **ret) {
        char iso[TIME_TEXT_MAX], local[TIME_TEXT_MAX], relative[TIME_TEXT_MAX + 64];

        if (usec == 0)
                return sd_json_variant_new_null(ret);

        format_iso(usec, iso, sizeof(iso));
        format_relative(usec, now, relative, sizeof(relative));
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("iso", iso),
                SD_JSON_BUILD_PAIR_STRING("local", time_format(usec, local)),
                SD_JSON_BUILD_PAIR_STRING("relative", relative));
}

int model_size(uint64_t bytes, sd_json_variant **ret) {
        static const char *const units[] = { "", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        double value = (double) bytes;
        size_t unit = 0;
        char text[64];

        if (bytes == UINT64_MAX)
                return sd_json_variant_new_null(ret);

        /* 1023.95 and more would be shown as 1024.0 of the smaller unit. */
        while (value >= (unit == 0 ? 1024 : 1023.95) && unit + 1 < ELEMENTSOF(units)) {
                value /= 1024;
                unit++;
        }
        if (unit == 0)
                (void) snprintf(
                        text, sizeof(text),
                        text_count("%u byte", "%u bytes", (unsigned long) bytes), (unsigned) bytes);
        else
                (void) snprintf(text, sizeof(text), "%.1f %s", value, units[unit]);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_UNSIGNED("bytes", bytes),
                SD_JSON_BUILD_PAIR_STRING("text", text));
}

void model_sentence(char *ret, size_t size, const char *message, const char *name) {
        _cleanup_free_ char *argument = strdup(name), *text = NULL;
        char *const arguments[] = { argument, NULL };

        if (text_fill(message, _(message), arguments, &text) < 0 &&
            text_fill(message, message, arguments, &text) < 0)
                text = NULL;
        (void) snprintf(ret, size, "%s", text ? text : "");
}

unsigned model_rows(const char *text, unsigned spare, unsigned min, unsigned max) {
        unsigned rows = 1 + spare;

        for (const char *p = text; (p = strchr(p, '\n')) && rows < max; p++)
                rows++;
        return rows < min ? min : rows;
}
