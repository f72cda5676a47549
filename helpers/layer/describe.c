/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* job.json: the definition, checked, what the host configuration says, and the host's boot. */

#include <systemd/sd-id128.h>
#include <systemd/sd-json.h>

#include "layer/job.h"

static int add_string(sd_json_variant **object, const char *key, const char *value) {
        return value ? sd_json_variant_set_field_string(object, key, value) : 0;
}

static int describe_workshop(
        const LayerJob *job, const OverlayDefinition *d, sd_json_variant **object) {
        int r;

        r = add_string(object, "api", job->config->workshop_api);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(
                        object, "cache_limit_bytes",
                        (uint64_t) job->config->workshop_cache_gb * 1000 * 1000 * 1000);
        if (r >= 0)
                r = sd_json_variant_set_field_strv(object, "items", d->items);
        return r >= 0 ? sd_json_variant_set_field_strv(object, "exclude", d->exclude) : r;
}

static int describe_release(
        const LayerJob *job, const OverlayDefinition *d, sd_json_variant **object) {
        const struct {
                const char *key, *value;
        } texts[] = {
                { "github_api", job->config->github_api },
                { "url", d->url },
                { "github", d->github },
                { "tag", d->github ? d->tag ?: "latest" : NULL },
                { "asset", d->asset },
                { "sha256", d->sha256 },
                { "into", d->into },
                { "layout", archive_layout_to_string(d->layout) },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(texts) && r >= 0; i++)
                r = add_string(object, texts[i].key, texts[i].value);
        if (r >= 0)
                r = sd_json_variant_set_field_integer(object, "strip", d->strip);
        return r >= 0 ? sd_json_variant_set_field_strv(object, "keep", d->keep) : r;
}

static int describe_unpack(const JobRequest *request, sd_json_variant **object) {
        int r;

        r = add_string(object, "archive", request->archive);
        if (r >= 0)
                r = add_string(object, "path", request->path);
        if (r < 0)
                return r;
        return add_string(
                object, "layout",
                request->is_export ? "export" : archive_layout_to_string(request->layout));
}

/* For producer_boot(). */
static int add_boot(sd_json_variant **object) {
        char text[SD_ID128_STRING_MAX];
        sd_id128_t id;
        int r = sd_id128_get_boot(&id);

        return r < 0 ? r : add_string(object, "boot_id", sd_id128_to_string(id, text));
}

int layer_job_describe(
        const LayerJob *job, const OverlayDefinition *definition, const JobRequest *request,
        char **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *object = NULL;
        int r;

        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("kind", job_kind_to_string(job->kind)),
                SD_JSON_BUILD_PAIR_STRING("ref", job->ref));
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(
                        &object, "size_max_bytes", layer_job_producer_size_max(job));
        if (r >= 0)
                r = add_boot(&object);
        if (r >= 0 && job->kind == JOB_WORKSHOP)
                r = describe_workshop(job, definition, &object);
        else if (r >= 0 && job->kind == JOB_RELEASE)
                r = describe_release(job, definition, &object);
        else if (r >= 0 && job->kind == JOB_UNPACK)
                r = describe_unpack(request, &object);
        if (r < 0)
                return r;
        r = sd_json_variant_format(object, SD_JSON_FORMAT_NEWLINE, ret);
        return r < 0 ? r : 0;
}
