"""Virtual addresses: added as written, put back when somebody takes them, and nothing of anybody else touched.

    lan: A.eth0 192.0.2.1/24 2001:db8::1/64 --- W.eth0 192.0.2.9/24
    dmz: A.eth1 198.51.100.1/24 --- W.eth1 198.51.100.9/24
"""

import re

import pytest
from settings import block, instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}


def test_an_address_that_somebody_removes_is_put_back_and_the_log_says_so(lab):
    a = lab.holdfast("A", instance(**FAST))
    node = lab.net["A"]
    node.wait_for_address("192.0.2.100")
    here, news = a.log.here(), node.news.here()
    node.ip("addr", "del", "192.0.2.100/24", "dev", "eth0")
    a.log.wait(r"VI_1: address 192\.0\.2\.100/24 on eth0 was removed by somebody else", here)
    node.news.wait(r"Deleted .*inet 192\.0\.2\.100/24", news)
    node.wait_for_address("192.0.2.100")
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())


def test_an_address_removed_again_and_again_comes_back_and_does_not_flood_the_log(lab):
    a = lab.holdfast("A", instance(**FAST))
    node = lab.net["A"]
    for _ in range(20):
        node.wait_for_address("192.0.2.100")
        node.ip("addr", "del", "192.0.2.100/24", "dev", "eth0", check=False)
    node.wait_for_address("192.0.2.100")
    assert len(a.log.find("removed by somebody else")) < 15


def test_a_foreign_address_is_used_but_never_removed(lab):
    node = lab.net["A"]
    node.ip("addr", "add", "192.0.2.100/24", "dev", "eth0")
    node.ip("addr", "add", "192.0.2.77/24", "dev", "eth0")
    a = lab.holdfast("A", instance(addresses=("192.0.2.100/24", "192.0.2.101/24"), **FAST))
    a.log.wait(r"192\.0\.2\.100.* was there already and is not ours")
    node.wait_for_address("192.0.2.101")
    assert a.stop() == 0
    assert node.has("192.0.2.100") and node.has("192.0.2.77") and not node.has("192.0.2.101")


def test_label_scope_broadcast_and_device_are_as_written(lab):
    a = lab.holdfast("A", instance(addresses=(
        "192.0.2.100/24 brd 192.0.2.255 label eth0:one", "192.0.2.101/32 scope link", "198.51.100.100/24 dev eth1",
        "192.0.2.102/28 brd +"), **FAST))
    a.wait_state("VI_1", "MASTER")
    node = lab.net["A"]
    for address in ("192.0.2.100", "192.0.2.101", "198.51.100.100", "192.0.2.102"):
        node.wait_for_address(address)
    text = node.ip("-o", "addr", "show")
    assert re.search(r"192\.0\.2\.100/24 brd 192\.0\.2\.255 scope global (secondary )?(proto \S+ )?eth0:one", text)
    assert re.search(r"192\.0\.2\.101/32 scope link", text)
    assert re.search(r"eth1 .*198\.51\.100\.100/24", text)
    assert re.search(r"192\.0\.2\.102/28 brd 192\.0\.2\.111", text)


def test_excluded_addresses_are_held_but_not_advertised_and_may_be_of_the_other_family(lab):
    lines = block("virtual_ipaddress_excluded", "192.0.2.110/24", "2001:db8::110/64")
    a = lab.holdfast("A", instance(lines=lines, **FAST))
    a.wait_state("VI_1", "MASTER")
    node = lab.net["A"]
    for address in ("192.0.2.100", "192.0.2.110", "2001:db8::110"):
        node.wait_for_address(address)
    assert lab.wire.wait_adverts("A", 51)[0].addresses == ("192.0.2.100",)
    lab.wire.wait_announcements("A", "192.0.2.110")
    lab.wire.wait_announcements("A", "2001:db8::110")
    assert a.stop() == 0
    assert not any(node.has(address) for address in ("192.0.2.100", "192.0.2.110", "2001:db8::110"))


def test_ipv6_addresses_are_usable_at_once(lab):
    a = lab.holdfast("A", instance(addresses=("fe80::100/64", "2001:db8::100/64"), **FAST))
    a.wait_state("VI_1", "MASTER")
    node = lab.net["A"]
    node.wait_for_address("2001:db8::100")
    assert "tentative" not in node.ip("-6", "-o", "addr", "show", "dev", "eth0")
    assert "2001:db8::100" in lab.wire.wait_adverts("A", 51)[0].addresses


def test_what_a_killed_daemon_left_behind_is_removed_at_start(lab):
    text = instance(**FAST)
    a = lab.holdfast("A", text)
    node = lab.net["A"]
    node.wait_for_address("192.0.2.100")
    a.kill_all()
    assert node.has("192.0.2.100")
    news = node.news.here()
    again = lab.holdfast("A", text)
    again.log.wait("left behind by a dead process removed")
    node.news.wait(r"Deleted .*inet 192\.0\.2\.100/24", news)
    again.wait_state("VI_1", "MASTER")
    node.wait_for_address("192.0.2.100")


def test_keeping_addresses_at_exit_is_an_option(lab):
    a = lab.holdfast("A", instance(**FAST), options=["-V"])
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.100")
    assert a.stop() == 0
    assert lab.net["A"].has("192.0.2.100")


def test_static_addresses_and_routes_are_there_in_any_state(lab):
    text = "\n".join((*block("static_ipaddress", "198.51.100.50/24 dev eth1"),
                      *block("static_routes", "203.0.113.0/24 via 198.51.100.9 dev eth1"), ""))
    node = lab.net["A"]
    a = lab.holdfast("A", text + instance(priority=50))
    a.wait_state("VI_1", "BACKUP")
    node.wait_for_address("198.51.100.50")
    assert "203.0.113.0/24 via 198.51.100.9 dev eth1" in node.ip("route")
    node.ip("addr", "del", "198.51.100.50/24", "dev", "eth1")
    node.wait_for_address("198.51.100.50")
    assert a.stop() == 0
    assert not node.has("198.51.100.50") and "203.0.113.0/24" not in node.ip("route")


def test_virtual_routes_and_rules_move_with_the_instance(lab):
    lines = (*block("virtual_routes", "203.0.113.0/24 via 192.0.2.9 dev eth0", "default via 192.0.2.9 dev eth0 table 7"),
             *block("virtual_rules", "from 192.0.2.100/32 table 7 priority 100"))
    a = lab.holdfast("A", instance(lines=lines, **FAST))
    a.wait_state("VI_1", "MASTER")
    node = lab.net["A"]
    node.wait_for_address("192.0.2.100")
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())
    assert "203.0.113.0/24 via 192.0.2.9 dev eth0" in node.ip("route")
    assert "default via 192.0.2.9" in node.ip("route", "show", "table", "7")
    assert re.search(r"100:\s+from 192\.0\.2\.100 lookup 7", node.ip("rule"))
    assert a.stop() == 0
    assert "203.0.113.0/24" not in node.ip("route") and "lookup 7" not in node.ip("rule")


@pytest.mark.parametrize("count", [1000, 10_000])
def test_many_addresses_never_delay_an_advert(lab, count):
    """Ten adverts a second go on while thousands of addresses come and go.

    lan: A.eth0 10.1.255.254/16 --- W.eth0 10.1.255.253/16
    """
    many = [f"10.1.{at // 250}.{at % 250 + 1}/16" for at in range(count)]
    a = lab.holdfast("A", instance(addresses=("10.1.200.1/16",), lines=block("virtual_ipaddress_excluded", *many), **FAST))
    a.wait_state("VI_1", "MASTER")
    first = lab.wire.wait_adverts("A", 51)[0].time
    node = lab.net["A"]
    node.wait_for_address(many[-1])
    end = lab.wire.wait_adverts("A", 51, count=5, since=lab.wire.here())[-1].time
    assert lab.wire.longest_gap("A", 51, first, end) < 0.2 + 0.1
    assert len(node.addresses("eth0")) >= count + 2
    assert a.stop() == 0
    assert len([address for address in node.addresses("eth0") if address.startswith("10.1.")]) == 1
