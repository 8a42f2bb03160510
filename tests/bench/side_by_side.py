"""Holdfast beside keepalived on the same machine in the same run. Only ratios and protocol bounds mean anything;
seconds are this machine's. See scripts/bench.

  failover    kill -9 of the active host: what the backup's first advert takes beyond the protocol's own wait
  guard       a host dies: the time from its last advert to the first one of its backup, with a guard and without
  addresses   a takeover with many addresses: time to the last one, and the longest silence meanwhile, beside the
              kernel's own time for a bare netlink loop
  checks      200 health scripts each second: the daemon's own share of a processor, without the scripts'; and 200
              built-in checks of a TCP port instead
  parse       a configuration check against size: instances, and addresses in one instance
  watched     1,000 instances: how far adverts are from their interval, alone and while SNMP walks, scrapes, status
              calls and silent clients look on
"""

import argparse
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "e2e")]

import capture  # noqa: E402
import netns  # noqa: E402
import peers  # noqa: E402
from settings import block, down_interval, instance  # noqa: E402
from watched import measure_watched  # noqa: E402

LAN = "lan: A.eth0 10.255.0.1/16 --- B.eth0 10.255.0.2/16 --- G.eth0 10.255.0.9/16"
DAEMONS = {"keepalived": peers.Keepalived, "holdfast": peers.Holdfast}


def report(measure, case, values, unit):
    """One line: each daemon's median, and ours as a multiple of keepalived's."""
    medians = {name: statistics.median(found) for name, found in values.items() if found}
    text = "   ".join(f"{name} {value:.3f} {unit}" for name, value in medians.items())
    if {"keepalived", "holdfast"} <= set(medians) and medians["keepalived"] > 0:
        text += f"   ratio {medians['holdfast'] / medians['keepalived']:.2f}"
    print(f"{measure:<10} {case:<28} {text}", flush=True)


class Pair:
    """Two hosts that run the same daemon; A is active."""

    def __init__(self, daemon, folder, **settings):
        self._network = netns.Network(LAN)
        self._daemon, self._folder, self._settings = daemon, Path(folder), settings

    def __enter__(self):
        self.net = self._network.__enter__()
        self.wire = capture.Capture(self.net, self._folder / "wire.pcap")
        self.running = []
        try:
            for host, priority in (("A", 200), ("B", 100)):
                self.running.append(self._daemon(self.net[host], self._folder / host,
                                                 instance(priority=priority, version=3, **self._settings)))
                if host == "A":
                    self.running[0].wait_state("VI_1", "MASTER", timeout=120)
            self.running[1].wait_state("VI_1", "BACKUP")
            self.wire.wait_adverts("A", 51, count=3, since=self.wire.here())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for daemon in self.running:
            daemon.end()
        self.wire.close()
        self._network.__exit__()


def measure_failover(settings):
    for interval in (0.1, 1):
        excess = {name: [] for name in DAEMONS}
        for _ in range(settings.repeats):
            for name, daemon in DAEMONS.items():
                with tempfile.TemporaryDirectory() as folder, Pair(daemon, folder, interval=interval,
                                                                   addresses=("10.255.1.1/16",)) as pair:
                    pair.running[0].kill_all()
                    last = pair.wire.adverts_of("A", 51)[-1].time
                    first = pair.wire.wait_adverts("B", 51, since=last)[0].time
                    excess[name].append((first - last - down_interval(100, interval)) * 1000)
        report("failover", f"kill -9, {interval} s adverts", excess, "ms beyond the protocol")


GUARD = block("split_brain", "policy hold", "heartbeat interface eth0", *block("references", "10.255.0.9 dev eth0"))


def measure_guard(settings):
    """A host that dies answers nothing: its cable goes first."""
    taken = {"plain": [], "guarded": []}
    for _ in range(settings.repeats * 3):
        for name, lines in (("plain", ()), ("guarded", GUARD)):
            with tempfile.TemporaryDirectory() as folder, Pair(peers.Holdfast, folder, interval=1, lines=lines,
                                                               addresses=("10.255.1.1/16",)) as pair:
                pair.net.cut("A", "eth0")
                pair.running[0].kill_all()
                last = pair.wire.adverts_of("A", 51)[-1].time
                taken[name].append(pair.wire.wait_adverts("B", 51, since=last)[0].time - last)
    plain, guarded = statistics.median(taken["plain"]), statistics.median(taken["guarded"])
    print(f"{'guard':<10} {'a host dies, 1 s adverts':<28} plain {plain:.4f} s   guarded {guarded:.4f} s   "
          f"ratio {guarded / plain:.4f}", flush=True)


def many(count):
    return [f"10.{at // 62500}.{at // 250 % 250}.{at % 250 + 1}/32" for at in range(count)]


def bare_netlink_loop(node, count):
    """Seconds that the kernel takes for the same addresses, 64 requests a batch, all acknowledged."""
    index = int(node.ip("-o", "link", "show", "dev", "eth0").split(":")[0])
    requests = []
    for number, address in enumerate(many(count)):
        raw = socket.inet_aton(address.split("/")[0])
        body = struct.pack("=BBBBi", socket.AF_INET, 32, 0, 0, index) + b"".join(
            struct.pack("=HH", 8, kind) + raw for kind in (1, 2))  # IFA_ADDRESS, IFA_LOCAL
        requests.append(struct.pack("=IHHII", 16 + len(body), 20, 0x605, number + 1, 0) + body)  # create, exclusive, ack

    def work():
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
            link.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
            link.bind((0, 0))
            begin = time.monotonic()
            for at in range(0, count, 64):
                batch = requests[at:at + 64]
                link.send(b"".join(batch))
                acknowledged = 0
                while acknowledged < len(batch):
                    data = link.recv(65536)
                    while data:
                        size, kind = struct.unpack("=IH", data[:6])
                        assert kind == 2 and struct.unpack("=i", data[16:20])[0] == 0, "the kernel refused"
                        acknowledged += 1
                        data = data[(size + 3) & ~3:]
            return time.monotonic() - begin

    return netns.inside(node.namespace, work)


def measure_addresses(settings):
    count = settings.addresses
    with netns.Network(LAN) as network:
        bare = bare_netlink_loop(network["A"], count)
    print(f"{'addresses':<10} {count} by a bare netlink loop        {bare:.3f} s", flush=True)
    taken, silence = {name: [] for name in DAEMONS}, {name: [] for name in DAEMONS}
    for _ in range(settings.repeats):
        for name, daemon in DAEMONS.items():
            with tempfile.TemporaryDirectory() as folder, Pair(
                    daemon, folder, interval=1, addresses=("10.255.1.1/16",),
                    lines=(*block("virtual_ipaddress_excluded", *many(count)), "garp_master_repeat 1")) as pair:
                node = pair.net["B"]
                pair.running[0].kill_all()
                gone = pair.wire.here()
                first = pair.wire.wait_adverts("B", 51, since=gone, timeout=120)[0].time
                when, _ = node.news.wait_timed(rf"inet {many(count)[-1]}", timeout=120)
                end = pair.wire.wait_adverts("B", 51, count=3, since=time.time(), timeout=120)[-1].time
                taken[name].append(when - first)
                silence[name].append(pair.wire.longest_gap("B", 51, first, end))
    report("addresses", f"{count}: first advert to last", taken, "s")
    report("addresses", f"{count}: longest silence", silence, "s")
    print(f"{'addresses':<10} ours as a multiple of the bare loop   {statistics.median(taken['holdfast']) / bare:.2f}", flush=True)


def instances_text(count):
    return "".join(f"vrrp_instance V{at} {{\n state BACKUP\n interface i{at // 250}\n virtual_router_id {at % 250 + 1}\n"
                   f" priority 100\n virtual_ipaddress {{\n  10.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}/24\n }}\n}}\n"
                   for at in range(count))


def addresses_text(count):
    return instance(interface="i0", addresses=[f"10.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}/32" for at in range(count)])


def check_seconds(words, namespace, file):
    begin = time.monotonic()
    done = subprocess.run(["ip", "netns", "exec", namespace, *words, "-t", "-f", str(file)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600, check=False)
    assert done.returncode in (0, 4, 5), f"{words}: status {done.returncode}"
    return time.monotonic() - begin


def measure_parse(settings):
    programs = {"keepalived": [peers.shutil.which("keepalived") or "/usr/sbin/keepalived"],
                "holdfast": [peers.program("holdfastd")]}
    with netns.Network("lan: A.eth0") as network, tempfile.TemporaryDirectory() as folder:
        node = network["A"]
        for at in range(0, max(settings.sizes) // 250 + 2, 2):
            node.ip("link", "add", f"i{at}", "type", "veth", "peer", "name", f"i{at + 1}")
        file = Path(folder) / "big.conf"
        for what, text in (("instances", instances_text), ("addresses in one instance", addresses_text)):
            own = {}
            for size in settings.sizes:
                file.write_text(text(size))
                seconds = {name: [check_seconds(words, node.namespace, file) for _ in range(settings.repeats)]
                           for name, words in programs.items()
                           # keepalived's time for instances grows with the square: minutes for the largest.
                           if not (name == "keepalived" and what == "instances" and size > 10_000)}
                own[size] = statistics.median(seconds["holdfast"])
                report("parse", f"{size} {what}", seconds, "s")
            growth = own[settings.sizes[-1]] / own[settings.sizes[-2]]
            print(f"{'parse':<10} {what}: {settings.sizes[-1] // settings.sizes[-2]} times the size takes {growth:.1f} times as long",
                  flush=True)


def own_ticks(pid):
    """Processor time of the daemon and of its children themselves, by process."""
    ticks = {}
    for each in (str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        ticks[each] = int(fields[11]) + int(fields[12])
    return ticks


def own_seconds(before, after):
    """Of the processes that were there all the time: the daemon's, not the scripts'."""
    return sum(after[pid] - before[pid] for pid in before.keys() & after.keys()) / os.sysconf("SC_CLK_TCK")


def scripts_text(count):
    return "".join(f"vrrp_script s{at} {{\n script /usr/bin/true\n interval 1\n user root\n}}\n" for at in range(count)) + instance(
        version=3, lines=block("track_script", *(f"s{at} weight 1" for at in range(count))))


def checks_text(count):
    return "".join(f"vrrp_check s{at} {{\n check tcp 10.255.0.1:8080\n interval 1\n}}\n" for at in range(count)) + instance(
        version=3, lines=block("track_check", *(f"s{at} weight 1" for at in range(count))))


def share(daemon, text, seconds):
    """Of one processor, while nothing but the checks happens."""
    with netns.Network(LAN) as network, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        listener = netns.inside(network["A"].namespace, lambda: socket.create_server(("10.255.0.1", 8080), backlog=4096))
        running = daemon(network["A"], Path(folder) / "A", text)
        accepting = subprocess.Popen([sys.executable, "-c", "import os, socket, sys\n"
                                      "s = socket.socket(fileno=int(sys.argv[1]))\nwhile True: s.accept()[0].close()",
                                      str(listener.fileno())], pass_fds=[listener.fileno()])
        try:
            running.wait_state("VI_1", "MASTER")
            time.sleep(1)  # what starting takes is not measured
            begin, before = time.monotonic(), own_ticks(running.pid)
            time.sleep(seconds)
            return own_seconds(before, own_ticks(running.pid)) / (time.monotonic() - begin)
        finally:
            running.end()
            accepting.kill()
            accepting.wait()
            listener.close()


def measure_checks(settings):
    count, seconds = settings.checks
    used = {name: [share(daemon, scripts_text(count), seconds) for _ in range(settings.repeats)] for name, daemon in DAEMONS.items()}
    report("checks", f"{count} scripts", used, "of one processor")
    built_in = statistics.median(share(peers.Holdfast, checks_text(count), seconds) for _ in range(settings.repeats))
    scripts = statistics.median(used["holdfast"])
    print(f"{'checks':<10} {count} built-in checks of a port     holdfast {built_in:.4f} of one processor   "
          f"{built_in / scripts if scripts else 0:.2f} of its scripts", flush=True)


MEASURES = {"failover": measure_failover, "guard": measure_guard, "addresses": measure_addresses,
            "checks": measure_checks, "parse": measure_parse, "watched": measure_watched}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help="failover, guard, addresses, checks, parse, watched; default: all")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="small sizes, one repeat: does it run?")
    settings = parser.parse_args()
    unknown = set(settings.measures) - set(MEASURES)
    if unknown:
        parser.error(f"no such measure: {', '.join(sorted(unknown))}")
    if os.geteuid() != 0:
        parser.error("it makes network namespaces: run it as root")
    settings.addresses, settings.sizes, settings.checks = 10_000, (1_000, 10_000, 100_000), (200, 10)
    settings.watched = (1_000, 20)
    if settings.smoke:
        settings.repeats, settings.addresses, settings.sizes, settings.checks = 1, 300, (100, 1_000), (20, 2)
        settings.watched = (40, 3)
    for name in settings.measures or MEASURES:
        MEASURES[name](settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
