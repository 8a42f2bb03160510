#include "engine/adoption.h"

#include <algorithm>

#include "engine/timers.h"

namespace holdfast::engine {
namespace {

std::int64_t to_wire(Instant instant) {
    return instant.time_since_epoch().count();
}

Instant instant_from(std::int64_t nanoseconds) {
    return Instant{Duration{nanoseconds}};
}

std::uint8_t write_address(const std::optional<IpAddress>& address, std::array<std::uint8_t, 16>& out) {
    if (!address) return 0;
    std::copy(address->bytes().begin(), address->bytes().end(), out.begin());
    return address->is_v4() ? 4 : 6;
}

std::uint8_t write_contender(const std::optional<Contender>& contender, std::array<std::uint8_t, 16>& address,
                             std::uint8_t& priority) {
    if (!contender) return 0;
    if (contender->priority) priority = contender->priority->wire();
    return write_address(contender->address, address);
}

std::optional<Contender> read_contender(std::uint8_t family, const std::array<std::uint8_t, 16>& address,
                                        std::uint8_t priority) {
    if (family != 4 && family != 6) return std::nullopt;
    const auto read = IpAddress::from_bytes(ByteView{address.data(), family == 4 ? 4u : 16u});
    if (!read) return std::nullopt;
    return Contender{*read, Priority::from(priority)};
}

void write_counters(const Counters& counters, Record& record) {
    static_assert(6 + remark_count <= std::tuple_size_v<decltype(Record::counters)>);
    auto& out = record.counters;
    out[0] = counters.adverts_received;
    out[1] = counters.adverts_sent;
    out[2] = counters.became_active;
    out[3] = counters.released_active;
    out[4] = counters.farewells_received;
    out[5] = counters.farewells_sent;
    std::copy(counters.remarks.begin(), counters.remarks.end(), out.begin() + 6);
}

Counters read_counters(const Record& record) {
    const auto& in = record.counters;
    Counters counters{in[0], in[1], in[2], in[3], in[4], in[5], {}};
    std::copy_n(in.begin() + 6, counters.remarks.size(), counters.remarks.begin());
    return counters;
}

void write_backup(const Backup& backup, Record& record) {
    record.advert_deadline = to_wire(backup.down);
    record.active_interval = backup.active_interval.count();
    record.last_heard = to_wire(backup.last_heard);
    if (backup.preempt_at) record.preempt_deadline = to_wire(*backup.preempt_at);
    record.active_family = write_contender(backup.followed, record.active_address, record.active_priority);
    record.rival_family = write_contender(backup.rival, record.rival_address, record.rival_priority);
    record.expects = static_cast<std::uint8_t>(backup.expects);
    record.wants_active = backup.wants_active ? 1 : 0;
}

Backup read_backup(const Record& record, const RouterSettings& own) {
    Backup backup{
        .down = instant_from(record.advert_deadline),
        .active_interval = own.advert_interval,
        .listening_since = instant_from(record.since),
        .followed = read_contender(record.active_family, record.active_address, record.active_priority),
        .last_heard = instant_from(record.last_heard),
        .rival = read_contender(record.rival_family, record.rival_address, record.rival_priority),
        .wants_active = record.wants_active == 1};
    if (own.version == Version::v3 && record.active_interval > 0) {
        constexpr Duration longest = max_advert_centiseconds * centisecond;
        backup.active_interval = std::min(Duration{record.active_interval}, longest);
    }
    if (record.preempt_deadline != to_wire(never)) backup.preempt_at = instant_from(record.preempt_deadline);
    for (const auto& known : names_of(CauseKind{}))
        if (static_cast<std::uint8_t>(known.value) == record.expects) backup.expects = known.value;
    return backup;
}

Steering read_steering(std::uint8_t wire) {
    for (const auto& known : names_of(Steering{}))
        if (static_cast<std::uint8_t>(known.value) == wire) return known.value;
    return Steering::none;
}

}  // namespace

Record write_record(const Router& router, const RecordKey& key) {
    Record record{};
    record.key = key;
    record.state = static_cast<std::uint8_t>(state_of(router.state));
    record.effective_priority = router.priority.wire();
    record.advert_deadline = to_wire(never);
    record.preempt_deadline = to_wire(never);
    record.last_heard = to_wire(never_heard_from);
    record.since = to_wire(router.since);
    record.steering = static_cast<std::uint8_t>(router.steering);
    record.steered = to_wire(router.steered);
    if (const auto* active = std::get_if<Active>(&router.state))
        record.advert_deadline = to_wire(active->nominal);
    if (const auto* backup = std::get_if<Backup>(&router.state)) write_backup(*backup, record);
    write_counters(router.counters, record);
    return record;
}

bool read_record(const Record& record, Router& router) {
    const auto priority = Priority::from(record.effective_priority);
    if (!priority || record.state > static_cast<std::uint8_t>(State::fault)) return false;
    switch (static_cast<State>(record.state)) {
        case State::initialize:
            break;
        case State::backup:
            router.state = read_backup(record, *router.settings);
            break;
        case State::active:
            router.state = Active{.nominal = instant_from(record.advert_deadline), .announcements = {}};
            break;
        case State::fault:
            router.state = Fault{};
            break;
    }
    router.adopted = !router.is(State::initialize);
    router.steering = read_steering(record.steering);
    router.steered = instant_from(record.steered);
    router.priority = *priority;
    router.since = instant_from(record.since);
    router.cause = Cause{.kind = CauseKind::adopted};
    router.counters = read_counters(record);
    return true;
}

void resume(Router& router, Instant now) {
    const RouterSettings& own = *router.settings;
    // The page is shared memory: times that cannot be are brought back to what can.
    router.since = std::clamp(router.since, Instant{}, now);
    if (auto* active = std::get_if<Active>(&router.state)) {
        // Due at once when it was missed (or long over, which is looked at then), and never later than our
        // own interval from now, which may have become shorter.
        active->nominal = std::clamp(active->nominal, Instant{}, now + own.advert_interval);
        active->announcements = Announcements{own.announce, router.since, now};
    } else if (auto* backup = std::get_if<Backup>(&router.state)) {
        backup->listening_since = router.since;
        if (backup->last_heard < Instant{} || backup->last_heard > now) backup->last_heard = never_heard_from;
        *backup = reconsidered(*backup, router.self(), router.priority);
        backup->down =
            std::min(backup->down, now + down_interval(own, router.priority, backup->active_interval));
        // Nobody has listened for a while, or when this timer ended: its end proves no silence.
        const bool deaf = now >= router.listened_until + longest_deafness(backup->active_interval);
        if (backup->down <= now || deaf) *backup = still_listening(*backup, router.self(), now);
    }
}

RecordKey record_key(const RouterSettings& router, const Settings& settings) {
    RecordKey key{};
    if (router.link) {
        const std::string& name = settings.links[index(*router.link)];
        std::copy_n(name.begin(), std::min(name.size(), key.link.size()), key.link.begin());
    }
    if (router.unicast && router.source)
        std::copy(router.source->bytes().begin(), router.source->bytes().end(), key.source.begin());
    key.family = router.family == Family::ipv4 ? 4 : 6;
    key.vrid = router.vrid.wire();
    key.unicast = router.unicast ? 1 : 0;
    return key;
}

}  // namespace holdfast::engine
