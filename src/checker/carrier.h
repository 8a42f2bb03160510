// The way to one receiver of alerts: takes one letter at a time and says what became of it.
#pragma once

#include <functional>
#include <string>

#include "checker/outbox.h"

namespace holdfast::checker {

struct Outcome {
    enum class Kind : std::uint8_t { delivered, refused, delayed };
    Kind kind = Kind::delivered;
    std::string words;  // of the receiver, or why it was not reached
    Delay delay{};
};

class Carrier {
public:
    using Done = std::function<void(Outcome)>;

    Carrier() = default;
    Carrier(const Carrier&) = delete;
    Carrier& operator=(const Carrier&) = delete;
    virtual ~Carrier() = default;
    // done is called later or at once, and once; not after cancel(). The letter must last until then.
    virtual void send(const Letter& letter, Done done) = 0;
    virtual void cancel() = 0;
};

}  // namespace holdfast::checker
