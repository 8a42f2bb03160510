"""What a node holds in the kernel: ours through reloads, crashes and other people's fingers; theirs never touched.

    lan: A.eth0 192.0.2.1/24 2001:db8::1/64 --- W.eth0 192.0.2.9/24
    dmz: A.eth1 198.51.100.1/24 --- W.eth1 198.51.100.9/24
"""

import os
import re
import signal
import subprocess
import sys

from peers import watch_folder
from settings import block, instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}
ROUTES = block("virtual_routes", "203.0.113.0/24 via 192.0.2.9 dev eth0", "default via 192.0.2.9 dev eth0 table 7")
RULES = block("virtual_rules", "from 192.0.2.100/32 table 7 priority 100", "to 203.0.113.0/24 table 7")


def master(lab, text, **options):
    a = lab.holdfast("A", text, **options)
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.100")
    return a


def adverts(lab, count=3):
    """Something to wait for: so many adverts later."""
    lab.wire.wait_adverts("A", 51, count=count, since=lab.wire.here())


def waits_for(lab, claim, adverts_at_most=100):
    for _ in range(adverts_at_most):
        if claim():
            return True
        adverts(lab, 1)
    return False


def test_a_foreign_address_outlives_reload_and_stop(lab):
    node = lab.net["A"]
    node.ip("addr", "add", "192.0.2.100/24", "dev", "eth0")
    text = instance(addresses=("192.0.2.100/24", "192.0.2.101/24"), **FAST)
    a = master(lab, text)
    node.wait_for_address("192.0.2.101")
    assert a.reload(text)
    assert a.stop() == 0
    assert node.has("192.0.2.100") and not node.has("192.0.2.101")


def test_foreign_addresses_go_when_the_command_line_says_so(lab):
    node = lab.net["A"]
    node.ip("addr", "add", "192.0.2.100/24", "dev", "eth0")
    a = master(lab, instance(**FAST), options=["-X"])
    assert a.stop() == 0
    assert not node.has("192.0.2.100")


def test_a_reload_keeps_routes_and_rules_and_takes_away_the_dropped_ones(lab):
    node = lab.net["A"]
    a = master(lab, instance(lines=(*ROUTES, *RULES), **FAST))
    assert waits_for(lab, lambda: "16384:" in node.ip("rule"))
    assert a.reload()
    adverts(lab)
    assert "203.0.113.0/24" in node.ip("route") and "16384:" in node.ip("rule")
    assert a.reload(instance(lines=ROUTES[:2] + ROUTES[3:], **FAST))
    assert waits_for(lab, lambda: "lookup 7" not in node.ip("rule"))
    assert "default" not in node.ip("route", "show", "table", "7", check=False)
    assert "203.0.113.0/24" in node.ip("route")
    a.log.wait("the new configuration changes VI_1: virtual_routes; VI_1: virtual_rules")
    assert a.stop() == 0
    assert "203.0.113.0/24" not in node.ip("route")


def test_routes_and_rules_of_a_killed_daemon_are_removed_at_start(lab):
    node = lab.net["A"]
    text = instance(lines=(*ROUTES, *RULES), **FAST)
    a = master(lab, text)
    assert waits_for(lab, lambda: "16384:" in node.ip("rule"))
    a.kill_all()
    again = lab.holdfast("A", instance(name="VI_1", interval=20, version=3, lines=(*ROUTES, *RULES)))
    again.wait_state("VI_1", "BACKUP")
    node.wait_for_no_address("192.0.2.100")
    again.signal(signal.SIGUSR2)  # answered after the removal began
    watch_folder(again.runtime, lambda: (again.runtime / "keepalived.stats").exists(), "the statistics file")
    node.wait_for(lambda: "lookup 7" not in node.ip("rule"), "has no rule left")
    assert "203.0.113.0/24" not in node.ip("route")


def test_the_successor_of_a_killed_process_still_knows_its_routes(lab):
    node = lab.net["A"]
    a = master(lab, instance(lines=(*ROUTES, *RULES), **FAST))
    assert waits_for(lab, lambda: "16384:" in node.ip("rule"))
    here = a.log.here()
    os.kill(a.child("vrrp"), signal.SIGKILL)
    a.log.wait("1 instances go on where the process before stopped, 1 of them as MASTER", here)
    adverts(lab)
    assert "203.0.113.0/24" in node.ip("route") and "16384:" in node.ip("rule")
    assert a.stop() == 0
    assert "203.0.113.0/24" not in node.ip("route") and "lookup 7" not in node.ip("rule")
    assert not node.has("192.0.2.100")


def test_a_route_or_rule_that_somebody_removes_is_put_back(lab):
    node = lab.net["A"]
    a = master(lab, instance(lines=(*ROUTES, *RULES), **FAST))
    assert waits_for(lab, lambda: "16384:" in node.ip("rule"))
    here = a.log.here()
    node.ip("rule", "del", "priority", "100")
    a.log.wait("VI_1: rule 100: from 192.0.2.100/32 lookup 7 was removed by somebody else", here)
    assert waits_for(lab, lambda: "100:" in node.ip("rule"))
    node.ip("route", "del", "203.0.113.0/24")
    assert waits_for(lab, lambda: "203.0.113.0/24" in node.ip("route"))
    assert a.changes("VI_1", here) == []
    assert a.stop() == 0
    assert "203.0.113.0/24" not in node.ip("route") and "lookup 7" not in node.ip("rule")


def test_a_refused_route_is_named_with_a_remedy_and_tried_again(lab):
    node = lab.net["A"]
    a = master(lab, instance(lines=block("virtual_routes", "203.0.113.0/24 via 10.9.9.9"), **FAST))
    refusal = a.log.wait(r"VI_1: the kernel refused to add route 203\.0\.113\.0/24.*").group(0)
    assert "unreachable" in refusal and "not reachable from this host's addresses" in refusal
    node.ip("addr", "add", "10.9.9.1/24", "dev", "eth1")
    assert waits_for(lab, lambda: "203.0.113.0/24" in node.ip("route"))


def test_static_routes_come_back_with_their_link(lab):
    node = lab.net["A"]
    text = "\n".join((*block("static_routes", "203.0.113.0/24 via 198.51.100.9 dev eth1"), ""))
    master(lab, text + instance(**FAST))
    assert waits_for(lab, lambda: "203.0.113.0/24" in node.ip("route"))
    node.ip("link", "set", "eth1", "down")
    assert "203.0.113.0/24" not in node.ip("route")
    node.ip("link", "set", "eth1", "up")
    assert waits_for(lab, lambda: "203.0.113.0/24" in node.ip("route"))


def test_a_link_that_goes_down_is_not_somebody_else(lab):
    """The kernel itself takes IPv6 addresses from a link that is set down."""
    a = lab.holdfast("A", instance(addresses=("fe80::100/64", "2001:db8::100/64"), **FAST))
    a.wait_state("VI_1", "MASTER")
    node = lab.net["A"]
    node.wait_for_address("2001:db8::100")
    here = a.log.here()
    node.ip("link", "set", "eth0", "down")
    a.wait_state("VI_1", "FAULT", here)
    node.ip("link", "set", "eth0", "up")
    a.wait_state("VI_1", "MASTER", here)
    node.wait_for_address("2001:db8::100")
    assert not a.log.find("somebody else", here)


def test_lost_news_of_the_kernel_are_made_up_for(lab):
    """While the process sleeps, the kernel tells more than a small buffer holds, and the address is taken away."""
    node = lab.net["A"]
    a = master(lab, "global_defs {\n    vrrp_netlink_monitor_rcv_bufs 4096\n}\n" + instance(**{**FAST, "interval": 2}))
    here = a.log.here()
    family = [a.pid, a.child("vrrp")]  # core first: it would replace a process that hangs
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        orders = "addr del 192.0.2.100/24 dev eth0\n"
        orders += "".join(f"addr add 10.5.0.{at + 1}/32 dev eth1\n" for at in range(200))
        node.exec("ip", "-batch", "-", input=orders)
    finally:
        for pid in reversed(family):
            os.kill(pid, signal.SIGCONT)
    a.log.wait(r"news from the kernel were lost \(ENOBUFS\)", here)
    a.log.wait(r"address 192\.0\.2\.100/24 on eth0 was removed by somebody else", here)
    node.wait_for_address("192.0.2.100")


def test_an_owner_without_another_address_advertises_from_its_own(lab):
    a = lab.holdfast("A", instance(addresses=("192.0.2.1/24",), priority=255, state="MASTER", interval=0.1, version=3))
    a.wait_state("VI_1", "MASTER")
    assert lab.wire.wait_adverts("A", 51)[0].source == "192.0.2.1"
    assert a.stop() == 0
    assert lab.net["A"].has("192.0.2.1")


def test_paced_announcements_neither_stop_the_rest_nor_spin(lab):
    """One gratuitous ARP each 50 ms, and addresses, states and dumps are served meanwhile."""
    many = tuple(f"192.0.2.{at}/24" for at in range(101, 131))
    a = lab.holdfast("A", "global_defs {\n    vrrp_garp_interval 0.05\n}\n" + instance(addresses=many, **FAST))
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.130")
    ticks = cpu_ticks(a.child("vrrp"))
    sent = lab.wire.wait_announcements("A", "192.0.2.120")
    assert sent
    adverts(lab, 20)
    assert cpu_ticks(a.child("vrrp")) - ticks < 0.5 * os.sysconf("SC_CLK_TCK")
    a.signal(signal.SIGUSR1)
    lab.net["A"].wait_for(lambda: waits_for(lab, lambda: (a.runtime / "keepalived.data").exists()), "dumped")


def cpu_ticks(pid):
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_statistics_can_be_cleared(lab):
    a = master(lab, instance(**FAST))
    adverts(lab, 20)
    stats = a.runtime / "keepalived.stats"

    def sent_after(number):
        stats.unlink(missing_ok=True)
        a.signal(number)
        assert waits_for(lab, lambda: stats.exists())
        return int(re.search(r"Sent: (\d+)", stats.read_text()).group(1))

    before = sent_after(signal.SIGRTMAX - 1)
    assert before >= 20
    assert sent_after(signal.SIGUSR2) < before


def test_an_ipv6_address_that_is_there_with_another_prefix_length_is_used(lab):
    node = lab.net["A"]
    node.ip("addr", "add", "2001:db8::100/64", "dev", "eth0", "nodad")
    a = lab.holdfast("A", instance(addresses=("fe80::100/64", "2001:db8::100"), **FAST))
    a.log.wait("2001:db8::100/128 on eth0 was there already and is not ours")
    assert a.stop() == 0
    assert node.has("2001:db8::100")


FLOOD = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 9)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("192.0.2.9"))
print("ready", flush=True)
while True:
    s.sendto(bytes((0x31, 51, 250, 1, 0, 10, 0, 0, 192, 0, 2, 100)), ("224.0.0.18", 0))
"""


def test_a_flood_of_bad_adverts_stops_neither_adverts_nor_addresses(lab):
    """As fast as one process can send.

    lan: A.eth0 192.0.2.1/24 --- W.eth0 192.0.2.9/24
    """
    with subprocess.Popen(["ip", "netns", "exec", lab.net["W"].namespace, sys.executable, "-c", FLOOD],
                          stdout=subprocess.PIPE) as flood:
        try:
            assert flood.stdout.readline() == b"ready\n"
            a = lab.holdfast("A", instance(**FAST))
            a.wait_state("VI_1", "MASTER")
            lab.net["A"].wait_for_address("192.0.2.100")
            a.signal(signal.SIGUSR2)
            lab.net["A"].wait_for(lambda: waits_for(lab, lambda: (a.runtime / "keepalived.stats").exists()), "answers")
            assert a.changes("VI_1") == ["BACKUP", "MASTER"]
            assert len(a.log.find("its TTL is 9")) < 10
            assert a.stop() == 0
        finally:
            flood.kill()
    assert not lab.net["A"].has("192.0.2.100")
