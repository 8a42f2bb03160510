// How long a configuration takes to read: many instances, and many addresses in one. Both must be linear; the
// complexity is printed, not asserted, for a test must not depend on the machine.
#include <benchmark/benchmark.h>

#include <string>

#include "../unit/config/invented_host.h"
#include "config/dump.h"

namespace holdfast::config::testing {
namespace {

std::string many_instances(std::int64_t count) {
    std::string text = "global_defs {\n    router_id bench\n}\n";
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        text += "vrrp_instance V" + number + " {\n    state BACKUP\n    interface i" +
                std::to_string(i / 255) + "\n    virtual_router_id " + std::to_string(i % 255 + 1) +
                "\n    priority 100\n    advert_int 1\n    nopreempt\n    virtual_ipaddress {\n        10." +
                std::to_string(i >> 16 & 255) + "." + std::to_string(i >> 8 & 255) + "." +
                std::to_string(i & 255) + "/24\n    }\n}\n";
    }
    return text;
}

std::string many_addresses(std::int64_t count) {
    std::string text =
        "vrrp_instance V {\n    interface eth0\n    virtual_router_id 1\n    virtual_ipaddress {\n";
    for (std::int64_t i = 0; i < count; ++i)
        text += "        10." + std::to_string(i >> 16 & 255) + "." + std::to_string(i >> 8 & 255) + "." +
                std::to_string(i & 255) + "/32\n";
    return text + "    }\n}\n";
}

void parse(benchmark::State& state, const std::string& text) {
    InventedHost host;
    host.every_interface = true;
    for (auto _ : state)
        benchmark::DoNotOptimize(parse_text(text, host));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(text.size()));
    state.SetComplexityN(state.range(0));
}

void Instances(benchmark::State& state) {
    parse(state, many_instances(state.range(0)));
}
void AddressesInOneInstance(benchmark::State& state) {
    parse(state, many_addresses(state.range(0)));
}
void Dump(benchmark::State& state) {
    InventedHost host;
    host.every_interface = true;
    const Parsed parsed = parse_text(many_instances(state.range(0)), host);
    for (auto _ : state)
        benchmark::DoNotOptimize(dump(parsed.config));
    state.SetComplexityN(state.range(0));
}

BENCHMARK(Instances)->RangeMultiplier(10)->Range(1000, 100000)->Unit(benchmark::kMillisecond)->Complexity();
BENCHMARK(AddressesInOneInstance)
    ->RangeMultiplier(10)
    ->Range(1000, 100000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();
BENCHMARK(Dump)->RangeMultiplier(10)->Range(1000, 100000)->Unit(benchmark::kMillisecond)->Complexity();

}  // namespace
}  // namespace holdfast::config::testing
