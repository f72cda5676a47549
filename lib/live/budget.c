/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "live/budget.h"

#include "base/time-text.h"

static bool take(EventTokens *tokens, double at_once, double per_hour, uint64_t now) {
        if (tokens->at == 0)
                tokens->left = at_once;
        else
                tokens->left += per_hour * ((double) (now - tokens->at) / 3600 / USEC_PER_SEC);
        tokens->at = now;
        if (tokens->left > at_once)
                tokens->left = at_once;
        if (tokens->left < 1)
                return false;
        tokens->left -= 1;
        return true;
}

static bool is_of_players(LiveEventKind kind) {
        return kind == LIVE_CHAT || kind == LIVE_JOIN || kind == LIVE_LEAVE;
}

bool event_budget_take(EventBudget *budget, LiveEventKind kind, uint64_t now) {
        if (take(&budget->all, EVENTS_AT_ONCE, EVENTS_PER_HOUR, now))
                return true;
        if (!is_of_players(kind) &&
            take(&budget->reserve, EVENTS_RESERVE_AT_ONCE, EVENTS_RESERVE_PER_HOUR, now))
                return true;
        budget->n_out++;
        return false;
}
