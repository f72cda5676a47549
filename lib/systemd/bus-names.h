/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Names on the bus, of systemd and of D-Bus. */

#define SYSTEMD_NAME      "org.freedesktop.systemd1"
#define SYSTEMD_PATH      "/org/freedesktop/systemd1"
#define SYSTEMD_UNIT_PATH "/org/freedesktop/systemd1/unit" /* the units' objects are below it */
#define SYSTEMD_MANAGER   "org.freedesktop.systemd1.Manager"
#define SYSTEMD_UNIT      "org.freedesktop.systemd1.Unit"
#define SYSTEMD_SERVICE   "org.freedesktop.systemd1.Service"
#define DBUS_PROPERTIES   "org.freedesktop.DBus.Properties"
