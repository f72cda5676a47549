/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/audit-log.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

/* Leaves out CODE_FILE and the like, which tell a reader of the trail nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "journal/audit-id.h"
#include "query/command-secret.h"

enum { USER_NAME_MAX = 64, FIELD_MAX = 512, FIELDS_MAX = 16 };

static const char *acting_user;

void audit_log_set_user(const char *name) {
        acting_user = name;
}

/* Returns the user on whose behalf l4d2ctl acts, as far as its caller is trusted to name one. */
static const char *user_behind(const struct passwd *caller) {
        const char *web = acting_user ? acting_user : getenv("L4D2_USER");
        const char *sudo = getenv("SUDO_USER");
        bool root = getuid() == 0;

        /* The web app runs as left4me, and is who may say which of its users it acts for. */
        if ((root || (caller && strcmp(caller->pw_name, "left4me") == 0)) &&
            instance_name_is_valid(web))
                return web;
        return root && sudo && sudo[0] != '\0' ? sudo : NULL;
}

static void copy_user_name(char name[static USER_NAME_MAX]) {
        uid_t uid = getuid();
        const struct passwd *entry = getpwuid(uid);
        const char *behind = user_behind(entry);

        if (behind || entry)
                (void) snprintf(name, USER_NAME_MAX, "%s", behind ? behind : entry->pw_name);
        else
                (void) snprintf(name, USER_NAME_MAX, "%u", (unsigned) uid);
}

void audit_log_get_user(char *ret, size_t size) {
        char name[USER_NAME_MAX];

        copy_user_name(name);
        (void) snprintf(ret, size, "%s", name);
}

/* An entry being put together. */
typedef struct Entry {
        char texts[FIELDS_MAX][FIELD_MAX];
        struct iovec fields[FIELDS_MAX];
        int n;
} Entry;

static void add_field(Entry *entry, const char *format, ...) _printf_(2, 3);

static void add_field(Entry *entry, const char *format, ...) {
        char *text = entry->texts[entry->n];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, FIELD_MAX, format, ap);
        va_end(ap);
        entry->fields[entry->n++] = (struct iovec) { text, strlen(text) };
}

/* A field that only some actions have; name NULL: none. */
typedef struct MoreField {
        const char *name, *value;
} MoreField;

/*
 * field: which one names the subject, NULL: there is none. The catalog knows no variables with
 * digits in their names, so what it shows is there twice.
 */
static void write_entry_with(
        const char *field, const char *subject, const char *action, MoreField more) {
        char user[USER_NAME_MAX];
        Entry entry = {};

        /* In a test's tree nothing happens to this host's servers. */
        if (secure_getenv("LEFT4ME_ROOT"))
                return;

        copy_user_name(user);
        if (subject)
                add_field(&entry, "MESSAGE=%s: %s by %s", subject, action, user);
        else
                add_field(&entry, "MESSAGE=%s by %s", action, user);
        add_field(&entry, "MESSAGE_ID=" AUDIT_MESSAGE_ID);
        add_field(&entry, "PRIORITY=%i", LOG_NOTICE);
        add_field(&entry, "SYSLOG_IDENTIFIER=l4d2ctl");
        if (subject)
                add_field(&entry, "%s=%s", field, subject);
        if (more.name)
                add_field(&entry, "%s=%s", more.name, more.value);
        add_field(&entry, "L4D2_ACTION=%s", action);
        add_field(&entry, "L4D2_USER=%s", user);
        add_field(&entry, "SUBJECT=%s", subject ? subject : "");
        add_field(&entry, "ACTION=%s", action);
        add_field(&entry, "ACTOR=%s", user);
        (void) sd_journal_sendv(entry.fields, entry.n);
}

static void write_entry(const char *field, const char *subject, const char *action) {
        write_entry_with(field, subject, action, (MoreField) {});
}

void audit_log(const char *name, const char *action) {
        write_entry("L4D2_INSTANCE", name, action);
}

void audit_log_command(const char *name, const char *action, const char *command) {
        char shown[COMMAND_SHOWN_MAX];

        command_hide_secrets(command, strlen(command), shown);
        write_entry_with("L4D2_INSTANCE", name, action, (MoreField) { "L4D2_COMMAND", shown });
}

void audit_log_blueprint(const char *ref, const char *action) {
        char words[32];

        (void) snprintf(words, sizeof(words), "blueprint %s", action);
        write_entry("L4D2_BLUEPRINT", ref, words);
}

void audit_log_overlay(const char *ref, const char *action) {
        char words[32];

        (void) snprintf(words, sizeof(words), "overlay %s", action);
        write_entry("L4D2_OVERLAY", ref, words);
}

void audit_log_user(const char *name, const char *action) {
        char words[32];

        (void) snprintf(words, sizeof(words), "user %s", action);
        write_entry("L4D2_TARGET_USER", name, words);
}

void audit_log_job(const char *ref, const char *action, const char *id) {
        char words[32];

        (void) snprintf(words, sizeof(words), "%s%s", ref ? "overlay " : "", action);
        write_entry_with("L4D2_OVERLAY", ref, words, (MoreField) { "L4D2_JOB", id });
}
