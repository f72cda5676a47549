/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl unset NAME KEY: the key goes and its default holds. One that is not there is success.
 */

#include "specs/document.h"
#include "verbs/verbs.h"

int verb_unset(Ctl *ctl) {
        if (!instance_name_is_valid(ctl->operands[0]))
                return ctl_check_names(ctl, 0);
        return document_change(ctl, &spec_documents, ctl->operands[0], ctl->operands[1], NULL);
}
