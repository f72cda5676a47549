/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The bytes of all IP packets of a server (IPAccounting=). Only systemd can read the kernel's
 * counters, so this is the one value that a poll asks the bus for, without waiting: an answer
 * appears in the state that is written next.
 */

#include "systemd/bus-names.h"
#include "watch/watch.h"

#include "base/time-text.h"

enum { TRAFFIC_IN, TRAFFIC_OUT, N_TRAFFIC };

/* Servers that are asked about at a time: dbus-daemon allows 128 calls, watch/bus.c needs
 * most of them, and PID 1 may not answer for long. */
enum { ASKED_MAX = 16 };

static uint64_t *counter_of(Watched *watched, size_t which) {
        return which == TRAFFIC_IN ? &watched->state->ip_in_bytes : &watched->state->ip_out_bytes;
}

/* The rates since the last answers; a counter that is unknown or went back has none. */
static void measure(Watched *watched) {
        uint64_t now = now_monotonic(), elapsed = now - watched->traffic_at;

        for (size_t i = 0; i < N_TRAFFIC; i++) {
                uint64_t before = watched->traffic[i], bytes = *counter_of(watched, i);

                watched->traffic_rates[i] = -1;
                if (watched->traffic_at > 0 && before != UINT64_MAX && bytes != UINT64_MAX &&
                    bytes >= before && elapsed >= USEC_PER_SEC / 10)
                        watched->traffic_rates[i] =
                                (double) (bytes - before) * USEC_PER_SEC / (double) elapsed;
                watched->traffic[i] = bytes;
        }
        watched->traffic_at = now;
}

static int take_answer(sd_bus_message *m, Watched *watched, size_t which) {
        uint64_t bytes = UINT64_MAX;
        bool is_first = false;

        watched->traffic_slots[which] = sd_bus_slot_unref(watched->traffic_slots[which]);
        if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "v", "t", &bytes) < 0)
                bytes = UINT64_MAX;
        *counter_of(watched, which) = bytes;
        if (which == TRAFFIC_OUT) { /* the later one */
                watched->watch->n_traffic--;
                is_first = watched->traffic_at == 0;
                measure(watched);
        }
        /* The next poll of a server that hibernates may be a minute away. */
        if (is_first && bytes != UINT64_MAX)
                watched_write(watched);
        return 0;
}

static int on_in(sd_bus_message *m, void *userdata, sd_bus_error *error _unused_) {
        return take_answer(m, userdata, TRAFFIC_IN);
}

static int on_out(sd_bus_message *m, void *userdata, sd_bus_error *error _unused_) {
        return take_answer(m, userdata, TRAFFIC_OUT);
}

void watched_ask_traffic(Watched *watched) {
        static const struct {
                const char *property;
                sd_bus_message_handler_t handler;
        } questions[N_TRAFFIC] = {
                [TRAFFIC_IN] = { "IPIngressBytes", on_in },
                [TRAFFIC_OUT] = { "IPEgressBytes", on_out },
        };
        _cleanup_free_ char *object = NULL;
        sd_bus *bus = watched->watch->listener.bus;

        if (!bus || watched->traffic_slots[TRAFFIC_OUT] || watched->watch->n_traffic >= ASKED_MAX ||
            sd_bus_path_encode(SYSTEMD_UNIT_PATH, watched->units.server, &object) < 0)
                return;
        for (size_t i = 0; i < N_TRAFFIC; i++) {
                watched->traffic_slots[i] = sd_bus_slot_unref(watched->traffic_slots[i]);
                /* Without an answer the counters stay as they were. */
                (void) !sd_bus_call_method_async(
                        bus, &watched->traffic_slots[i], SYSTEMD_NAME, object, DBUS_PROPERTIES,
                        "Get", questions[i].handler, watched, "ss", SYSTEMD_SERVICE,
                        questions[i].property);
        }
        watched->watch->n_traffic += watched->traffic_slots[TRAFFIC_OUT] != NULL;
}

void watched_forget_traffic(Watched *watched) {
        watched->watch->n_traffic -= watched->traffic_slots[TRAFFIC_OUT] != NULL;
        for (size_t i = 0; i < N_TRAFFIC; i++) {
                watched->traffic_slots[i] = sd_bus_slot_unref(watched->traffic_slots[i]);
                watched->traffic_rates[i] = -1;
        }
        watched->traffic_at = 0;
}
