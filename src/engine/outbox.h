// Collects what one step asks for: adverts first, everything else behind them, without allocating once the
// lists have grown to their size.
#pragma once

#include "engine/effect.h"

namespace holdfast::engine {

class Outbox {
public:
    Outbox(Effects& adverts, Effects& rest) : adverts_{adverts}, rest_{rest} {}

    void send(const SendAdvert& advert) { adverts_.emplace_back(advert); }
    void ask(const Effect& effect) { rest_.push_back(effect); }
    // Puts the rest behind the adverts; once, at the end of the step.
    void close() {
        adverts_.insert(adverts_.end(), rest_.begin(), rest_.end());
        rest_.clear();
    }

private:
    Effects& adverts_;
    Effects& rest_;
};

}  // namespace holdfast::engine
