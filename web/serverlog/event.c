/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "serverlog/event.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "serverlog/line.h"

int event_format(
        const char *id, const char *event, const char *data, char **ret, size_t *ret_size) {
        char *text;
        int n;

        if ((id && id[strcspn(id, "\r\n")] != '\0') || event[strcspn(event, "\r\n")] != '\0' ||
            data[strcspn(data, "\r\n")] != '\0')
                return -EINVAL;
        n = asprintf(
                &text, "%s%s%sevent: %s\ndata: %s\n\n", id ? "id: " : "", id ? id : "",
                id ? "\n" : "", event, data);
        if (n < 0)
                return -ENOMEM;

        *ret = text;
        *ret_size = (size_t) n;
        return 0;
}

int log_event_line(
        JournalEntry *entry, const char *cursor, uint64_t now, char **ret, size_t *ret_size) {
        _cleanup_json_ sd_json_variant *model = NULL;
        _cleanup_free_ char *data = NULL;
        LogLine line;
        int r;

        log_line_of_entry(entry, cursor, &line);
        r = log_line_to_model(&line, now, &model);
        if (r >= 0)
                r = sd_json_variant_format(model, 0, &data);
        return r < 0 ? r : event_format(cursor, "line", data, ret, ret_size);
}

int log_event_gap(uint64_t n_lost, char **ret, size_t *ret_size) {
        _cleanup_json_ sd_json_variant *model = NULL, *lost = NULL;
        _cleanup_free_ char *data = NULL;
        char text[512];
        int r;

        if (n_lost == UINT64_MAX)
                (void) snprintf(text, sizeof(text), "%s", _("Lines are missing here."));
        else
                (void) snprintf(
                        text, sizeof(text),
                        _("%llu entries of the journal were removed before they could be read."),
                        (unsigned long long) n_lost);
        r = n_lost == UINT64_MAX ? sd_json_variant_new_null(&lost)
                                 : sd_json_variant_new_unsigned(&lost, n_lost);
        if (r >= 0)
                r = sd_json_buildo(
                        &model, SD_JSON_BUILD_PAIR_VARIANT("lost", lost),
                        SD_JSON_BUILD_PAIR_STRING("text", text));
        if (r >= 0)
                r = sd_json_variant_format(model, 0, &data);
        return r < 0 ? r : event_format(NULL, "gap", data, ret, ret_size);
}
