#include "core/amendment.h"

#include <optional>
#include <string_view>
#include <utility>

#include "config/amend.h"
#include "core/configuration.h"
#include "plan/plan.h"

namespace holdfast::core {

namespace {

constexpr const char* origin = "SNMP";

// What decides, whatever the words of the file are.
std::optional<engine::RouterSettings> settings_of(const std::string& instance, const config::Config& config) {
    plan::Plan plan = plan::make_plan(config, {.uptime = Duration{0}, .host_name = {}});
    for (engine::RouterSettings& router : plan.engine.routers)
        if (router.name == instance) return std::move(router);
    return std::nullopt;
}

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

}  // namespace

Result<Amendment> amend(const config::Parsed& in_force, const os::ValueWanted& wanted,
                        const Options& options) {
    const auto before = settings_of(wanted.instance, in_force.config);
    if (!before) return Error::invalid("there is no instance " + wanted.instance);
    const std::string name = std::string{name_of(wanted.what)} + " of " + wanted.instance;
    if (wanted.what == os::InstanceValue::accept && before->version == Version::v2)
        return Error::invalid("accept mode belongs to version 3, and " + wanted.instance +
                              " speaks version 2");
    const int former = value_of(*before, wanted.what);
    if (former == wanted.value)
        return Amendment{.configuration = nullptr,
                         .text = name + " is " + shown(wanted.what, former) + " already"};
    if (wanted.what == os::InstanceValue::accept)
        return Error::invalid("packets to virtual addresses are always taken");
    auto text = config::amended(in_force.consolidated, {.instance = wanted.instance,
                                                        .words = words_for(wanted),
                                                        .replaced = keywords_of(wanted.what),
                                                        .origin = origin});
    if (!text) return std::move(text).error();
    auto amended = std::make_shared<config::Parsed>(read_consolidated(options, std::move(*text)));
    const auto after = settings_of(wanted.instance, amended->config);
    if (!after || value_of(*after, wanted.what) != wanted.value ||
        refusal(amended->diagnostics, options) != 0)
        return Error::invalid(objection(amended->diagnostics));
    return Amendment{
        .configuration = std::move(amended),
        .text = name + " is " + shown(wanted.what, wanted.value) + ", it was " + shown(wanted.what, former)};
}

}  // namespace holdfast::core
