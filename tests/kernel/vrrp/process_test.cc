// Two protocol processes on two hosts with a cable: what they do on the wire and in their record
// pages, and that adverts cost no allocation once the pair is settled.
#include "vrrp/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "kernel/net/namespaces.h"
#include "unit/plan/planned.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace holdfast::vrrp::testing {
namespace {

using engine::State;
using plan::testing::plan_of;
using namespace std::chrono_literals;

std::string instance(const std::string& interface, int priority) {
    return "vrrp_instance VI {\ninterface " + interface +
           "\nversion 3\nadvert_int 0.01\nvirtual_router_id 51\npriority " + std::to_string(priority) +
           "\ngarp_master_repeat 1\ngarp_master_delay 0\nvirtual_ipaddress {\n192.0.2.100/24\n}\n}\n";
}

// A process and core's ends of what connects it.
class Host {
public:
    // In the namespace that the thread is in.
    Host(os::EventLoop& loop, const std::string& text, int adopted_page = -1) {
        auto core = os::Channel::pair().value();
        core_ = std::move(core.first);
        page_ = os::RecordPage::create(1, sizeof(engine::Record)).value();
        os::StartMessage start;
        start.core_fd = core.second.release();
        start.page_fd = page_.get();
        if (adopted_page >= 0) start.adopted_page_fd = dup(adopted_page);
        auto process = Process::create(loop, std::move(start), plan_of(text), std::nullopt);
        EXPECT_TRUE(process) << process.error().text();
        process_ = std::move(*process);
    }
    void order(os::Order order) const {
        const auto bytes = os::encode(order);
        ASSERT_EQ(send(core_.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    }
    engine::Record record() const {
        engine::Record record{};
        const auto page = os::RecordPage::map(page_.get());
        if (page) page->read(0, std::as_writable_bytes(std::span{&record, 1}));
        return record;
    }
    State state() const { return static_cast<State>(record().state); }
    std::uint64_t received() const { return record().counters[0]; }
    std::uint64_t sent() const { return record().counters[1]; }
    int page() const { return page_.get(); }
    // As if it had been killed: nothing is said, nothing released.
    void vanish() { process_.reset(); }

private:
    os::UniqueFd core_;
    os::UniqueFd page_;
    std::unique_ptr<Process> process_;
};

class ProcessTest : public net::testing::TwoHostsTest {
protected:
    void SetUp() override {
        TwoHostsTest::SetUp();
        if (IsSkipped()) return;
        os::open_log({.system = false, .console = false});
        near_loop = std::move(*os::EventLoop::create());
        far_loop = std::move(*os::EventLoop::create());
        far_.enter();
        far = std::make_unique<Host>(*far_loop, instance("far0", 100));
        here_.enter();
        near = std::make_unique<Host>(*near_loop, instance("near0", 200));
    }
    void TearDown() override {
        near.reset();
        far.reset();
        TwoHostsTest::TearDown();
    }
    void turn() {
        ASSERT_TRUE(near_loop->turn(1ms));
        ASSERT_TRUE(far_loop->turn(1ms));
    }
    template <class Claim>
    void run_until(const Claim& claim) {
        for (int turns = 0; turns < 100'000 && !claim() && !HasFailure(); ++turns)
            turn();
        ASSERT_TRUE(claim());
    }
    void settle() {
        near->order(os::Order::go);
        run_until([&] { return near->state() == State::active; });
        far->order(os::Order::go);
        run_until([&] { return far->received() > 20; });
    }

    std::unique_ptr<os::EventLoop> near_loop;
    std::unique_ptr<os::EventLoop> far_loop;
    std::unique_ptr<Host> near;
    std::unique_ptr<Host> far;
};

TEST_F(ProcessTest, TheRecordTellsWhoIsActiveAndWhomTheOtherFollows) {
    settle();
    EXPECT_EQ(near->state(), State::active);
    EXPECT_EQ(far->state(), State::backup);
    EXPECT_EQ(far->record().active_priority, 200);
    EXPECT_GT(near->record().advert_deadline, os::EventLoop::now().time_since_epoch().count());
}

TEST_F(ProcessTest, ASettledPairAllocatesNothing) {
    settle();
    const std::uint64_t sent = near->sent();
    const std::uint64_t before = allocations;
    for (int turns = 0; turns < 1000; ++turns)  // reading the page allocates: turns are counted instead
        turn();
    EXPECT_EQ(allocations - before, 0u);
    EXPECT_GT(near->sent(), sent + 50);
    EXPECT_GT(far->received(), sent);
}

TEST_F(ProcessTest, AStopSaysFarewellAndTakesTheAddressAway) {
    settle();
    near->order(os::Order::stop);
    EXPECT_EQ(near_loop->run(), 0);
    EXPECT_EQ(near->state(), State::initialize);
    near->vanish();
    near_loop = std::move(*os::EventLoop::create());
    run_until([&] { return far->state() == State::active; });
    EXPECT_EQ(far->record().counters[4], 1u);  // farewells heard
}

TEST_F(ProcessTest, WhoFollowsAKilledProcessIsActiveAtOnceAndNobodyNotices) {
    settle();
    const auto since = near->record().since;
    near->vanish();
    Host successor{*near_loop, instance("near0", 200), near->page()};
    successor.order(os::Order::go);
    run_until([&] { return successor.sent() > near->sent() + 20; });
    EXPECT_EQ(successor.record().since, since);
    EXPECT_EQ(far->state(), State::backup);
    EXPECT_EQ(far->record().counters[2], 0u);  // never became Active
}

}  // namespace
}  // namespace holdfast::vrrp::testing
