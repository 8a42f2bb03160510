#include "core/amendment.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/amend.h"
#include "core/configuration.h"
#include "plan/plan.h"

namespace holdfast::core {

namespace {

constexpr const char* origin = "SNMP";

// What decides, whatever the words of the file are.
class Decided {
public:
    explicit Decided(const config::Config& config)
        : plan_{plan::make_plan(config, {.uptime = Duration{0}, .host_name = {}})} {
        for (const engine::RouterSettings& router : plan_.engine.routers)
            by_name_.emplace(router.name, &router);
    }
    const engine::RouterSettings* of(const std::string& instance) const {
        const auto found = by_name_.find(instance);
        return found != by_name_.end() ? found->second : nullptr;
    }

private:
    plan::Plan plan_;
    std::unordered_map<std::string_view, const engine::RouterSettings*> by_name_;
};

int value_of(const engine::RouterSettings& router, os::InstanceValue what) {
    switch (what) {
        case os::InstanceValue::priority:
            return router.priority.wire();
        case os::InstanceValue::preempt:
            return router.preempt ? 1 : 0;
        case os::InstanceValue::accept:
            break;
    }
    return 1;  // packets to virtual addresses are always taken
}

std::string words_for(const os::ValueWanted& wanted) {
    switch (wanted.what) {
        case os::InstanceValue::priority:
            return "priority " + std::to_string(wanted.value);
        case os::InstanceValue::preempt:
            return wanted.value == 1 ? "preempt" : "nopreempt";
        case os::InstanceValue::accept:
            break;
    }
    return wanted.value == 1 ? "accept" : "no_accept";
}

std::vector<std::string_view> keywords_of(os::InstanceValue what) {
    switch (what) {
        case os::InstanceValue::priority:
            return {"priority"};
        case os::InstanceValue::preempt:
            return {"preempt", "nopreempt"};
        case os::InstanceValue::accept:
            break;
    }
    return {"accept", "no_accept"};
}

std::string shown(os::InstanceValue what, int value) {
    if (what == os::InstanceValue::priority) return std::to_string(value);
    return value == 1 ? "on" : "off";
}

// Why the words have no effect: what was found in them, or in what they make of the rest.
std::string objection(const config::Diagnostics& findings) {
    for (const config::Diagnostic& finding : findings.all())
        if (findings.file_name(finding.place.file) == origin ||
            finding.consequence == config::Consequence::stops)
            return finding.message;
    return "it would have no effect";
}

std::string name_for(const os::ValueWanted& wanted) {
    return std::string{name_of(wanted.what)} + " of " + wanted.instance;
}

// Before anything is written. Empty: it may be tried.
std::string objection(const os::ValueWanted& wanted, const engine::RouterSettings* now) {
    if (now == nullptr) return "there is no instance " + wanted.instance;
    if (wanted.what != os::InstanceValue::accept) return {};
    if (now->version == Version::v2)
        return "accept mode belongs to version 3, and " + wanted.instance + " speaks version 2";
    return wanted.value == 1 ? std::string{} : "packets to virtual addresses are always taken";
}

}  // namespace

Result<Amendment> amend(const config::Parsed& in_force, const std::vector<os::ValueWanted>& all,
                        const Options& options) {
    const Decided before{in_force.config};
    std::vector<config::Amendment> amendments;
    std::string text;
    for (const os::ValueWanted& wanted : all) {
        const engine::RouterSettings* now = before.of(wanted.instance);
        if (const std::string why = objection(wanted, now); !why.empty()) return Error::invalid(why);
        const int former = value_of(*now, wanted.what);
        text += (text.empty() ? "" : ", ") + name_for(wanted) + " is " + shown(wanted.what, wanted.value);
        text += former == wanted.value ? " already" : ", it was " + shown(wanted.what, former);
        if (former != wanted.value)
            amendments.push_back({.instance = wanted.instance,
                                  .words = words_for(wanted),
                                  .replaced = keywords_of(wanted.what),
                                  .origin = origin});
    }
    if (amendments.empty()) return Amendment{.configuration = nullptr, .text = std::move(text)};
    auto amended_text = config::amended(in_force.consolidated, amendments);
    if (!amended_text) return std::move(amended_text).error();
    auto amended = std::make_shared<config::Parsed>(read_consolidated(options, std::move(*amended_text)));
    const Decided after{amended->config};
    for (const os::ValueWanted& wanted : all) {
        const engine::RouterSettings* then = after.of(wanted.instance);
        if (then == nullptr || value_of(*then, wanted.what) != wanted.value)
            return Error::invalid(name_for(wanted) + ": " + objection(amended->diagnostics));
    }
    if (refusal(amended->diagnostics, options) != 0) return Error::invalid(objection(amended->diagnostics));
    return Amendment{.configuration = std::move(amended), .text = std::move(text)};
}

}  // namespace holdfast::core
