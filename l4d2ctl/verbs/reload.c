/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl reload: makes systemd read the specs that it has not read. Run at each boot by
 * left4me-boot.service, and by people who changed specs by other means than l4d2ctl.
 */

#include "servers/generated.h"
#include "verbs/verbs.h"

int verb_reload(Ctl *ctl) {
        return generated_update_all(ctl);
}
