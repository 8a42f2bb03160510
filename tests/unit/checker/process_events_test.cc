#include "checker/process_events.h"

#include <gtest/gtest.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>

#include <cstring>
#include <vector>

namespace holdfast::checker {
namespace {

// A message as the kernel's connector writes it.
std::vector<std::uint8_t> message(const proc_event& event) {
    std::vector<std::uint8_t> bytes(NLMSG_LENGTH(sizeof(cn_msg) + sizeof event));
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(bytes.size());
    header.nlmsg_type = NLMSG_DONE;
    std::memcpy(bytes.data(), &header, sizeof header);
    const cb_id id{.idx = CN_IDX_PROC, .val = CN_VAL_PROC};
    std::memcpy(bytes.data() + NLMSG_HDRLEN, &id, sizeof id);
    std::memcpy(bytes.data() + NLMSG_HDRLEN + sizeof(cn_msg), &event, sizeof event);
    return bytes;
}

proc_event event(decltype(proc_event::what) what) {
    proc_event made{};
    made.what = what;
    return made;
}

TEST(ProcessEvent, OfAForkNamesParentAndChild) {
    proc_event forked = event(proc_event::PROC_EVENT_FORK);
    forked.event_data.fork = {.parent_pid = 7, .parent_tgid = 6, .child_pid = 9, .child_tgid = 9};
    const auto decoded = decode_process_event(message(forked));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<ProcessForked>(*decoded).parent, 6);
    EXPECT_EQ(std::get<ProcessForked>(*decoded).child, 9);
    forked.event_data.fork.child_tgid = 6;  // a thread
    EXPECT_FALSE(decode_process_event(message(forked)));
}

TEST(ProcessEvent, OfANameIsNoLongerThanTheKernelsField) {
    proc_event renamed = event(proc_event::PROC_EVENT_COMM);
    renamed.event_data.comm.process_pid = renamed.event_data.comm.process_tgid = 5;
    std::memset(renamed.event_data.comm.comm, 'x', sizeof renamed.event_data.comm.comm);
    const auto decoded = decode_process_event(message(renamed));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<ProcessRenamed>(*decoded).name, std::string(16, 'x'));
}

TEST(ProcessEvent, OfExecAndExitConcernsTheWholeProcess) {
    proc_event executed = event(proc_event::PROC_EVENT_EXEC);
    executed.event_data.exec = {.process_pid = 5, .process_tgid = 4};
    EXPECT_EQ(std::get<ProcessExecuted>(*decode_process_event(message(executed))).process, 4);
    proc_event ended = event(proc_event::PROC_EVENT_EXIT);
    ended.event_data.exit.process_pid = ended.event_data.exit.process_tgid = 5;
    EXPECT_EQ(std::get<ProcessEnded>(*decode_process_event(message(ended))).process, 5);
    ended.event_data.exit.process_tgid = 4;
    EXPECT_FALSE(decode_process_event(message(ended))) << "a thread";
}

TEST(ProcessEvent, ThatIsCutOrOfAnotherConnectorIsNone) {
    const auto whole = message(event(proc_event::PROC_EVENT_FORK));
    for (std::size_t size = 0; size < NLMSG_HDRLEN + sizeof(cn_msg) + 16; ++size)
        EXPECT_FALSE(decode_process_event(ByteView{whole.data(), size})) << size;
    auto other = whole;
    other[NLMSG_HDRLEN] ^= 1;
    EXPECT_FALSE(decode_process_event(other));
    EXPECT_FALSE(decode_process_event(message(event(proc_event::PROC_EVENT_UID))));
}

}  // namespace
}  // namespace holdfast::checker
