/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The instance spec: a person's or the web app's description of one game server. Parsing is strict:
 * an unknown key, a value out of range or of the wrong type is an error, so code with a Spec can
 * rely on every rule stated here.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cpu-set.h"
#include "base/errors.h"
#include "base/name.h"
#include "base/paths.h"
#include "spec/config.h"
#include "systemd/calendar.h"

/* docs/spec.md states these to admins. */
enum {
        SPEC_SIZE_MAX = 64 * 1024, /* bytes of the file */
        SPEC_OVERLAYS_MAX = 64,
        SPEC_ARGUMENTS_MAX = 256,
        SPEC_ARGUMENT_LENGTH_MAX = 1024, /* bytes of one */
        SPEC_CONFIG_LINES_MAX = 1024,
        SPEC_MOTD_SIZE_MAX = 8192,         /* bytes; also of banner */
        SPEC_CONFIG_LINE_LENGTH_MAX = 510, /* bytes of one; the engine skips longer commands */
        HOSTNAME_LENGTH_MAX = 128,         /* characters, which are ASCII */
        LABEL_LENGTH_MAX = 128,            /* characters */
        SPEC_ROTATION_MAX = 64,            /* maps */
        RCON_PASSWORD_LENGTH_MIN = 8,
        RCON_PASSWORD_LENGTH_MAX = 64,
        RESOURCE_TASKS_MIN = 16,
        RESOURCE_TASKS_MAX = 32768,
        RESOURCE_NICE_MIN = -20,
        RESOURCE_NICE_MAX = 19,
};

#define RESOURCE_MEMORY_MIN (UINT64_C(64) << 20) /* below, a unit was surely forgotten */
#define RESOURCE_MEMORY_MAX (UINT64_C(16) << 40)

typedef enum HardeningProfile {
        HARDENING_PROVEN,
        HARDENING_STRICT,
        _HARDENING_PROFILE_MAX,
} HardeningProfile;

/* The reaction of left4me-watch to a server that hangs. */
typedef enum HangAction {
        HANG_NONE,
        HANG_RESTART,
        _HANG_ACTION_MAX,
} HangAction;

/* When a server goes on to the next map of its rotation. */
typedef enum RotateWhen {
        ROTATE_UNSET,           /* as ROTATE_AT_CAMPAIGN_END */
        ROTATE_AT_CAMPAIGN_END, /* a campaign is over, see server/rotation.h */
        ROTATE_WHEN_EMPTY,      /* its players have left */
        _ROTATE_WHEN_MAX,
} RotateWhen;

enum { RESOURCE_NICE_UNSET = INT8_MIN };

typedef struct Resources {
        uint64_t memory_max, memory_high; /* bytes; 0: the unit's default */
        uint32_t tasks_max;               /* 0: the unit's default */
        int8_t nice;                      /* -20…19, RESOURCE_NICE_UNSET: the unit's default */
        CpuSet cpus;                      /* empty: the slice's */
} Resources;

/* The ports that a server binds, UDP all of them, the game's TCP too (RCON). */
typedef enum PortRole {
        PORT_GAME,     /* players and queries */
        PORT_CLIENT,   /* the engine binds it even on a dedicated server */
        PORT_STEAM,    /* Steam's library */
        PORT_SOURCETV, /* spectators, when enabled */
        _PORT_ROLE_MAX,
} PortRole;

/*
 * All of a spec that reaches a unit file. It has numbers, enumerations and a checked name and no
 * free text (a time zone is a name that was found), so the renderer cannot write a hostile string
 * even if it tried.
 */
typedef struct InstanceSettings {
        char name[INSTANCE_NAME_MAX + 1];
        uint16_t port;
        uint16_t
                more_ports[_PORT_ROLE_MAX]; /* all but the game's; 0: not bound. See spec/ports.h */
        bool autostart;
        HardeningProfile hardening;
        Resources resources;
        Calendar schedule; /* of restarts; is_set: there is one */
} InstanceSettings;

/* Where the ports stand in the file: of one that is derived, where 'port' does. */
typedef struct PortPlaces {
        struct {
                unsigned line, column;
        } items[_PORT_ROLE_MAX];
} PortPlaces;

typedef struct Spec {
        InstanceSettings settings;
        PortPlaces port_places;               /* for errors across instances */
        uint16_t named_ports[_PORT_ROLE_MAX]; /* all but the game's; 0: derived */
        bool sourcetv;
        bool game_log; /* server.cfg turns the game's log on, which live state reads */
        HangAction on_hang;
        unsigned blueprint_line, blueprint_column;
        char **overlays;     /* refs, topmost first; never NULL, may be empty */
        uint64_t executed;   /* bit n: the server.cfg of overlays[n] is executed */
        char **arguments;    /* one argv element each; never NULL */
        char **config;       /* lines of server.cfg, printable ASCII and tab; never NULL */
        char *rcon_password; /* NULL when the spec has none */
        char *hostname;      /* for players: fits between the quotes of a cfg; NULL: none */
        char *motd, *banner; /* text of motd.txt and host.txt, UTF-8; NULL: the layers' */
        char **rotation;     /* map_name_is_valid(), none twice; NULL: none, else at least one */
        RotateWhen rotate_when;
        char *schedule;      /* settings.schedule as the spec has it; NULL: none */
        bool is_public;      /* on the web app's page for everybody, if there is one */
        char *label;         /* for people: one line of visible UTF-8; NULL: none */
        char *blueprint;     /* "OWNER/NAME", whose lists count: see blueprint_resolve(); or NULL */
        struct Arena *arena; /* owns the spec itself and all of the above */
        struct Arena *blueprint_arena; /* owns the lists instead, once they are the blueprint's */
} Spec;

/* A spec in which no key is set, to compare with. */
extern const Spec spec_defaults;

/* The file of each instance, in its directory below instances_dir. */
#define SPEC_FILE_NAME "spec.yaml"

/* Where specs are read from and what they are checked against. */
typedef struct SpecContext {
        const Paths *paths;
        const HostConfig *config;
        int instances_fd;  /* open directory paths->instances_dir */
        uid_t owner;       /* accepted owner of spec files beside root: the user left4me */
        bool hides_others; /* messages about one instance don't name another, for readers who may
                              not know it */
} SpecContext;

/* Opens instances_dir and looks up the owner. The context borrows paths and config. Returns -ENOENT
 * when instances_dir does not exist, -ELOOP when paths_find_symlink() finds a symlink. */
int spec_context_open(const Paths *paths, const HostConfig *config, SpecContext *ret) _must_check_;
void spec_context_close(SpecContext *context);

/*
 * Checks a text as spec of the instance name; file is what errors are reported under.
 * Returns 0, -EINVAL with at least one error in errors, or -ENOMEM.
 */
int spec_parse(
        const char *name, const char *file, const char *text, size_t size, const HostConfig *config,
        SpecErrors *errors, Spec **ret) _must_check_;

/*
 * Reads instances/<name>/spec.yaml with the limits of read_file_beneath(). A bad file (missing, a
 * FIFO, too large, a foreign owner, …) or name is -EINVAL with an error, except -ENOENT for an
 * unknown instance. file is filled with the path for messages, also on failure; *ret_text is from
 * malloc and NUL-terminated.
 */
int spec_read(
        const SpecContext *context, const char *name, SpecErrors *errors,
        char file[static PATH_MAX], char **ret_text, size_t *ret_size) _must_check_;

/* Reads and parses: fails as spec_read() or spec_parse(). */
int spec_load(const SpecContext *context, const char *name, SpecErrors *errors, Spec **ret)
        _must_check_;

Spec *spec_free(Spec *spec);
DEFINE_CLEANUP(Spec *, spec_free)

const char *hardening_profile_to_string(HardeningProfile profile);
/* "campaign-end" or "empty"; of ROTATE_UNSET too. */
const char *rotate_when_to_string(RotateWhen when);
