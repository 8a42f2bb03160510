// What adding and removing N addresses through net::carry_out costs beside a bare netlink loop that sends one
// request and waits for its answer: the ratio, taken in turns in one run, in a network namespace of its own.
// Root.
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "net/addresses.h"
#include "net/netlink.h"

namespace {

using namespace holdfast;
using Clock = std::chrono::steady_clock;

constexpr std::size_t batch = 64;  // what the daemon starts with
constexpr int rounds = 3;

IpAddress address_number(std::uint32_t number) {
    return IpAddress::v4(0x0a000000 + 1 + number);
}

// One request on a bare socket, one answer read.
void bare_request(int fd, bool add, int ifindex, const IpAddress& address) {
    struct {
        nlmsghdr header;
        ifaddrmsg body;
        char room[64];
    } request{};
    request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ifaddrmsg));
    request.header.nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR;
    request.header.nlmsg_flags =
        static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_EXCL : 0));
    request.body = {.ifa_family = AF_INET,
                    .ifa_prefixlen = 32,
                    .ifa_flags = 0,
                    .ifa_scope = 0,
                    .ifa_index = static_cast<unsigned>(ifindex)};
    for (const int kind : {IFA_LOCAL, IFA_ADDRESS}) {
        rtattr attribute{.rta_len = RTA_LENGTH(4), .rta_type = static_cast<unsigned short>(kind)};
        char* at = reinterpret_cast<char*>(&request) + request.header.nlmsg_len;
        std::memcpy(at, &attribute, sizeof attribute);
        std::memcpy(at + RTA_LENGTH(0), address.bytes().data(), 4);
        request.header.nlmsg_len += RTA_SPACE(4);
    }
    char answer[1024];
    if (send(fd, &request, request.header.nlmsg_len, 0) < 0 || recv(fd, answer, sizeof answer, 0) < 0) {
        std::perror("bare netlink");
        std::exit(1);
    }
}

double bare(bool add, int ifindex, std::uint32_t count) {
    const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    const auto begin = Clock::now();
    for (std::uint32_t number = 0; number < count; ++number)
        bare_request(fd, add, ifindex, address_number(number));
    const std::chrono::duration<double> taken = Clock::now() - begin;
    close(fd);
    return taken.count();
}

double ours(bool add, int ifindex, std::uint32_t count) {
    auto socket = net::CommandSocket::open();
    if (!socket) {
        std::fprintf(stderr, "%s\n", socket.error().text().c_str());
        std::exit(1);
    }
    std::vector<net::AddressRequest> requests;
    const auto begin = Clock::now();
    for (std::uint32_t number = 0; number < count; ++number) {
        net::AddressRequest request;
        request.operation = add ? net::Operation::add : net::Operation::remove;
        request.address.ifindex = ifindex;
        request.address.address = address_number(number);
        request.address.prefix_length = 32;
        requests.push_back(request);
        if (requests.size() < batch && number + 1 < count) continue;
        if (!net::carry_out(*socket, requests)) std::exit(1);
        requests.clear();
    }
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const auto count = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 10000);
    if (unshare(CLONE_NEWNET) != 0 ||
        std::system("ip link add d0 type veth peer name d1 && ip link set d0 up") != 0) {
        std::fprintf(stderr, "addresses_bench needs root and ip\n");
        return 1;
    }
    const int ifindex = static_cast<int>(if_nametoindex("d0"));
    std::vector<double> add_ratio;
    std::vector<double> remove_ratio;
    for (int round = 0; round < rounds; ++round) {
        const double bare_add = bare(true, ifindex, count);
        const double bare_remove = bare(false, ifindex, count);
        add_ratio.push_back(ours(true, ifindex, count) / bare_add);
        remove_ratio.push_back(ours(false, ifindex, count) / bare_remove);
    }
    std::printf("%u addresses, ours / bare loop, median of %d: add %.2f, remove %.2f\n", count, rounds,
                median(add_ratio), median(remove_ratio));
}
