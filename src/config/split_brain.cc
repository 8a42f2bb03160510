// Facts between the values of split_brain: which ways of a heartbeat go together, whether a policy has what
// it needs, whose block decides for the members of a sync group.
#include "config/split_brain.h"

#include <unordered_map>

#include "config/rules.h"
#include "config/schema_tables.h"

namespace holdfast::config {

namespace {

void say(Judgement& judgement, Finding finding, const std::string& message, std::string expected = {}) {
    const Words words{judgement.line};
    report(judgement.reading.diagnostics, {.number = finding,
                                           .place = words.place(0),
                                           .length = words.length(0),
                                           .message = std::string{judgement.row.name} + ": " + message,
                                           .expected = std::move(expected)});
}

template <class T>
const T& get(Target target) {
    T* const* pointer = std::get_if<T*>(&target);
    HF_ASSERT(pointer != nullptr);
    return **pointer;
}

bool has_policy(const SplitBrain& guard, GuardPolicy policy) {
    return guard.policy && *guard.policy == policy;
}

// Who cannot fence must not take over as if it had.
void needs_fence(SplitBrain& guard, const std::string& owner, Reading& reading) {
    if (!has_policy(guard, GuardPolicy::fence) || guard.fence) return;
    report(reading.diagnostics,
           {.number = Finding::split_brain,
            .consequence = Consequence::defaulted,
            .place = guard.policy.place,
            .message = owner + ": policy fence without a way to fence, policy hold is taken",
            .expected = "fence { agent NAME ... }"});
    guard.policy.value = GuardPolicy::hold;
}

void uses_fence(const SplitBrain& guard, const std::string& owner, Reading& reading) {
    if (!guard.fence || !guard.policy || has_policy(guard, GuardPolicy::fence)) return;
    report(reading.diagnostics, {.number = Finding::split_brain,
                                 .rank = Class::notice,
                                 .consequence = Consequence::none,
                                 .place = guard.fence->place,
                                 .message = owner + ": nobody is fenced with this policy",
                                 .expected = "policy fence"});
}

// A standby says nothing by VRRP: without a heartbeat, who starts first cannot tell it from one that is off.
void knows_its_standby(const SplitBrain& guard, const std::string& owner, Reading& reading) {
    if (!has_policy(guard, GuardPolicy::fence) || !guard.heartbeats.empty()) return;
    report(
        reading.diagnostics,
        {.number = Finding::split_brain,
         .consequence = Consequence::none,
         .place = guard.policy.place,
         .message = owner + ": policy fence without a heartbeat: two healthy nodes that start together hear "
                            "nothing of each other, and the first one fences the second",
         .expected = "heartbeat interface IFNAME"});
}

// One decision for the group: whoever has a block of its own beside it would be decided for twice.
void leave_it_to_the_group(Config& config, Reading& reading) {
    std::unordered_map<std::string_view, const SyncGroup*> groups;
    for (const SyncGroup& group : config.sync_groups)
        for (const Named& member : group.members)
            groups.try_emplace(member.name, &group);
    for (Instance& instance : config.instances) {
        const auto group = groups.find(instance.name);
        if (!instance.split_brain || group == groups.end()) continue;
        report(reading.diagnostics, {.number = Finding::split_brain,
                                     .place = instance.split_brain->place,
                                     .message = "instance " + instance.name + ": its sync group " +
                                                group->second->name + " moves as one and decides as one",
                                     .expected = "split_brain in vrrp_sync_group " + group->second->name});
        instance.split_brain.reset();
    }
}

}  // namespace

bool finish_heartbeat(Target child, Target, Judgement& judgement) {
    const auto& heartbeat = get<Heartbeat>(child);
    const bool has_network = heartbeat.peer || heartbeat.source || !heartbeat.interface.empty();
    if (heartbeat.device.empty() && !has_network) {
        say(judgement, Finding::missing_word, "by which way?",
            "heartbeat interface IFNAME, heartbeat unicast ADDRESS or heartbeat serial DEVICE");
        return false;
    }
    if (!heartbeat.device.empty() && has_network) {
        say(judgement, Finding::split_brain, "a serial line has neither addresses nor an interface",
            "one heartbeat line for each way");
        return false;
    }
    if (!heartbeat.device.empty() && heartbeat.device.front() != '/') {
        say(judgement, Finding::bad_value, "'" + heartbeat.device + "' is no path", "/dev/ttyS1");
        return false;
    }
    if (heartbeat.peer && (heartbeat.peer->is_multicast() || heartbeat.peer->is_unspecified())) {
        say(judgement, Finding::bad_address, heartbeat.peer->text() + " is no address of a peer",
            "unicast ADDRESS, or interface IFNAME for multicast");
        return false;
    }
    if (heartbeat.peer && heartbeat.peer->is_v6() && heartbeat.peer->is_link_local() &&
        heartbeat.interface.empty()) {
        say(judgement, Finding::bad_address, heartbeat.peer->text() + " is an address of every interface",
            "heartbeat unicast " + heartbeat.peer->text() + " interface IFNAME");
        return false;
    }
    if (heartbeat.source && (!heartbeat.peer || heartbeat.source->family() != heartbeat.peer->family())) {
        say(judgement, Finding::bad_address, "a source goes with a unicast address of the same family",
            "unicast ADDRESS source ADDRESS");
        return false;
    }
    return true;
}

bool finish_fence(Target child, Target, Judgement& judgement) {
    const auto& fence = get<Fence>(child);
    if (fence.agent.value.has_value() != fence.command.value.has_value()) return true;
    say(judgement, Finding::required_missing,
        fence.agent ? "an agent and a command are given, one of them fences" : "who fences?",
        "agent NAME or fence_command COMMAND");
    return false;
}

void apply_split_brain_rules(Config& config, Reading& reading) {
    leave_it_to_the_group(config, reading);
    const auto judge = [&](SplitBrain& guard, const std::string& owner) {
        needs_fence(guard, owner, reading);
        uses_fence(guard, owner, reading);
        knows_its_standby(guard, owner, reading);
    };
    for (SyncGroup& group : config.sync_groups)
        if (group.split_brain) judge(*group.split_brain, "group " + group.name);
    for (Instance& instance : config.instances)
        if (instance.split_brain) judge(*instance.split_brain, "instance " + instance.name);
}

}  // namespace holdfast::config
