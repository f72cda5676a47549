/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "layer/content-report.h"

/* The words of layer/content-report.h. */

const char *content_fault_word(ContentFault fault) {
        static const char *const words[_CONTENT_FAULT_MAX] = {
                [CONTENT_CASE_CLASH] = "case-clash",   [CONTENT_NOT_AN_ADDON] = "not-an-addon",
                [CONTENT_BROKEN_LINK] = "broken-link", [CONTENT_VPK_OVERLAP] = "vpk-overlap",
                [CONTENT_VPK_DAMAGED] = "vpk-damaged", [CONTENT_NOT_LOADABLE] = "not-loadable",
                [CONTENT_UNREADABLE] = "unreadable",   [CONTENT_SPECIAL] = "special-file",
        };

        return words[fault];
}

static const char *plain_text(ContentFault fault) {
        switch (fault) {
        case CONTENT_NOT_AN_ADDON:
                return N_("the game ignores it: add-ons are .vpk files, and plugins .vdf and .so");
        case CONTENT_VPK_DAMAGED:
                return N_("it is not a VPK file, or a part of it is missing");
        case CONTENT_UNREADABLE:
                return N_("servers can't read it: run \"chmod -R o+rX\"");
        default:
                return N_("it is neither a file nor a directory");
        }
}

static int overlap_text(const ContentFinding *finding, char **ret) {
        if (finding->detail)
                return asprintf(
                        ret,
                        text_count(
                                "%2$s has %1$" PRIu64 " of the same files, and only one of the two "
                                "is used: %3$s",
                                "%2$s has %1$" PRIu64 " of the same files, and only one of each is "
                                "used, for example of %3$s",
                                finding->n),
                        finding->n, finding->other, finding->detail);
        return asprintf(
                ret,
                text_count(
                        "%2$s has %1$" PRIu64 " of the same files, and only one of the two is used",
                        "%2$s has %1$" PRIu64 " of the same files, and only one of each is used",
                        finding->n),
                finding->n, finding->other);
}

int content_finding_text(const ContentFinding *finding, char **ret) {
        char *text;
        int r;

        switch (finding->fault) {
        case CONTENT_CASE_CLASH:
                r = asprintf(
                        &text,
                        _("it differs from %s only in capital letters, and the game finds one of them"),
                        finding->other);
                break;
        case CONTENT_BROKEN_LINK:
                r = asprintf(
                        &text, _("it is a link to %s, which a server doesn't see"),
                        finding->detail);
                break;
        case CONTENT_VPK_OVERLAP:
                r = overlap_text(finding, &text);
                break;
        case CONTENT_NOT_LOADABLE:
                r = asprintf(&text, "%s", finding->detail);
                break;
        default:
                r = asprintf(&text, "%s", _(plain_text(finding->fault)));
                break;
        }
        if (r < 0)
                return -ENOMEM;

        *ret = text;
        return 0;
}
