/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The form for an archive or a release on the page Source of an overlay. It changes single keys of
 * the definition, whose comments and other keys stay; `l4d2ctl overlay define --file=-` checks and
 * saves the result.
 */

#include <ctype.h>
#include <string.h>

#include "app/answer.h"
#include "base/text.h"
#include "pages/overlay-definition.h"
#include "pages/overlay-page.h"
#include "pages/pages.h"
#include "view/model.h"

#define GITHUB_PAGE "https://github.com/"

/* One more than a definition may have, so that a longer text is refused and not cut. */
enum { FIELD_MAX = DEFINITION_DESCRIPTION_MAX + 2, KEEP_ROWS_MIN = 3, KEEP_ROWS_MAX = 16 };

/* An overlay that has files already keeps them: only its definition's text changes the kind. */
static bool can_be_release(const DefinitionSource *source) {
        const OverlayDefinition *d = source->definition;

        return d &&
               (d->kind == OVERLAY_RELEASE || (d->kind == OVERLAY_FILES && !source->has_files));
}

/* --- the model -------------------------------------------------------------------------------- */

static char *join_lines(char *const *texts) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        if (!f)
                return NULL;
        for (; *texts; texts++)
                (void) fprintf(f, "%s\n", *texts);
        return fclose(f) == 0 ? TAKE_PTR(text) : NULL;
}

static int build(Request *request, const DefinitionSource *source, sd_json_variant **ret) {
        const OverlayDefinition *d = source->definition;
        const char *address = d->url ? d->url : d->github ? d->github : "";
        _cleanup_free_ char *lines = join_lines(d->keep);
        const char *keep;

        if (!lines)
                return -ENOMEM;
        keep = request_typed(request, "keep", lines);
        return sd_json_buildo(
                ret, SD_JSON_BUILD_PAIR_STRING("release_match", source->match),
                SD_JSON_BUILD_PAIR_STRING("address", request_typed(request, "address", address)),
                SD_JSON_BUILD_PAIR_STRING(
                        "asset", request_typed(request, "asset", d->asset ? d->asset : "")),
                SD_JSON_BUILD_PAIR_STRING(
                        "tag", request_typed(request, "tag", d->tag ? d->tag : "")),
                SD_JSON_BUILD_PAIR_STRING(
                        "sha256", request_typed(request, "sha256", d->sha256 ? d->sha256 : "")),
                SD_JSON_BUILD_PAIR_STRING("keep", keep),
                SD_JSON_BUILD_PAIR_UNSIGNED(
                        "keep_rows", model_rows(keep, 1, KEEP_ROWS_MIN, KEEP_ROWS_MAX)));
}

int overlay_add_release(Request *request, const DefinitionSource *source, sd_json_variant **model) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *release = NULL;
        bool is_typed = request->error && request_field(request, "release_match");
        int r;

        r = can_be_release(source) ? build(request, source, &release)
                                   : sd_json_variant_new_null(&release);
        if (r >= 0)
                r = sd_json_variant_set_field(model, "release", release);
        return r < 0 ? r : sd_json_variant_set_field_boolean(model, "release_typed", is_typed);
}

/* --- the form --------------------------------------------------------------------------------- */

typedef struct ReleaseForm {
        char address[FIELD_MAX], asset[FIELD_MAX], tag[FIELD_MAX], sha256[FIELD_MAX];
        bool is_github;
        char *text;                                 /* which the values of keep point into */
        const char *keep[DEFINITION_ITEMS_MAX + 1]; /* NULL-terminated */
} ReleaseForm;

static void form_done(ReleaseForm *form) {
        free(form->text);
}

static void read_text(const Request *request, const char *name, char ret[static FIELD_MAX]) {
        const char *text = request_field(request, name);
        size_t n;

        text = text ? text + strspn(text, " \t\n") : "";
        (void) snprintf(ret, FIELD_MAX, "%s", text);
        for (n = strlen(ret); n > 0 && strchr(" \t\n", ret[n - 1]); n--)
                ret[n - 1] = '\0';
}

/* Leaves OWNER/REPOSITORY of the address of a repository's page. The address of a file that GitHub
 * has is longer, and stays. */
static bool read_repository(char address[static FIELD_MAX]) {
        bool is_page = strncmp(address, GITHUB_PAGE, strlen(GITHUB_PAGE)) == 0;
        char *text = address + (is_page ? strlen(GITHUB_PAGE) : 0), *end;

        if (!is_page)
                return strstr(text, "://") == NULL;
        end = text + strcspn(text, "/");
        end += *end ? 1 + strcspn(end + 1, "/") : 0;
        if (strcmp(end, "") != 0 && strcmp(end, "/") != 0 && strcmp(end, "/releases") != 0)
                return false;
        *end = '\0';
        memmove(address, text, strlen(text) + 1);
        return true;
}

/* As GitHub and sha256sum write it, or in upper case. */
static void read_digest(const Request *request, char ret[static FIELD_MAX]) {
        const char prefix[] = "sha256:";

        read_text(request, "sha256", ret);
        for (char *p = ret; *p; p++)
                *p = (char) tolower((unsigned char) *p);
        if (strncmp(ret, prefix, strlen(prefix)) == 0)
                memmove(ret, ret + strlen(prefix), strlen(ret) - strlen(prefix) + 1);
}

/* -E2BIG: more lines than a list has values. */
static int read_keep(const Request *request, ReleaseForm *form) {
        const char *text = request_field(request, "keep");
        size_t n = 0;
        char *state = NULL;

        form->text = strdup(text ? text : "");
        if (!form->text)
                return -ENOMEM;
        for (char *line = strtok_r(form->text, "\n", &state); line;
             line = strtok_r(NULL, "\n", &state)) {
                line += strspn(line, " \t");
                if (*line == '\0')
                        continue;
                if (n == DEFINITION_ITEMS_MAX)
                        return -E2BIG;
                form->keep[n++] = line;
        }
        return 0;
}

static int form_read(const Request *request, ReleaseForm *ret) {
        read_text(request, "address", ret->address);
        read_text(request, "asset", ret->asset);
        read_text(request, "tag", ret->tag);
        read_digest(request, ret->sha256);
        ret->is_github = read_repository(ret->address);
        if (strcmp(ret->tag, "latest") == 0)
                ret->tag[0] = '\0';
        return read_keep(request, ret);
}

/* --- the change ------------------------------------------------------------------------------- */

/* A value that stays is not written again, whatever stands beside it. current: NULL: none. */
static int set_text(
        DefinitionSource *source, const char *key, const char *value, const char *current) {
        if (strcmp(value, current ? current : "") == 0)
                return 0;
        return definition_source_edit(
                source, key, (const char *[]) { value[0] ? value : NULL, NULL });
}

static int set_keep(DefinitionSource *source, const char *const *values) {
        char *const *current = source->definition->keep;
        size_t i = 0;

        while (values[i] && current[i] && strcmp(values[i], current[i]) == 0)
                i++;
        if (!values[i] && !current[i])
                return 0;
        return definition_source_edit(source, "keep", values);
}

static int apply(DefinitionSource *source, const ReleaseForm *form) {
        const OverlayDefinition *d = source->definition;
        int r = 0;

        if (d->kind != OVERLAY_RELEASE)
                r = definition_source_edit(source, "kind", (const char *[]) { "release", NULL });
        if (r >= 0)
                r = set_text(source, "url", form->is_github ? "" : form->address, d->url);
        if (r >= 0)
                r = set_text(source, "github", form->is_github ? form->address : "", d->github);
        if (r >= 0)
                r = set_text(source, "asset", form->asset, d->asset);
        if (r >= 0)
                r = set_text(source, "tag", form->tag, d->tag);
        if (r >= 0)
                r = set_text(source, "sha256", form->sha256, d->sha256);
        return r < 0 ? r : set_keep(source, form->keep);
}

static int refuse(Request *request, unsigned status, const char *text) {
        return answer_failed(request, status, text, NULL, page_overlay_source);
}

static int change(Request *request, DefinitionSource *source) {
        _cleanup_(form_done) ReleaseForm form = {};
        int r = form_read(request, &form);

        if (r == -E2BIG)
                return refuse(request, 422, _("There are too many patterns of files to keep."));
        if (r < 0)
                return r;
        if (form.address[0] == '\0')
                return refuse(request, 422, _("Type an address, or OWNER/REPOSITORY of GitHub."));
        if (!form.is_github && (form.asset[0] || form.tag[0]))
                return refuse(
                        request, 422,
                        _("A file pattern and a tag are for repositories of GitHub. Leave them empty for an address."));
        r = apply(source, &form);
        if (r == -EINVAL)
                return refuse(
                        request, 422,
                        _("The definition can't be changed by this form. Change its text."));
        return r < 0 ? r
                     : definition_source_save(
                               request, source, "source",
                               _("Saved. Build the overlay to get its content."),
                               page_overlay_source);
}

int post_overlay_release(Request *request) {
        _cleanup_(definition_source_done) DefinitionSource source = DEFINITION_SOURCE_INIT;
        const char *match = request_field(request, "release_match");
        int r;

        r = definition_source_read(request, &source);
        if (r <= 0)
                return r;
        if (!match)
                return answer_error(request, 400, NULL);
        /* The form comes again with what was typed, beside the text that the other user saved. */
        if (strcmp(match, source.match) != 0)
                return refuse(
                        request, 409,
                        _("Someone else saved this definition while you were editing. Your changes are not saved yet."));
        if (!can_be_release(&source))
                return refuse(
                        request, 409,
                        _("The overlay is not what this page showed. Look at it again."));
        return change(request, &source);
}
