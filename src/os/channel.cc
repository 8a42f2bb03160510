#include "os/channel.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace holdfast::os {

namespace {

constexpr std::uint8_t protocol_version = 5;
constexpr std::size_t most_choices = 4;     // of an incident
constexpr std::size_t longest_choice = 16;  // bytes
constexpr std::size_t max_waiting = 20000;  // two notices of each of 10,000 routers
constexpr int max_received_per_turn = 64;

enum class Kind : std::uint8_t {
    order = 1,
    progress,
    notice,
    judgement,
    fence_order,
    fence_report,
    incident,
    choice,
    choice_outcome,
    reply,
    reply_outcome,
    accept_wanted,
    steering,
    log_detail,
    announce_order,
    petition,
    value_wanted
};

template <class Enum>
std::optional<Enum> in_table(std::optional<std::uint8_t> wire) {
    if (!wire) return std::nullopt;
    for (const auto& entry : names_of(Enum{}))
        if (static_cast<std::uint8_t>(entry.value) == *wire) return entry.value;
    return std::nullopt;
}

// A character of several bytes is not cut in two.
std::string_view cut(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return text;
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end > 0 ? end : longest);
}

void write_text(ByteWriter& writer, std::string_view text, std::size_t longest) {
    text = cut(text, longest);
    writer.be16(static_cast<std::uint16_t>(text.size()));
    writer.copy({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::optional<std::string> read_text(ByteReader& reader, std::size_t longest) {
    const auto size = reader.be16();
    if (!size || *size > longest) return std::nullopt;
    const auto bytes = reader.take(*size);
    if (!bytes) return std::nullopt;
    return std::string{bytes->begin(), bytes->end()};
}

std::optional<WallTime> read_time(ByteReader& reader) {
    const auto wire = reader.be64();
    if (!wire) return std::nullopt;
    return WallTime{std::chrono::milliseconds{static_cast<std::int64_t>(*wire)}};
}

void write_time(ByteWriter& writer, WallTime time) {
    writer.be64(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

std::optional<Notice> decode_notice(ByteReader& reader) {
    const auto flags = reader.u8();
    const auto happening = in_table<Happening>(reader.u8());
    const auto priority = reader.u8();
    const auto former = in_table<Former>(reader.u8());
    const auto time = read_time(reader);
    if (!flags || *flags > 7 || !happening || !priority || !former || !time) return std::nullopt;
    auto name = read_text(reader, Notice::longest_name);
    auto kind = read_text(reader, Notice::longest_cause_kind);
    auto cause = read_text(reader, Notice::longest_cause);
    if (!name || !kind || !cause) return std::nullopt;
    return Notice{.of_group = (*flags & 1) != 0,
                  .name = std::move(*name),
                  .happening = *happening,
                  .is_master = (*flags & 2) != 0,
                  .priority = *priority,
                  .at_reload = (*flags & 4) != 0,
                  .former = *former,
                  .cause_kind = std::move(*kind),
                  .cause = std::move(*cause),
                  .time = *time};
}

void encode_notice(ByteWriter& writer, const Notice& notice) {
    writer.u8(static_cast<std::uint8_t>((notice.of_group ? 1 : 0) | (notice.is_master ? 2 : 0) |
                                        (notice.at_reload ? 4 : 0)));
    writer.u8(static_cast<std::uint8_t>(notice.happening));
    writer.u8(notice.priority);
    writer.u8(static_cast<std::uint8_t>(notice.former));
    write_time(writer, notice.time);
    write_text(writer, notice.name, Notice::longest_name);
    write_text(writer, notice.cause_kind, Notice::longest_cause_kind);
    write_text(writer, notice.cause, Notice::longest_cause);
}

std::optional<Judgement> decode_judgement(ByteReader& reader) {
    const auto tracker = reader.be32();
    const auto good = reader.u8();
    const auto value = reader.be32();
    if (!tracker || !good || *good > 1 || !value) return std::nullopt;
    return Judgement{.tracker = *tracker, .good = *good == 1, .value = static_cast<std::int32_t>(*value)};
}

std::optional<FenceOrder> decode_fence_order(ByteReader& reader) {
    const auto guard = reader.be32();
    if (!guard) return std::nullopt;
    return FenceOrder{.guard = *guard};
}

std::optional<FenceReport> decode_fence_report(ByteReader& reader) {
    const auto guard = reader.be32();
    const auto confirmed = reader.u8();
    if (!guard || !confirmed || *confirmed > 1) return std::nullopt;
    return FenceReport{.guard = *guard, .confirmed = *confirmed == 1};
}

std::optional<std::vector<std::string>> read_choices(ByteReader& reader) {
    const auto count = reader.u8();
    if (!count || *count > most_choices) return std::nullopt;
    std::vector<std::string> choices;
    for (std::uint8_t at = 0; at < *count; ++at) {
        auto choice = read_text(reader, longest_choice);
        if (!choice) return std::nullopt;
        choices.push_back(std::move(*choice));
    }
    return choices;
}

std::optional<IncidentNews> decode_incident(ByteReader& reader) {
    const auto guard = reader.be32();
    const auto chapter = in_table<Chapter>(reader.u8());
    const auto time = read_time(reader);
    auto unit = read_text(reader, Notice::longest_name);
    auto id = read_text(reader, IncidentNews::longest_id);
    auto kind = read_text(reader, Notice::longest_cause_kind);
    auto text = read_text(reader, IncidentNews::longest_text);
    if (!guard || !chapter || !time || !unit || !id || !kind || !text) return std::nullopt;
    auto choices = read_choices(reader);
    if (!choices) return std::nullopt;
    return IncidentNews{.guard = *guard,
                        .chapter = *chapter,
                        .unit = std::move(*unit),
                        .id = std::move(*id),
                        .kind = std::move(*kind),
                        .text = std::move(*text),
                        .choices = std::move(*choices),
                        .time = *time};
}

void encode_incident(ByteWriter& writer, const IncidentNews& news) {
    writer.be32(news.guard);
    writer.u8(static_cast<std::uint8_t>(news.chapter));
    write_time(writer, news.time);
    write_text(writer, news.unit, Notice::longest_name);
    write_text(writer, news.id, IncidentNews::longest_id);
    write_text(writer, news.kind, Notice::longest_cause_kind);
    write_text(writer, news.text, IncidentNews::longest_text);
    const std::size_t count = std::min(news.choices.size(), most_choices);
    writer.u8(static_cast<std::uint8_t>(count));
    for (std::size_t at = 0; at < count; ++at)
        write_text(writer, news.choices[at], longest_choice);
}

std::optional<IncidentChoice> decode_choice(ByteReader& reader) {
    const auto guard = reader.be32();
    auto id = read_text(reader, IncidentNews::longest_id);
    auto choice = read_text(reader, longest_choice);
    if (!guard || !id || !choice) return std::nullopt;
    return IncidentChoice{.guard = *guard, .id = std::move(*id), .choice = std::move(*choice)};
}

std::optional<ChoiceOutcome> decode_choice_outcome(ByteReader& reader) {
    auto id = read_text(reader, IncidentNews::longest_id);
    auto choice = read_text(reader, longest_choice);
    const auto done = reader.u8();
    auto text = read_text(reader, ChoiceOutcome::longest_text);
    if (!id || !choice || !done || *done > 1 || !text) return std::nullopt;
    return ChoiceOutcome{
        .id = std::move(*id), .choice = std::move(*choice), .done = *done == 1, .text = std::move(*text)};
}

std::optional<IncidentReply> decode_reply(ByteReader& reader) {
    const auto number = reader.be32();
    auto code = read_text(reader, Request::longest_code);
    if (!number || !code) return std::nullopt;
    return IncidentReply{.number = *number, .code = std::move(*code)};
}

std::optional<ReplyOutcome> decode_reply_outcome(ByteReader& reader) {
    const auto number = reader.be32();
    const auto outcome = in_table<Outcome>(reader.u8());
    auto text = read_text(reader, Answer::longest_text);
    if (!number || !outcome || !text) return std::nullopt;
    return ReplyOutcome{.number = *number, .answer = {.outcome = *outcome, .text = std::move(*text)}};
}

std::optional<AcceptWanted> decode_accept_wanted(ByteReader& reader) {
    const auto position = reader.be16();
    const auto count = reader.be16();
    if (!count || *count > AcceptWanted::most) return std::nullopt;
    AcceptWanted wanted{.position = *position, .count = *count, .rule = std::nullopt};
    if (*count == 0) return *position == 0 ? std::optional{wanted} : std::nullopt;
    wanted.rule = read_accept_rule(reader);
    if (*position >= *count || !wanted.rule) return std::nullopt;
    return wanted;
}

std::optional<SteeringOrder> decode_steering(ByteReader& reader) {
    const auto number = reader.be32();
    const auto wish = in_table<Wish>(reader.u8());
    auto name = read_text(reader, Request::longest_name);
    if (!number || !wish || !steers(*wish) || !name) return std::nullopt;
    return SteeringOrder{.number = *number, .wish = *wish, .name = std::move(*name)};
}

std::optional<LogDetail> decode_log_detail(ByteReader& reader) {
    const auto least = in_table<Level>(reader.u8());
    if (!least) return std::nullopt;
    return LogDetail{.least = *least};
}

std::optional<AnnounceOrder> decode_announce_order(ByteReader& reader) {
    auto instance = read_text(reader, Notice::longest_name);
    if (!instance) return std::nullopt;
    return AnnounceOrder{.instance = std::move(*instance)};
}

std::optional<Petition> decode_petition(ByteReader& reader) {
    const auto number = reader.be32();
    const auto text = read_text(reader, max_control_message);
    if (!number || !text) return std::nullopt;
    auto request = decode_request(*text);
    if (!request) return std::nullopt;
    return Petition{.number = *number, .request = std::move(*request)};
}

std::optional<ValueWanted> decode_value_wanted(ByteReader& reader) {
    const auto number = reader.be32();
    const auto position = reader.be16();
    const auto count = reader.be16();
    auto instance = read_text(reader, Notice::longest_name);
    const auto what = in_table<InstanceValue>(reader.u8());
    const auto value = reader.u8();
    const auto only_asked = reader.u8();
    if (!number || !position || !count || !instance || !what || !value || !only_asked || *only_asked > 1)
        return std::nullopt;
    if (*count > ValueWanted::most || *position >= *count) return std::nullopt;
    if (*what == InstanceValue::priority ? *value == 0 : *value > 1) return std::nullopt;
    return ValueWanted{.number = *number,
                       .position = *position,
                       .count = *count,
                       .instance = std::move(*instance),
                       .what = *what,
                       .value = *value,
                       .only_asked = *only_asked == 1};
}

}  // namespace

std::vector<std::uint8_t> encode(const Message& message) {
    std::array<std::uint8_t, max_message_size> room{};
    ByteWriter writer{room};
    writer.u8(protocol_version);
    std::visit(Overloaded{
                   [&](Order order) {
                       writer.u8(static_cast<std::uint8_t>(Kind::order));
                       writer.u8(static_cast<std::uint8_t>(order));
                   },
                   [&](Progress progress) {
                       writer.u8(static_cast<std::uint8_t>(Kind::progress));
                       writer.u8(static_cast<std::uint8_t>(progress));
                   },
                   [&](const Judgement& judgement) {
                       writer.u8(static_cast<std::uint8_t>(Kind::judgement));
                       writer.be32(judgement.tracker);
                       writer.u8(judgement.good ? 1 : 0);
                       writer.be32(static_cast<std::uint32_t>(judgement.value));
                   },
                   [&](const Notice& notice) {
                       writer.u8(static_cast<std::uint8_t>(Kind::notice));
                       encode_notice(writer, notice);
                   },
                   [&](const FenceOrder& order) {
                       writer.u8(static_cast<std::uint8_t>(Kind::fence_order));
                       writer.be32(order.guard);
                   },
                   [&](const FenceReport& report) {
                       writer.u8(static_cast<std::uint8_t>(Kind::fence_report));
                       writer.be32(report.guard);
                       writer.u8(report.confirmed ? 1 : 0);
                   },
                   [&](const IncidentNews& news) {
                       writer.u8(static_cast<std::uint8_t>(Kind::incident));
                       encode_incident(writer, news);
                   },
                   [&](const IncidentChoice& choice) {
                       writer.u8(static_cast<std::uint8_t>(Kind::choice));
                       writer.be32(choice.guard);
                       write_text(writer, choice.id, IncidentNews::longest_id);
                       write_text(writer, choice.choice, longest_choice);
                   },
                   [&](const ChoiceOutcome& outcome) {
                       writer.u8(static_cast<std::uint8_t>(Kind::choice_outcome));
                       write_text(writer, outcome.id, IncidentNews::longest_id);
                       write_text(writer, outcome.choice, longest_choice);
                       writer.u8(outcome.done ? 1 : 0);
                       write_text(writer, outcome.text, ChoiceOutcome::longest_text);
                   },
                   [&](const IncidentReply& reply) {
                       writer.u8(static_cast<std::uint8_t>(Kind::reply));
                       writer.be32(reply.number);
                       write_text(writer, reply.code, Request::longest_code);
                   },
                   [&](const ReplyOutcome& outcome) {
                       writer.u8(static_cast<std::uint8_t>(Kind::reply_outcome));
                       writer.be32(outcome.number);
                       writer.u8(static_cast<std::uint8_t>(outcome.answer.outcome));
                       write_text(writer, outcome.answer.text, Answer::longest_text);
                   },
                   [&](const AcceptWanted& wanted) {
                       writer.u8(static_cast<std::uint8_t>(Kind::accept_wanted));
                       writer.be16(wanted.position);
                       writer.be16(wanted.count);
                       if (wanted.rule) write_accept_rule(writer, *wanted.rule);
                   },
                   [&](const SteeringOrder& order) {
                       writer.u8(static_cast<std::uint8_t>(Kind::steering));
                       writer.be32(order.number);
                       writer.u8(static_cast<std::uint8_t>(order.wish));
                       write_text(writer, order.name, Request::longest_name);
                   },
                   [&](const LogDetail& detail) {
                       writer.u8(static_cast<std::uint8_t>(Kind::log_detail));
                       writer.u8(static_cast<std::uint8_t>(detail.least));
                   },
                   [&](const AnnounceOrder& order) {
                       writer.u8(static_cast<std::uint8_t>(Kind::announce_order));
                       write_text(writer, order.instance, Notice::longest_name);
                   },
                   [&](const Petition& petition) {
                       writer.u8(static_cast<std::uint8_t>(Kind::petition));
                       writer.be32(petition.number);
                       write_text(writer, encode(petition.request), max_control_message);
                   },
                   [&](const ValueWanted& wanted) {
                       writer.u8(static_cast<std::uint8_t>(Kind::value_wanted));
                       writer.be32(wanted.number);
                       writer.be16(wanted.position);
                       writer.be16(wanted.count);
                       write_text(writer, wanted.instance, Notice::longest_name);
                       writer.u8(static_cast<std::uint8_t>(wanted.what));
                       writer.u8(wanted.value);
                       writer.u8(wanted.only_asked ? 1 : 0);
                   },
               },
               message);
    HF_ASSERT(!writer.overflowed());
    return {writer.written().begin(), writer.written().end()};
}

Result<Message> decode(ByteView bytes) {
    ByteReader reader{bytes};
    if (reader.u8() != protocol_version) return Error::invalid("message of another version");
    const auto kind = reader.u8();
    std::optional<Message> message;
    if (kind == static_cast<std::uint8_t>(Kind::order))
        message = in_table<Order>(reader.u8());
    else if (kind == static_cast<std::uint8_t>(Kind::progress))
        message = in_table<Progress>(reader.u8());
    else if (kind == static_cast<std::uint8_t>(Kind::notice))
        message = decode_notice(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::judgement))
        message = decode_judgement(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::fence_order))
        message = decode_fence_order(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::fence_report))
        message = decode_fence_report(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::incident))
        message = decode_incident(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::choice))
        message = decode_choice(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::choice_outcome))
        message = decode_choice_outcome(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::reply))
        message = decode_reply(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::reply_outcome))
        message = decode_reply_outcome(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::accept_wanted))
        message = decode_accept_wanted(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::steering))
        message = decode_steering(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::log_detail))
        message = decode_log_detail(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::announce_order))
        message = decode_announce_order(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::petition))
        message = decode_petition(reader);
    else if (kind == static_cast<std::uint8_t>(Kind::value_wanted))
        message = decode_value_wanted(reader);
    if (!message) return Error::invalid("message that does not exist");
    if (reader.left() != 0) return Error::invalid("message that is too long");
    return *message;
}

Result<std::pair<UniqueFd, UniqueFd>> Channel::pair() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return Error::system("create a socket pair");
    return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

Result<std::unique_ptr<Channel>> Channel::create(EventLoop& loop, UniqueFd end, Callbacks callbacks) {
    std::unique_ptr<Channel> channel{new Channel{std::move(end), std::move(callbacks)}};
    auto source = loop.watch(channel->end_.get(), EPOLLIN, Urgency::control,
                             [self = channel.get()](std::uint32_t events) { self->serve(events); });
    if (!source) return source.error();
    channel->source_ = std::move(*source);
    return channel;
}

void Channel::send(const Message& message) {
    if (closed_) return;
    if (queue_.size() >= max_waiting) {
        ++lost_;
        queue_.pop_front();
    }
    queue_.push_back(encode(message));
    drain();
}

void Channel::drain() {
    while (!queue_.empty()) {
        const auto& bytes = queue_.front();
        if (::send(end_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) break;
            return close();
        }
        queue_.pop_front();
    }
    if (closed_ || awaits_room_ == !queue_.empty()) return;
    awaits_room_ = !queue_.empty();
    source_.set_events(awaits_room_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Channel::flush(Duration at_most) {
    const Instant end = EventLoop::now() + at_most;
    drain();
    while (!queue_.empty() && !closed_ && EventLoop::now() < end) {
        pollfd wait{.fd = end_.get(), .events = POLLOUT, .revents = 0};
        poll(&wait, 1, 10);
        drain();
    }
}

void Channel::serve(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) drain();
    if ((events & EPOLLIN) != 0) receive();
    if (!closed_ && (events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) close();
}

// False: nothing is left, or the other end has gone.
bool Channel::receive() {
    for (int count = 0; count < max_received_per_turn && !closed_; ++count) {
        std::array<std::uint8_t, max_message_size + 1> room{};
        const ssize_t size = recv(end_.get(), room.data(), room.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno == EAGAIN) return false;
        if (size <= 0) {
            close();
            return false;
        }
        const auto message = decode(ByteView{room}.first(static_cast<std::size_t>(size)));
        if (message)
            callbacks_.received(*message);
        else
            ++refused_;
    }
    return !closed_;
}

void Channel::receive_all() {
    while (!closed_ && receive()) {
    }
}

void Channel::close() {
    if (closed_) return;
    closed_ = true;
    source_ = {};
    queue_.clear();
    if (callbacks_.closed) callbacks_.closed();
}

}  // namespace holdfast::os
