"""Holdfast beside FRR's vrrpd (VRRPv3), IPv4 and IPv6.

    lan: R.eth0 192.0.2.1/24 2001:db8::1/64 --- H.eth0 192.0.2.2/24 2001:db8::2/64
"""

import pytest
from settings import SCHEDULING_S, down_interval, instance

ADDRESSES = {4: ("192.0.2.100/24",), 6: ("fe80::100/64", "2001:db8::100/64")}


@pytest.fixture(params=[4, 6], ids=["ipv4", "ipv6"])
def family(request):
    return request.param


def ours(family, priority):
    return instance(vrid=5, version=3, interval=0.5, priority=priority, addresses=ADDRESSES[family])


def theirs(lab, family, priority):
    return lab.frr("R", interface="eth0", vrid=5, priority=priority, interval_ms=500, addresses=ADDRESSES[family])


def adverts(lab, node, family, **more):
    return [a for a in lab.wire.adverts_of(node, 5, **more) if (":" in a.source) == (family == 6)]


def test_frr_leads_and_holdfast_takes_over(lab, family):
    peer = theirs(lab, family, 200)
    lab.wire.wait(lambda: adverts(lab, "R", family), "an advert of FRR")
    h = lab.holdfast("H", ours(family, 100))
    h.wait_state("VI_1", "BACKUP")
    lab.wire.wait(lambda: len(adverts(lab, "R", family, since=0)) >= 10, "more adverts of FRR")
    assert h.changes("VI_1") == ["BACKUP"]
    peer.kill_all()
    h.wait_state("VI_1", "MASTER")
    last = adverts(lab, "R", family)[-1].time
    first = lab.wire.wait(lambda: adverts(lab, "H", family), "an advert of Holdfast")[0].time
    assert down_interval(100, 0.5) - 0.5 < first - last < down_interval(100, 0.5) + SCHEDULING_S
    lab.net["H"].wait_for_address(ADDRESSES[family][-1])


def test_holdfast_leads_and_frr_takes_over(lab, family):
    h = lab.holdfast("H", ours(family, 200))
    h.wait_state("VI_1", "MASTER")
    theirs(lab, family, 100)
    # FRR hears us: it stays silent for longer than its down timer.
    lab.wire.wait_adverts("H", 5, count=12, since=lab.wire.here())
    since = lab.wire.here()
    lab.wire.wait_adverts("H", 5, count=12, since=since)
    assert not adverts(lab, "R", family, since=since)
    assert h.stop() == 0
    farewell = lab.wire.wait_adverts("H", 5, priority=0)[0].time
    lab.wire.wait(lambda: adverts(lab, "R", family, since=farewell), "FRR takes over")
    assert adverts(lab, "R", family, since=farewell)[0].time - farewell < 0.5 + SCHEDULING_S
    lab.net["H"].wait_for_no_address(ADDRESSES[family][-1])


def test_frr_gives_way_to_our_higher_priority(lab, family):
    theirs(lab, family, 100)
    lab.wire.wait(lambda: adverts(lab, "R", family), "an advert of FRR")
    h = lab.holdfast("H", ours(family, 200))
    h.wait_state("VI_1", "MASTER")
    since = lab.wire.wait_adverts("H", 5, count=2)[1].time
    lab.wire.wait_adverts("H", 5, count=12, since=since)
    assert not adverts(lab, "R", family, since=since)


def test_we_give_way_to_frrs_higher_priority(lab, family):
    h = lab.holdfast("H", ours(family, 100))
    h.wait_state("VI_1", "MASTER")
    theirs(lab, family, 200)
    h.wait_state("VI_1", "BACKUP")
    lab.net["H"].wait_for_no_address(ADDRESSES[family][-1])
