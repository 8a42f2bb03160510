// What the rows of metrics (status/metrics.h) are made of: a name, and who writes its samples.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "status/document.h"
#include "status/exposition.h"

namespace holdfast::status {

inline std::uint64_t counter_of(const Instance& one, std::string_view name) {
    const auto found = std::find_if(one.counters.begin(), one.counters.end(),
                                    [&](const Counter& each) { return each.name == name; });
    return found == one.counters.end() ? 0 : found->value;
}

// Names of a state or verdict as values of a label.
inline std::string lower(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return out;
}

// What the samples of one family are made from. Labels that many families share are made once.
class Samples {
public:
    Samples(const Published& published, Exposition& out) : published_{published}, out_{out} {
        if (!published.routers) return;
        for (const Instance& one : published.routers->instances)
            names_.push_back(label_text({{"name", one.name}}));
    }

    Exposition& out() { return out_; }
    const Published& published() const { return published_; }

    template <class Write>
    void processes(Write write) {
        if (published_.routers) write(label_text({{"process", "vrrp"}}), published_.routers->head);
        if (published_.checks) write(label_text({{"process", "checker"}}), published_.checks->head);
    }
    template <class Write>
    void instances(Write write) {
        if (!published_.routers) return;
        for (std::size_t at = 0; at < names_.size(); ++at)
            write(names_[at], published_.routers->instances[at]);
    }
    template <class Value>
    void per_instance(Value value) {
        instances([&](const std::string& labels, const Instance& one) { out_.sample(labels, value(one)); });
    }
    template <class Value>
    void seconds_per_instance(Value value) {
        instances([&](const std::string& labels, const Instance& one) {
            out_.seconds(labels, milliseconds(value(one)));
        });
    }
    void counter_per_instance(std::string_view name) {
        instances([&](const std::string& labels, const Instance& one) {
            out_.count(labels, counter_of(one, name));
        });
    }
    template <class Write>
    void peers(Write write) {
        instances([&](const std::string& labels, const Instance& one) {
            for (const Peer& peer : one.peers)
                write(labels + "," + label_text({{"peer", peer.address.text()}}), peer);
        });
    }
    template <class Write>
    void checks(Write write) {
        if (!published_.checks) return;
        for (const Check& check : published_.checks->checks)
            write(label_text({{"tracker", check.name}}), check);
    }
    // Of those that are run again and again.
    template <class Write>
    void scheduled(Write write) {
        checks([&](const std::string& labels, const Check& check) {
            if (check.interval > Duration{0}) write(labels, check);
        });
    }
    template <class Write>
    void guards(Write write) {
        if (!published_.routers) return;
        for (const GuardState& guard : published_.routers->guards)
            write(label_text({{"unit", guard.unit}}), guard);
    }
    // One sample for each value that there is, 1 for the one that is.
    template <class Enum>
    void states(const std::string& labels, std::string_view name, Enum is) {
        for (const auto& [value, word] : names_of(Enum{}))
            out_.flag(labels + "," + label_text({{name, lower(word)}}), value == is);
    }
    // The same, of values that are known by these very words.
    template <class Enum>
    void words(const std::string& labels, std::string_view name, Enum is) {
        for (const auto& [value, word] : names_of(Enum{}))
            out_.flag(labels + "," + label_text({{name, word}}), value == is);
    }

private:
    const Published& published_;
    Exposition& out_;
    std::vector<std::string> names_;
};

struct Family {
    std::string_view name;
    MetricType type{};
    std::string_view unit;
    std::string_view labels;
    std::string_view help;
    void (*write)(Samples& samples);
};

// Names of the public exporters for keepalived.
std::span<const Family> keepalived_families();

}  // namespace holdfast::status
