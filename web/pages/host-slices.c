/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pages/host-model.h"

#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time-text.h"
#include "systemd/cgroup.h"
#include "view/model.h"

typedef struct Slice {
        const char *unit, *control_group, *what;
        const char *cpu_weight, *io_weight; /* as the unit of its parent says */
} Slice;

static const Slice slices[] = {
        { "l4d2-game.slice", "/l4d2.slice/l4d2-game.slice", N_("game servers"), "1000", "1000" },
        { "left4me-build.slice", "/left4me.slice/left4me-build.slice",
          N_("installing and updating"), N_("idle"), "10" },
};

enum { FILE_TEXT_MAX = 256 };

/* The first line of a file of the control group; "" when the host has no such controller. */
static void read_line(
        const char *control_group, const char *file, char text[static FILE_TEXT_MAX]) {
        _cleanup_close_ int fd = -EBADF;
        char path[512];
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/sys/fs/cgroup%s/%s", control_group, file);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? 0 : read(fd, text, FILE_TEXT_MAX - 1);
        text[n > 0 ? n : 0] = '\0';
        text[strcspn(text, "\n")] = '\0';
}

static bool exists(const char *control_group) {
        char path[512];

        (void) snprintf(path, sizeof(path), "/sys/fs/cgroup%s", control_group);
        return access(path, F_OK) >= 0;
}

static int add_usage(const CgroupUsage *usage, sd_json_variant **object) {
        _cleanup_json_ sd_json_variant *memory = NULL;
        char cpu[TIME_TEXT_MAX];
        int r;

        r = model_size(usage->memory_bytes, &memory);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "memory_text", SD_JSON_BUILD_STRING(json_text(memory, "text")));
        if (r >= 0)
                r = usage->tasks == UINT64_MAX
                            ? sd_json_variant_set_fieldb(object, "tasks", SD_JSON_BUILD_NULL)
                            : sd_json_variant_set_field_unsigned(object, "tasks", usage->tasks);
        if (r >= 0)
                r = sd_json_variant_set_fieldb(
                        object, "cpu_text",
                        SD_JSON_BUILD_STRING(
                                usage->cpu_nsec == UINT64_MAX
                                        ? NULL
                                        : span_format(usage->cpu_nsec / 1000, cpu)));
        return r;
}

static int add_slice(const Slice *slice, sd_json_variant **list) {
        _cleanup_json_ sd_json_variant *object = NULL;
        bool is_active = exists(slice->control_group);
        char cpus[FILE_TEXT_MAX];
        CgroupUsage usage;
        int r;

        read_line(slice->control_group, "cpuset.cpus.effective", cpus);
        cgroup_usage_read(is_active ? slice->control_group : NULL, &usage);
        r = sd_json_buildo(
                &object, SD_JSON_BUILD_PAIR_STRING("unit", slice->unit),
                SD_JSON_BUILD_PAIR_STRING("what", _(slice->what)),
                SD_JSON_BUILD_PAIR_STRING("cpu_weight", _(slice->cpu_weight)),
                SD_JSON_BUILD_PAIR_STRING("io_weight", slice->io_weight),
                SD_JSON_BUILD_PAIR_STRING("cpus", cpus[0] ? cpus : _("all")),
                SD_JSON_BUILD_PAIR_BOOLEAN("is_active", is_active));
        if (r >= 0)
                r = add_usage(&usage, &object);
        return r < 0 ? r : sd_json_variant_append_array(list, object);
}

int host_add_slices(const Request *request _unused_, sd_json_variant **model) {
        _cleanup_json_ sd_json_variant *list = NULL;
        int r;

        r = sd_json_variant_new_array(&list, NULL, 0);
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(slices); i++)
                r = add_slice(&slices[i], &list);
        return r < 0 ? r : sd_json_variant_set_field(model, "slices", list);
}
