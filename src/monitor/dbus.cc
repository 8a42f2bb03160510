#include "monitor/dbus.h"

#include <sys/epoll.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "os/log.h"
#include "status/messages.h"

namespace holdfast::monitor {

namespace {

using namespace std::chrono_literals;
using os::Level;
using status::labelled;
using status::Number;

constexpr Duration look_interval = 200ms;
constexpr Duration retry_interval = 3s;
constexpr Duration farewell_limit = 1s;
constexpr std::size_t most_calls = 16;  // that wait for core

constexpr const char* daemon_interface = "org.keepalived.Vrrp1.Vrrp";
constexpr const char* instance_interface = "org.keepalived.Vrrp1.Instance";
constexpr const char* failed = "org.freedesktop.DBus.Error.Failed";

}  // namespace

struct Dbus::Call {
    Dbus& dbus;
    std::uint64_t number;
    sd_bus_message* message;
    os::Request request;
    sd_bus_slot* question = nullptr;  // who is the caller?

    Call(Dbus& of, std::uint64_t id, sd_bus_message* asked, os::Request what)
        : dbus{of}, number{id}, message{sd_bus_message_ref(asked)}, request{std::move(what)} {}
    ~Call() {
        sd_bus_slot_unref(question);
        sd_bus_message_unref(message);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    void refuse(const char* error, const std::string& why) const {
        sd_bus_reply_method_errorf(message, error, "%s", why.c_str());
    }
    void settle(const os::Answer& answer) const {
        if (answer.done())
            sd_bus_reply_method_return(message, "");
        else
            refuse(failed, answer.text);
    }
};

struct Dbus::Tables {
    static const Seen* seen(Dbus& self, const char* path) {
        const auto& all = self.objects();
        const auto found = all.find(path);
        return found == all.end() ? nullptr : &found->second;
    }

    static int find(sd_bus*, const char* path, const char*, void* self, void** found, sd_bus_error*) {
        if (seen(*static_cast<Dbus*>(self), path) == nullptr) return 0;
        *found = self;
        return 1;
    }

    static int list(sd_bus*, const char*, void* self, char*** nodes, sd_bus_error*) {
        const auto& dbus = *static_cast<Dbus*>(self);
        const std::string root = dbus.root_ + "/Instance";
        std::set<std::string> all;  // with those between
        for (const auto& one : static_cast<Dbus*>(self)->objects())
            for (std::string path = one.first; path != root; path.resize(path.rfind('/')))
                all.insert(path);
        auto** names = static_cast<char**>(std::calloc(all.size() + 1, sizeof(char*)));
        if (names == nullptr) return -ENOMEM;
        std::size_t count = 0;
        for (const std::string& one : all)
            names[count++] = strdup(one.c_str());
        *nodes = names;
        return 0;
    }

    static int name(sd_bus*, const char* path, const char*, const char*, sd_bus_message* reply, void* self,
                    sd_bus_error*) {
        const Seen* one = seen(*static_cast<Dbus*>(self), path);
        return one == nullptr ? -ENOENT : sd_bus_message_append(reply, "s", one->name.c_str());
    }

    static int state(sd_bus*, const char* path, const char*, const char*, sd_bus_message* reply, void* self,
                     sd_bus_error*) {
        const Seen* one = seen(*static_cast<Dbus*>(self), path);
        return one == nullptr ? -ENOENT
                              : sd_bus_message_append(reply, "(us)", one->state.number, one->state.label);
    }

    template <os::Wish wish>
    static int call(sd_bus_message* message, void* self, sd_bus_error*) {
        static_cast<Dbus*>(self)->take_call(message, wish);
        return 1;
    }

    // The bus knows who called.
    static int on_caller(sd_bus_message* reply, void* userdata, sd_bus_error*) {
        auto& call = *static_cast<Call*>(userdata);
        Dbus& dbus = call.dbus;
        const std::uint64_t number = call.number;
        std::uint32_t user = 0;
        if (sd_bus_message_is_method_error(reply, nullptr) > 0 ||
            sd_bus_message_read(reply, "u", &user) < 0 || user != 0) {
            call.refuse(SD_BUS_ERROR_ACCESS_DENIED, "only root may ask for that");
            dbus.calls_.erase(number);
            return 0;
        }
        dbus.settings_.ask(call.request, [&dbus, number](const os::Answer& answer) {
            const auto found = dbus.calls_.find(number);
            if (found == dbus.calls_.end()) return;
            found->second->settle(answer);
            dbus.calls_.erase(found);
            dbus.serve();
        });
        return 0;
    }

    static int on_name(sd_bus_message* reply, void* self, sd_bus_error*) {
        const sd_bus_error* refusal = sd_bus_message_get_error(reply);
        std::uint32_t result = 0;
        constexpr std::uint32_t owner = 1;
        constexpr std::uint32_t already_owner = 4;
        std::string why;
        if (refusal != nullptr)
            why = refusal->message != nullptr ? refusal->message : "it does not say why";
        else if (sd_bus_message_read(reply, "u", &result) < 0 || (result != owner && result != already_owner))
            why = "another process has it; it is ours as soon as that one gives it up";
        auto& dbus = *static_cast<Dbus*>(self);
        if (refusal != nullptr) dbus.ask_again_ = os::EventLoop::now() + retry_interval;
        dbus.on_name(why.empty(), why);
        return 0;
    }

    static int on_acquired(sd_bus_message* signal, void* self, sd_bus_error*) {
        const char* name = nullptr;
        auto& dbus = *static_cast<Dbus*>(self);
        if (sd_bus_message_read(signal, "s", &name) >= 0 && dbus.settings_.name == name)
            dbus.on_name(true, {});
        return 0;
    }

    static int on_lost(sd_bus_message* signal, void* self, sd_bus_error*) {
        const char* name = nullptr;
        auto& dbus = *static_cast<Dbus*>(self);
        if (sd_bus_message_read(signal, "s", &name) >= 0 && dbus.settings_.name == name)
            dbus.owns_name_ = false;
        return 0;
    }

    static const std::array<sd_bus_vtable, 9> daemon;
    static const std::array<sd_bus_vtable, 6> instance;
};

// Who may call is found out without waiting (on_caller), so the library need not ask.
const std::array<sd_bus_vtable, 9> Dbus::Tables::daemon{
    {SD_BUS_VTABLE_START(0),
     SD_BUS_METHOD("PrintData", "", "", call<os::Wish::dump_data>, SD_BUS_VTABLE_UNPRIVILEGED),
     SD_BUS_METHOD("PrintStats", "", "", call<os::Wish::dump_stats>, SD_BUS_VTABLE_UNPRIVILEGED),
     SD_BUS_METHOD("PrintStatsClear", "", "", call<os::Wish::dump_stats_and_clear>,
                   SD_BUS_VTABLE_UNPRIVILEGED),
     SD_BUS_METHOD("ReloadConfig", "", "", call<os::Wish::reload>, SD_BUS_VTABLE_UNPRIVILEGED),
     SD_BUS_SIGNAL("VrrpStarted", "", 0), SD_BUS_SIGNAL("VrrpReloaded", "", 0),
     SD_BUS_SIGNAL("VrrpStopped", "", 0), SD_BUS_VTABLE_END}};

const std::array<sd_bus_vtable, 6> Dbus::Tables::instance{
    {SD_BUS_VTABLE_START(0),
     SD_BUS_METHOD("SendGarp", "", "", call<os::Wish::announce>, SD_BUS_VTABLE_UNPRIVILEGED),
     SD_BUS_PROPERTY("Name", "s", name, 0, SD_BUS_VTABLE_PROPERTY_CONST),
     SD_BUS_PROPERTY("State", "(us)", state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
     SD_BUS_SIGNAL("VrrpStatusChange", "u", 0), SD_BUS_VTABLE_END}};

Dbus::Dbus(os::EventLoop& loop, Settings settings, os::Ledger ledger)
    : loop_{loop},
      settings_{std::move(settings)},
      ledger_{std::move(ledger)},
      root_{root_path(settings_.paths)} {}

Dbus::~Dbus() {
    calls_.clear();
    if (bus_ != nullptr) sd_bus_close_unref(bus_);
}

bool Dbus::is_bus_name(const std::string& name) {
    return sd_bus_service_name_is_valid(name.c_str()) > 0;
}

Result<std::unique_ptr<Dbus>> Dbus::create(os::EventLoop& loop, Settings settings, os::Ledger ledger) {
    std::unique_ptr<Dbus> dbus{new Dbus{loop, std::move(settings), std::move(ledger)}};
    const auto make = [&](os::Timer& timer, void (Dbus::*action)()) -> Result<void> {
        auto made = loop.timer(os::Urgency::background, [self = dbus.get(), action] { (self->*action)(); });
        if (!made) return std::move(made).error();
        timer = std::move(*made);
        return {};
    };
    if (auto made = make(dbus->timeout_, &Dbus::serve); !made) return std::move(made).error();
    if (auto made = make(dbus->look_, &Dbus::look); !made) return std::move(made).error();
    if (auto made = make(dbus->patience_, &Dbus::end); !made) return std::move(made).error();
    dbus->look();
    return dbus;
}

Result<void> Dbus::connect() {
    sd_bus* bus = nullptr;
    int result = sd_bus_open_system(&bus);
    if (result < 0) return Error::system("connect to the system bus", -result);
    bus_ = bus;
    const std::string instances = root_ + "/Instance";
    const auto then = [&result](auto&& step) {
        if (result >= 0) result = step();
    };
    then([&] {
        return sd_bus_add_object_vtable(bus, nullptr, (root_ + "/Vrrp").c_str(), daemon_interface,
                                        Tables::daemon.data(), this);
    });
    then([&] {
        return sd_bus_add_fallback_vtable(bus, nullptr, instances.c_str(), instance_interface,
                                          Tables::instance.data(), Tables::find, this);
    });
    then([&] { return sd_bus_add_node_enumerator(bus, nullptr, instances.c_str(), Tables::list, this); });
    const auto hear = [&](const char* signal, sd_bus_message_handler_t handler) {
        return sd_bus_match_signal_async(bus, nullptr, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", signal, handler, nullptr, this);
    };
    then([&] { return hear("NameAcquired", Tables::on_acquired); });
    then([&] { return hear("NameLost", Tables::on_lost); });
    then([&] { return ask_for_name(); });
    if (result < 0) return Error::system("serve the system bus", -result);
    auto traffic =
        loop_.watch(sd_bus_get_fd(bus), EPOLLIN, os::Urgency::background, [this](std::uint32_t) { serve(); });
    if (!traffic) return std::move(traffic).error();
    traffic_ = std::move(*traffic);
    serve();
    return {};
}

// Who has it already waits for it in the bus's queue, so that a successor takes it and gives it back.
int Dbus::ask_for_name() {
    ask_again_ = never;
    constexpr std::uint64_t flags =
        SD_BUS_NAME_ALLOW_REPLACEMENT | SD_BUS_NAME_REPLACE_EXISTING | SD_BUS_NAME_QUEUE;
    return sd_bus_request_name_async(bus_, nullptr, settings_.name.c_str(), flags, Tables::on_name, this);
}

void Dbus::disconnect(const std::string& why) {
    traffic_ = {};
    timeout_.disarm();
    calls_.clear();
    if (bus_ != nullptr) sd_bus_close_unref(std::exchange(bus_, nullptr));
    name_asked_ = owns_name_ = false;
    if (std::exchange(told_missing_, true)) return;
    os::log(Level::warning, labelled(Number::bus_missing, "D-Bus is not answered: " + why));
}

void Dbus::serve() {
    if (bus_ == nullptr || std::exchange(serving_, true)) return;  // the library calls us, and not we it
    int result = 0;
    do
        result = sd_bus_process(bus_, nullptr);
    while (result > 0);
    serving_ = false;
    if (result < 0) {
        disconnect(Error::system("talk to the system bus", -result).text());
    } else {
        const int events = sd_bus_get_events(bus_);
        if (events >= 0) traffic_.set_events(static_cast<std::uint32_t>(events));
        std::uint64_t end = 0;
        if (sd_bus_get_timeout(bus_, &end) > 0 && end != UINT64_MAX)
            timeout_.arm(Instant{std::chrono::microseconds{end}});
        else
            timeout_.disarm();
    }
    if (done_ && is_quiet()) end();
}

void Dbus::look() {
    if (done_) return;
    if (bus_ == nullptr) {
        if (auto connected = connect(); !connected) disconnect(connected.error().text());
    } else if (os::EventLoop::now() >= ask_again_) {
        ask_for_name();
    }
    tell_news();
    look_again();
}

void Dbus::look_again() {
    look_.arm(os::EventLoop::now() + (bus_ == nullptr ? retry_interval : look_interval));
}

void Dbus::on_name(bool owned, const std::string& why) {
    name_asked_ = true;
    if (owned && !std::exchange(owns_name_, true)) {
        told_missing_ = told_refused_ = false;
        os::log(Level::notice, labelled(Number::bus_serves, "D-Bus is answered as " + settings_.name));
    } else if (!owned && !std::exchange(told_refused_, true)) {
        os::log(Level::warning, labelled(Number::bus_name_refused,
                                         "the bus does not let us own " + settings_.name + ": " + why));
    }
    tell_news();
}

// Sent only when the name is settled: who listens, listens to the name.
void Dbus::tell_news() {
    if (bus_ == nullptr || !name_asked_) return;
    if (!settings_.news.empty()) say(std::exchange(settings_.news, {}).c_str());
    const auto published = settings_.published();
    if (published == told_of_) return;
    told_of_ = published;
    if (!published->routers) return;
    const status::RoutersSnapshot& routers = *published->routers;
    std::vector<News> news;
    const auto is_news = [&](const status::Transition& transition) {
        return status::is_news(transition, ledger_.reported(), routers.head);
    };
    for (const status::Instance& instance : routers.instances)
        for (const status::Transition& transition : instance.transitions)
            if (is_news(transition))
                news.push_back(
                    {transition.told, instance_path(settings_.paths, instance), bus_state(transition)});
    for (const status::Departed& gone : routers.departed)
        if (gone.word != status::LastWord::none && !gone.transitions.empty() &&
            is_news(gone.transitions.back()))
            news.push_back({gone.transitions.back().told, instance_path(settings_.paths, gone),
                            bus_state(gone.word), true});
    std::sort(news.begin(), news.end(),
              [](const News& one, const News& other) { return one.told < other.told; });
    for (const News& one : news)
        tell(one);
    if (routers.head.taken > ledger_.reported()) ledger_.report_until(routers.head.taken);
    serve();
}

// Who departed has no properties any more.
void Dbus::tell(const News& news) {
    sd_bus_emit_signal(bus_, news.path.c_str(), instance_interface, "VrrpStatusChange", "u",
                       news.state.number);
    if (news.departed) return;
    sd_bus_emit_properties_changed(bus_, news.path.c_str(), instance_interface, "State", nullptr);
}

void Dbus::say(const char* signal) {
    sd_bus_emit_signal(bus_, (root_ + "/Vrrp").c_str(), daemon_interface, signal, "");
}

const std::map<std::string, Dbus::Seen>& Dbus::objects() {
    const auto published = settings_.published();
    if (published == objects_of_) return objects_;
    objects_of_ = published;
    objects_.clear();
    if (!published->routers) return objects_;
    for (const status::Instance& instance : published->routers->instances)
        objects_.emplace(instance_path(settings_.paths, instance),
                         Seen{.name = instance.name, .state = bus_state(instance)});
    return objects_;
}

void Dbus::take_call(sd_bus_message* message, os::Wish wish) {
    if (calls_.size() >= most_calls) {
        sd_bus_reply_method_errorf(message, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                   "too many requests at a time; try again in a moment");
        return;
    }
    os::Request request{.wish = wish, .code = {}, .name = {}};
    if (const Seen* seen = Tables::seen(*this, sd_bus_message_get_path(message))) request.name = seen->name;
    const std::uint64_t number = ++last_call_;
    auto call = std::make_unique<Call>(*this, number, message, std::move(request));
    const char* sender = sd_bus_message_get_sender(message);
    const int asked = sd_bus_call_method_async(
        bus_, &call->question, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "GetConnectionUnixUser", Tables::on_caller, call.get(), "s", sender != nullptr ? sender : "");
    if (asked < 0) return call->refuse(failed, Error::system("ask the bus who that is", -asked).text());
    calls_.emplace(number, std::move(call));
}

bool Dbus::is_quiet() const {
    std::uint64_t waiting = 0;
    if (bus_ == nullptr) return true;
    if (!calls_.empty() || (owns_name_ && !daemon_stops_)) return false;
    return sd_bus_get_n_queued_write(bus_, &waiting) < 0 || waiting == 0;
}

void Dbus::finish(bool daemon_stops, std::function<void()> done) {
    look_.disarm();
    tell_news();
    daemon_stops_ = daemon_stops;
    if (daemon_stops && bus_ != nullptr) say("VrrpStopped");
    done_ = std::move(done);
    patience_.arm(os::EventLoop::now() + farewell_limit);
    if (bus_ == nullptr) return end();
    serve();
}

void Dbus::end() {
    patience_.disarm();
    if (done_) std::exchange(done_, nullptr)();
}

}  // namespace holdfast::monitor
