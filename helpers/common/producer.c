/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/producer.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

enum { JOB_SIZE_MAX = 1024 * 1024 };

static int find_variable(const char *variable, const char **ret) {
        const char *path = secure_getenv(variable);

        if (!path || path[0] != '/') {
                log_error("%s must be an absolute path, see left4me-layer", variable);
                return -EINVAL;
        }
        *ret = path;
        return 0;
}

static int open_variable(const char *variable, int flags, int *ret_fd) {
        const char *path;
        int r = find_variable(variable, &path);

        if (r < 0)
                return r;
        *ret_fd = open(path, flags | O_DIRECTORY | O_CLOEXEC);
        if (*ret_fd < 0)
                return log_error_errno(-errno, "Failed to open %s", path);
        return 0;
}

int producer_directory(const char *variable, int *ret_fd) {
        return open_variable(variable, O_RDONLY, ret_fd);
}

int producer_passage(const char *variable, int *ret_fd) {
        return open_variable(variable, O_PATH, ret_fd);
}

/* A text of at most JOB_SIZE_MAX bytes, from malloc. */
static int read_text(const char *path, char **ret) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_free_ char *text = malloc(JOB_SIZE_MAX + 1);
        ssize_t n;

        if (fd < 0)
                return -errno;
        if (!text)
                return -ENOMEM;
        n = read_full(fd, text, JOB_SIZE_MAX + 1);
        if (n < 0 || n > JOB_SIZE_MAX)
                return n < 0 ? (int) n : -EFBIG;
        text[n] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

static int read_job(sd_json_variant **ret) {
        _cleanup_free_ char *text = NULL;
        const char *path;
        int r;

        r = find_variable("LEFT4ME_JOB", &path);
        if (r < 0)
                return r;
        r = read_text(path, &text);
        if (r >= 0)
                r = sd_json_parse(text, 0, ret, NULL, NULL);
        if (r >= 0 && !sd_json_variant_is_object(*ret))
                r = -EINVAL;
        return r < 0 ? log_error_errno(r, "Failed to read %s", path) : 0;
}

int producer_open(Producer *ret) {
        Producer producer = PRODUCER_INIT;
        int r;

        r = read_job(&producer.job);
        if (r >= 0)
                r = producer_directory("OVERLAY", &producer.tree_fd);
        if (r >= 0)
                r = producer_directory("LEFT4ME_OUT", &producer.out_fd);
        if (r < 0) {
                producer_close(&producer);
                return r;
        }
        *ret = producer;
        return 0;
}

void producer_close(Producer *producer) {
        producer->job = sd_json_variant_unref(producer->job);
        producer->tree_fd = safe_close(producer->tree_fd);
        producer->out_fd = safe_close(producer->out_fd);
}

const char *producer_text(const Producer *producer, const char *key, const char *fallback) {
        return json_text(producer->job, key) ?: fallback;
}

uint64_t producer_number(const Producer *producer, const char *key, uint64_t fallback) {
        return json_number(producer->job, key, fallback);
}

int producer_texts(const Producer *producer, const char *key, char ***ret) {
        sd_json_variant *value = sd_json_variant_by_key(producer->job, key);
        int r = 0;

        if (value && !sd_json_variant_is_null(value))
                r = sd_json_variant_strv(value, ret);
        else {
                *ret = calloc(1, sizeof(char *));
                r = *ret ? 0 : -ENOMEM;
        }
        return r < 0 ? log_error_errno(r, "Failed to read '%s' of the job", key) : 0;
}

/* The sandbox does not show the boot's id, so left4me-layer passes it on. */
void producer_boot(const Producer *producer, char ret[static PRODUCER_BOOT_MAX]) {
        const char *text = producer_text(producer, "boot_id", "");
        char words[SD_ID128_STRING_MAX];
        sd_id128_t id;

        /* Without one, a new name: nothing that is there goes on. */
        if (sd_id128_from_string(text, &id) < 0 && sd_id128_get_boot(&id) < 0 &&
            sd_id128_randomize(&id) < 0)
                id = SD_ID128_NULL;
        (void) snprintf(
                ret, PRODUCER_BOOT_MAX, "%.*s", PRODUCER_BOOT_MAX - 1,
                sd_id128_to_string(id, words));
}

void producer_progress(Producer *producer, uint64_t done, uint64_t total, const char *words) {
        int percent = total == 0 ? -1 : done >= total ? 100 : (int) (done * 100 / total);

        if (percent >= 0 && percent == producer->percent)
                return;
        producer->percent = percent;
        if (percent < 0)
                (void) sd_notifyf(false, "STATUS=%s", words);
        else
                (void) sd_notifyf(false, "STATUS=%d %% %s", percent, words);
}

int producer_report(const Producer *producer, sd_json_variant *report) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_json_variant_format(report, SD_JSON_FORMAT_NEWLINE, &text);
        if (r >= 0)
                r = write_file_atomic(producer->out_fd, "report.json", text, strlen(text), 0644);
        return r < 0 ? log_error_errno(r, "Failed to write the report") : 0;
}
