// When an Active router announces its addresses (keepalived's garp_* keywords): deadlines only, the bursts
// themselves are effects. Lives inside the state Active, so that leaving it forgets what was still to come.
#pragma once

#include "base/time.h"
#include "engine/settings.h"

namespace holdfast::engine {

class Announcements {
public:
    Announcements() = default;
    // The router became Active at `since`; bursts that would have been before `now` are in the past
    // (adoption).
    Announcements(const AnnouncePolicy& policy, Instant since, Instant now);

    Instant next() const;
    // How often the list is to be announced now; 0: nothing is due.
    int serve(const AnnouncePolicy& policy, Instant now);
    // Somebody weaker advertised: how often to announce now. A later burst is armed unless one is pending
    // already, or a steady rival would put it off for ever.
    int answer_rival(const AnnouncePolicy& policy, Instant now);

private:
    Instant second_burst_ = never;
    Instant refresh_ = never;
    Instant rival_burst_ = never;
};

}  // namespace holdfast::engine
