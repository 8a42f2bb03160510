// keepalived's interface on the system bus: objects for the daemon and for each instance, made from what is
// published; signals for what was told since the last look. What changes something is asked of core, for root
// only. A bus that is away or slow costs nobody anything: nothing here waits.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "monitor/object_paths.h"
#include "os/control.h"
#include "os/event_loop.h"
#include "os/ledger.h"
#include "status/document.h"

struct sd_bus;
struct sd_bus_message;

namespace holdfast::monitor {

class Dbus {
public:
    using Told = std::function<void(const os::Answer&)>;
    using Published = std::function<std::shared_ptr<const status::Published>()>;
    struct Settings {
        std::string name;  // to own
        PathSettings paths;
        std::string news;     // signal of the daemon to begin with; empty: none
        Published published;  // the same object as long as nothing new is published
        // Asks core. The answer comes later, or never.
        std::function<void(const os::Request&, Told)> ask;
    };
    // Whether the bus could ever grant that name.
    static bool is_bus_name(const std::string& name);
    // settings.name is one. ledger: no signal is sent twice, and none twice by the
    // process after this one.
    static Result<std::unique_ptr<Dbus>> create(os::EventLoop& loop, Settings settings, os::Ledger ledger);
    ~Dbus();

    // Says what is still to be said, VrrpStopped too when the daemon ends; else keeps the name until a
    // successor has it. Then calls done. Takes a second at most.
    void finish(bool daemon_stops, std::function<void()> done);

    struct Call;    // somebody waits for core's answer
    struct Tables;  // callbacks of the bus library

private:
    struct Seen {
        std::string name;
        BusState state;
    };
    struct News {
        Instant told{};
        std::string path;
        BusState state;
        bool departed = false;  // a reload removed that instance
    };

    Dbus(os::EventLoop& loop, Settings settings, os::Ledger ledger);
    Result<void> connect();
    void disconnect(const std::string& why);
    void serve();
    void look();
    void look_again();
    void tell_news();
    void tell(const News& news);
    void say(const char* signal);
    int ask_for_name();
    void on_name(bool owned, const std::string& why);
    void take_call(sd_bus_message* message, os::Wish wish);
    const std::map<std::string, Seen>& objects();
    bool is_quiet() const;
    void end();

    os::EventLoop& loop_;
    Settings settings_;
    os::Ledger ledger_;
    std::string root_;
    sd_bus* bus_ = nullptr;
    os::Source traffic_;
    os::Timer timeout_;  // the library's
    os::Timer look_;     // for something new to tell, and for the bus when it is away
    os::Timer patience_;
    bool told_missing_ = false;
    bool told_refused_ = false;
    bool name_asked_ = false;  // answered, one way or the other
    bool owns_name_ = false;
    Instant ask_again_ = never;  // for the name
    bool serving_ = false;
    bool daemon_stops_ = false;
    std::shared_ptr<const status::Published> told_of_;
    std::shared_ptr<const status::Published> objects_of_;
    std::map<std::string, Seen> objects_;  // by path
    std::map<std::uint64_t, std::unique_ptr<Call>> calls_;
    std::uint64_t last_call_ = 0;
    std::function<void()> done_;
};

}  // namespace holdfast::monitor
