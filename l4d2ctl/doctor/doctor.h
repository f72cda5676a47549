/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Checks one by one that the host has all that game servers need. A check reads and changes
 * nothing. A check that may not read something reports "unknown", never "ok".
 */

#include <stddef.h>

#include "common/ctl.h"

typedef enum FindingState {
        FINDING_OK,
        FINDING_WARNING, /* servers run, with less than they could have */
        FINDING_ERROR,   /* servers can't run, or something that protects does not hold */
        FINDING_UNKNOWN, /* the caller may not look */
        _FINDING_STATE_MAX,
} FindingState;

const char *finding_state_to_string(FindingState state);

typedef struct Finding {
        const char *check;
        FindingState state;
        char *message;
        const char *code; /* the format of message, as the source has it */
        char **arguments; /* what printf made of its places (base/text-places.h);
                             NULL: unknown */
        char *fix;        /* a command where there is one, else what to do; NULL when ok */
} Finding;

typedef struct Doctor {
        Ctl *ctl;
        const char *check; /* the one that runs */
        Finding *items;
        size_t n_items;
} Doctor;

/* Runs all checks, in a fixed order. 0 or -ENOMEM. Clear in any case. */
int doctor_run(Ctl *ctl, Doctor *ret) _must_check_;
void doctor_clear(Doctor *doctor);

/* For checks: adds a finding; fix is NULL when ok. 0 or -ENOMEM. */
int doctor_report(Doctor *doctor, FindingState state, const char *fix, const char *message, ...)
        _printf_(4, 5) _must_check_;

/* The ActiveState of a unit, from malloc. */
int doctor_unit_state(Doctor *doctor, const char *unit, char **ret) _must_check_;

/* Its UnitFileState: "enabled", "disabled", …, from malloc. */
int doctor_unit_file_state(Doctor *doctor, const char *unit, char **ret) _must_check_;

/* doctor/system.c: systemd and the kernel */
int check_systemd(Doctor *doctor);
int check_kernel(Doctor *doctor);
int check_cgroups(Doctor *doctor);
int check_controllers(Doctor *doctor);
int check_seccomp(Doctor *doctor);
int check_overlayfs(Doctor *doctor);
int check_libbpf(Doctor *doctor);
int check_filters(Doctor *doctor);
int check_sysctl(Doctor *doctor);

/* doctor/install.c: what left4me brings */
int check_units(Doctor *doctor);
int check_polkit(Doctor *doctor);
int check_users(Doctor *doctor);
int check_directories(Doctor *doctor);

/* doctor/game.c: the game and what it runs on */
int check_i386(Doctor *doctor);
int check_i386_libraries(Doctor *doctor);
int check_steamcmd(Doctor *doctor);
int check_game(Doctor *doctor);
int check_steamclient(Doctor *doctor);
int check_strace(Doctor *doctor);

/* doctor/rcon.c: who may send commands to servers */
int check_rcon(Doctor *doctor);

/* doctor/network.c: packets from the network */
int check_guard(Doctor *doctor);
int check_buffers(Doctor *doctor);

/* doctor/alerts.c: the admin's commands at alerts */
int check_alerts(Doctor *doctor);

/* doctor/state.c: where the state lies, and what lies in it */
int check_state(Doctor *doctor);
int check_overlays(Doctor *doctor);

/* doctor/host.c: what changes from day to day */
int check_specs(Doctor *doctor);
int check_ports(Doctor *doctor);
int check_disk(Doctor *doctor);
int check_journal(Doctor *doctor);
