// Programs to run: their words, their users, and whether this host would run them (keepalived's rules of
// script security).
#include <algorithm>

#include "config/values.h"
#include "config/values_private.h"

namespace holdfast::config {

namespace {

constexpr const char* standard_user = "keepalived_script";

// USER and [:]GROUP as written, looked up. Nothing: one is unknown, and that has been said.
std::optional<ScriptUser> look_up(const std::string& user, const std::string& group, Place place,
                                  std::uint32_t length, Reading& reading) {
    const auto unknown = [&](const std::string& what) {
        report(reading.diagnostics, {.number = Finding::no_such_user,
                                     .place = place,
                                     .length = length,
                                     .message = named(reading, what),
                                     .expected = "a user and a group of this host"});
        return std::nullopt;
    };
    const auto found = reading.host.user(user);
    if (!found) return unknown("user '" + user + "' does not exist");
    ScriptUser result{.user = user, .group = group, .uid = found->uid, .gid = found->gid};
    std::string name = group;
    if (!name.empty() && name.front() == ':') {
        result.supplementary_groups = true;
        name.erase(0, 1);
    }
    if (!name.empty()) {
        const auto gid = reading.host.group(name);
        if (!gid) return unknown("group '" + name + "' does not exist");
        result.gid = *gid;
    }
    return result;
}

std::optional<Value> read_user(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const std::string user = words.take().text;
    const std::string group = words.empty() ? std::string{} : words.take().text;
    auto result = look_up(user, group, words.place(position), words.length(position), reading);
    if (!result) return std::nullopt;
    return Value{std::move(*result)};
}

std::optional<Value> read_group(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    std::string name = words.take().text;
    if (reading.host.group(name)) return Value{std::move(name)};
    report_value(reading, words, position,
                 {.number = Finding::no_such_user,
                  .message = named(reading, "group '" + name + "' does not exist"),
                  .expected = "a group of this host"});
    return std::nullopt;
}

std::optional<Value> read_fifo(Words& words, Reading& reading) {
    const std::size_t position = words.position();
    Fifo fifo{.path = words.take().text, .uid = reading.host.own_uid(), .gid = reading.host.own_gid()};
    if (words.empty()) return Value{std::move(fifo)};
    fifo.user = words.take().text;
    if (!words.empty()) fifo.group = words.take().text;
    const auto user = look_up(fifo.user, fifo.group, words.place(position), words.length(position), reading);
    if (!user) return std::nullopt;
    fifo.uid = user->uid;
    fifo.gid = user->gid;
    return Value{std::move(fifo)};
}

// What the verdict on a script is called.
std::string reason(const ScriptFacts& facts) {
    const std::string detail = facts.detail.empty() ? std::string{} : " (" + facts.detail + ")";
    switch (facts.verdict) {
        case ScriptVerdict::usable:
            return "is usable";
        case ScriptVerdict::not_found:
            return "is not found" + detail;
        case ScriptVerdict::not_executable:
            return "is not executable by its user" + detail;
        case ScriptVerdict::not_a_file:
            return "is no regular file" + detail;
        case ScriptVerdict::unreachable:
            return "cannot be reached by its user" + detail;
        case ScriptVerdict::insecure:
            return "can be altered by others than root" + detail;
    }
    return "is unusable" + detail;
}

std::optional<Value> read_script(const Argument& argument, Words& words, Reading& reading) {
    const std::size_t position = words.position();
    const Place place = words.place(position);
    const auto length = words.length(position);
    const auto parts = split_script_words(words.text_behind_keyword());
    words.drop_rest();
    if (!parts || parts->empty()) {
        report(reading.diagnostics, {.number = Finding::bad_value,
                                     .rank = Class::unmatched_quote,
                                     .place = place,
                                     .length = length,
                                     .message = named(reading, "a quote is not closed"),
                                     .expected = "the command in quotes"});
        return std::nullopt;
    }
    Script script{.command = (*parts)[0], .place = place};
    if (argument.kind == Kind::script) {
        if (parts->size() > 1) script.user = (*parts)[1];
        if (parts->size() > 2) script.group = (*parts)[2];
    }
    if (!script.user.empty()) {
        const auto user = look_up(script.user, script.group, place, length, reading);
        if (!user) return std::nullopt;
        script.uid = user->uid;
        script.gid = user->gid;
        script.supplementary_groups = user->supplementary_groups;
    } else if (argument.kind == Kind::script) {
        const auto user = default_script_user(reading);
        if (!user) {
            report(reading.diagnostics, {.number = Finding::no_such_user,
                                         .place = place,
                                         .length = length,
                                         .message = named(reading, "script_user is unknown")});
            return std::nullopt;
        }
        script.uid = user->uid;
        script.gid = user->gid;
        script.supplementary_groups = user->supplementary_groups;
    }
    // A lone command (vrrp_script, MISC_CHECK) is judged when its block ends and its user is known.
    if (argument.kind == Kind::script && !resolve_script(script, reading, length)) return std::nullopt;
    return Value{std::move(script)};
}

}  // namespace

std::optional<ScriptUser> default_script_user(Reading& reading) {
    if (reading.script_user) return reading.script_user;
    if (reading.script_user_unknown) return std::nullopt;
    if (const auto user = reading.host.user(standard_user))
        return ScriptUser{.user = standard_user, .uid = user->uid, .gid = user->gid};
    return ScriptUser{.uid = reading.host.own_uid(), .gid = reading.host.own_gid()};
}

bool resolve_script(Script& script, Reading& reading, std::uint32_t length) {
    auto argv = split_command(script.command);
    if (!argv || argv->empty()) {
        report(reading.diagnostics, {.number = Finding::bad_value,
                                     .place = script.place,
                                     .length = length,
                                     .message = named(reading, "there is no command"),
                                     .expected = "a program and its arguments"});
        return false;
    }
    script.argv = std::move(*argv);
    const auto first = script.command.find_first_not_of(" \t");
    script.through_shell = first != std::string::npos && script.command[first] == '<';
    if (script.through_shell) {
        script.path = "/bin/sh";
        return true;
    }
    const ScriptFacts facts = reading.host.script(script.argv[0], script.uid, script.gid);
    script.path = facts.path;
    if (facts.verdict == ScriptVerdict::insecure)
        reading.insecure_scripts.push_back({script.place, script.argv[0], reason(facts)});
    if (facts.verdict == ScriptVerdict::usable || facts.verdict == ScriptVerdict::insecure) return true;
    script.path.clear();
    report(reading.diagnostics, {.number = Finding::unusable_script,
                                 .place = script.place,
                                 .length = length,
                                 .message = named(reading, "'" + script.argv[0] + "' " + reason(facts)),
                                 .expected = "a program that its user may execute"});
    return false;
}

std::optional<Value> read_script_value(const Argument& argument, Words& words, Reading& reading) {
    if (argument.kind == Kind::user) return read_user(words, reading);
    if (argument.kind == Kind::group) return read_group(words, reading);
    if (argument.kind == Kind::fifo) return read_fifo(words, reading);
    return read_script(argument, words, reading);
}

}  // namespace holdfast::config
