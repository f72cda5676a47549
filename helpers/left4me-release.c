/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Downloads the archive of a release and unpacks it into an overlay, as the producer of its unit
 * (common/producer.h). The job has
 *
 *     url, or github (OWNER/NAME), tag ("latest" or a name) and asset (a pattern)
 *     github_api   the base URL of GitHub's API
 *     sha256       of the archive; missing: not checked
 *     into, strip, keep, layout, size_max_bytes
 *
 * A release that the tree has already is not downloaded again. Files of the release before that
 * this one lacks are removed, but for those that keep names and those that users have added.
 *
 * Exit status: 0 done, 1 failed and said why.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/open.h"
#include "archive/unpack.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "content/github-release.h"
#include "layer/tree-edit.h"
#include "release/release.h"
#include "archive/report.h"

#define PART_PREFIX "release.part-"

/* Parts of the job's percentage. */
enum { DOWNLOAD_SHARE = 80, UNPACK_SHARE = 100 - DOWNLOAD_SHARE };

typedef struct Release {
        Producer producer;
        sd_json_variant *record; /* of the release that the tree has */
        ReleaseSource source;
        char *placement;                /* where files are put, as one text */
        char expected[SHA256_TEXT_MAX]; /* in small letters; "": none is given */
        char sha256[SHA256_TEXT_MAX];   /* of the downloaded archive */
        char part[sizeof(PART_PREFIX) + 16 + PRODUCER_BOOT_MAX]; /* the file in out/ */
        Download download;
        int fd; /* the archive, or -EBADF */
} Release;

static const char *into(const Release *release) {
        return producer_text(&release->producer, "into", ".");
}

/* --- the job ------------------------------------------------------------------------------------
 */

static int read_digest(Release *release) {
        const char *text = producer_text(&release->producer, "sha256", "");

        if (text[0] != '\0' && !sha256_text_is_valid(text)) {
                log_error("Invalid SHA-256 '%s': use 64 hexadecimal digits", text);
                return -EINVAL;
        }
        for (size_t i = 0; text[i] != '\0'; i++)
                release->expected[i] = ascii_lower(text[i]);
        return 0;
}

static int read_job(Release *release) {
        const char *layout = producer_text(&release->producer, "layout", "auto");
        uint64_t strip = producer_number(&release->producer, "strip", 0);

        if (strcmp(into(release), ".") != 0 && !tree_path_is_valid(into(release))) {
                log_error("Invalid path '%s' in the job", into(release));
                return -EINVAL;
        }
        if (asprintf(&release->placement, "%s %" PRIu64 " %s", layout, strip, into(release)) < 0)
                return log_error_errno(-ENOMEM, "Failed to read the job");
        return read_digest(release);
}

/* Whether the files of the recorded archive are where they would be put now. */
static bool is_placed_the_same(const Release *release) {
        return strcmp(release_record_text(release->record, "placement"), release->placement) == 0;
}

/* Whether the tree has the archive with this digest. */
static bool has_digest(const Release *release, const char *digest) {
        return digest[0] != '\0' && is_placed_the_same(release) &&
               strcmp(release_record_text(release->record, "sha256"), digest) == 0;
}

/* Whether the tree has the archive with this key, which is also the wanted one. */
static bool has_key(const Release *release) {
        return is_placed_the_same(release) &&
               strcmp(release_record_text(release->record, "key"), release->source.key) == 0 &&
               (release->expected[0] == '\0' || has_digest(release, release->expected));
}

/* --- reports ------------------------------------------------------------------------------------
 */

/* The members of the record that the report doesn't have. */
static int report_without(sd_json_variant *record, bool is_unchanged, sd_json_variant **ret) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *report = sd_json_variant_ref(record);
        char *internal[] = { (char[]) { "key" }, (char[]) { "etag" }, (char[]) { "placement" },
                             (char[]) { "files" }, NULL };
        int r = sd_json_variant_filter(&report, internal);

        if (r >= 0)
                r = sd_json_variant_set_field_boolean(&report, "is_unchanged", is_unchanged);
        if (r >= 0)
                *ret = TAKE_PTR(report);
        return r < 0 ? r : 0;
}

static int write_report(const Release *release, sd_json_variant *record, bool is_unchanged) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *report = NULL;
        int r = report_without(record, is_unchanged, &report);

        return r < 0 ? log_error_errno(r, "Failed to write the report")
                     : producer_report(&release->producer, report);
}

static int stay_unchanged(const Release *release) {
        log_info(
                "The overlay has %s already, SHA-256 %s",
                release_record_text(release->record, "name"),
                release_record_text(release->record, "sha256"));
        return write_report(release, release->record, true);
}

/* The list of files, as it is in the tree now. */
static int build_files(ArchiveNames *placed, sd_json_variant **ret) {
        _cleanup_free_ char **strv = calloc(placed->n_items + 1, sizeof(char *));

        if (!strv)
                return -ENOMEM;
        if (placed->n_items > 0)
                memcpy(strv, placed->items, placed->n_items * sizeof(char *));
        return sd_json_variant_new_array_strv(ret, strv);
}

static int build_record(
        const Release *release, const UnpackResult *result, ArchiveNames *placed,
        sd_json_variant **ret) {
        const ReleaseSource *source = &release->source;
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *record = NULL, *files = NULL;
        const struct {
                const char *key, *value;
        } texts[] = {
                { "version", source->version },
                { "name", source->name },
                { "url", source->url },
                { "sha256", release->sha256 },
                { "key", source->key },
                { "etag", release->download.etag },
                { "placement", release->placement },
        };
        int r;

        r = unpack_report_build(result, &record);
        for (size_t i = 0; i < ELEMENTSOF(texts) && r >= 0; i++)
                if (texts[i].value)
                        r = sd_json_variant_set_field_string(&record, texts[i].key, texts[i].value);
        if (r >= 0)
                r = sd_json_variant_set_field_unsigned(
                        &record, "download_bytes", release->download.received);
        if (r >= 0)
                r = build_files(placed, &files);
        if (r >= 0)
                r = sd_json_variant_set_field(&record, "files", files);
        if (r < 0)
                return log_error_errno(r, "Failed to note the release");
        *ret = TAKE_PTR(record);
        return 0;
}

/* --- the download -------------------------------------------------------------------------------
 */

/* Removes the archives of earlier jobs and boots, but not the beginning of this one. */
static void remove_parts(const Release *release) {
        _cleanup_(closedirp) DIR *dir = open_listing(release->producer.out_fd);
        const struct dirent *entry;

        while (dir && next_entry(dir, &entry) > 0)
                if (strncmp(entry->d_name, PART_PREFIX, strlen(PART_PREFIX)) == 0 &&
                    strcmp(entry->d_name, release->part) != 0)
                        (void) unlinkat(release->producer.out_fd, entry->d_name, 0);
}

static void tell_download(void *userdata) {
        Release *release = userdata;
        _cleanup_free_ char *words = NULL;
        uint64_t size = release->source.size, done = release->download.received;

        if (asprintf(&words, _("downloading %s"), release->source.name) < 0)
                return;
        if (size == DOWNLOAD_SIZE_UNKNOWN || size > UINT64_MAX / 100)
                producer_progress(&release->producer, 0, 0, words);
        else
                producer_progress(&release->producer, done * DOWNLOAD_SHARE, size * 100, words);
}

static int keep_descriptor(_unused_ Download *download, int fd, void *userdata) {
        Release *release = userdata;

        if (fd >= 0)
                release->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return fd >= 0 && release->fd < 0 ? -errno : 0;
}

static void prepare_download(Release *release) {
        const ReleaseSource *source = &release->source;
        const char *etag = release_record_text(release->record, "etag");
        char digest[SHA256_TEXT_MAX], boot[PRODUCER_BOOT_MAX];

        sha256_text(source->key, strlen(source->key), digest);
        producer_boot(&release->producer, boot);
        (void) snprintf(release->part, sizeof(release->part), PART_PREFIX "%.16s-%s", digest, boot);
        release->download = (Download) {
                .url = source->url,
                .known = etag[0] != '\0' && utf8_is_printable(etag) && has_key(release) ? etag
                                                                                        : NULL,
                .part = release->part,
                .resume = source->is_fixed,
                .size = source->size,
                .size_max =
                        producer_number(&release->producer, "size_max_bytes", unpack_limits.bytes),
        };
}

static int fetch(Release *release) {
        DownloadOptions options = DOWNLOAD_OPTIONS_DEFAULT;
        int r;

        options.dir_fd = release->producer.out_fd;
        options.progress = tell_download;
        options.finished = keep_descriptor;
        options.userdata = release;
        prepare_download(release);
        remove_parts(release);
        log_info("Downloading %s", release->source.url);
        r = download_all(&options, &release->download, 1);
        if (r >= 0)
                r = release->download.result;
        if (r < 0)
                log_error(
                        "Failed to download %s: %s", release->source.url,
                        release->download.error ? release->download.error : strerror(-r));
        return r;
}

static int check_digest(const Release *release, const char *expected) {
        if (!expected || expected[0] == '\0' || strcmp(expected, release->sha256) == 0)
                return 0;
        log_error(
                "Failed to check %s: its SHA-256 is %s, expected is %s", release->source.name,
                release->sha256, expected);
        return -EBADMSG;
}

static int check_archive(Release *release) {
        int r = download_sha256(release->fd, release->sha256);

        if (r >= 0 && lseek(release->fd, 0, SEEK_SET) < 0)
                r = -errno;
        if (r < 0)
                return log_error_errno(r, "Failed to read %s", release->source.name);
        log_info("%s has the SHA-256 %s", release->source.name, release->sha256);
        r = check_digest(release, release->expected);
        return r < 0 ? r : check_digest(release, release->source.sha256);
}

/* --- unpacking ----------------------------------------------------------------------------------
 */

static void tell_unpacking(uint64_t done, uint64_t size, uint64_t n_files, void *userdata) {
        Release *release = userdata;
        char words[64];

        (void) snprintf(
                words, sizeof(words), text_count("%" PRIu64 " file", "%" PRIu64 " files", n_files),
                n_files);
        if (size <= UINT64_MAX / 100)
                producer_progress(
                        &release->producer, size * DOWNLOAD_SHARE + done * UNPACK_SHARE, size * 100,
                        words);
}

static int unpack(Release *release, char *const *keep, ArchiveNames *placed, UnpackResult *ret) {
        const char *layout = producer_text(&release->producer, "layout", "auto");
        UnpackOptions options = {
                .path = into(release),
                /* A user who names a place knows it. */
                .is_auto = strcmp(into(release), ".") == 0 && strcmp(layout, "auto") == 0,
                .strip = (unsigned) producer_number(&release->producer, "strip", 0),
                .keep = keep,
                .placed = placed,
                .limits = unpack_limits,
                .progress = tell_unpacking,
                .userdata = release,
        };
        int r;

        options.limits.bytes =
                producer_number(&release->producer, "size_max_bytes", options.limits.bytes);
        r = archive_unpack(release->fd, release->producer.tree_fd, &options, ret);
        if (r < 0)
                return r;
        archive_names_sort(placed);
        unpack_report_log(ret);
        return release_remove_old(&release->producer, release->record, placed, keep);
}

static int replace_release(Release *release) {
        _cleanup_(sd_json_variant_unrefp) sd_json_variant *record = NULL;
        _cleanup_(archive_names_done) ArchiveNames placed = {};
        _cleanup_(strv_freep) char **keep = NULL;
        UnpackResult result = {};
        int r;

        r = producer_texts(&release->producer, "keep", &keep);
        if (r >= 0)
                r = unpack(release, keep, &placed, &result);
        if (r >= 0)
                r = build_record(release, &result, &placed, &record);
        if (r >= 0)
                r = release_record_write(&release->producer, record);
        return r < 0 ? r : write_report(release, record, false);
}

static int run(Release *release) {
        int r;

        r = read_job(release);
        if (r >= 0)
                r = release_record_load(&release->producer, &release->record);
        if (r < 0)
                return r;
        if (has_digest(release, release->expected))
                return stay_unchanged(release);
        r = release_find_source(&release->producer, &release->source);
        if (r < 0)
                return r;
        if (release->source.is_fixed && has_key(release))
                return stay_unchanged(release);
        r = fetch(release);
        if (r < 0)
                return r;
        if (release->download.is_known)
                return stay_unchanged(release);
        r = check_archive(release);
        if (r < 0)
                return r;
        return has_digest(release, release->sha256) ? stay_unchanged(release)
                                                    : replace_release(release);
}

static void release_done(Release *release) {
        if (release->part[0] != '\0' && release->download.result >= 0)
                (void) unlinkat(release->producer.out_fd, release->part, 0);
        download_done(&release->download);
        release_source_done(&release->source);
        sd_json_variant_unref(release->record);
        free(release->placement);
        (void) safe_close(release->fd);
        producer_close(&release->producer);
}

int main(void) {
        Release release = { .source = RELEASE_SOURCE_INIT, .fd = -EBADF };
        int r;

        text_setup();
        log_setup("left4me-release", LOG_TARGET_STDERR);
        if (archive_use_utf8() < 0) {
                log_error("Failed to set the locale C.UTF-8");
                return EXIT_FAILURE;
        }
        r = producer_open(&release.producer);
        if (r < 0)
                return EXIT_FAILURE;
        r = run(&release);
        release_done(&release);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
