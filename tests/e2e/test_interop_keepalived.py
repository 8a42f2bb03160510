"""Holdfast and Debian's keepalived are one virtual router, whoever is active.

    lan: A.eth0 192.0.2.1/24 2001:db8::1/64 --- B.eth0 192.0.2.2/24 2001:db8::2/64
"""

import pytest
from settings import SCHEDULING_S, block, down_interval, instance, password

A_V4, B_V4 = "192.0.2.1", "192.0.2.2"
V4, V6 = ("192.0.2.100/24",), ("fe80::100/64", "2001:db8::100/64")


def unicast(own, other):
    return (f"unicast_src_ip {own}", *block("unicast_peer", other))


# name -> (interval in seconds, how to write the instance of a side with its own and the other's address)
KINDS = {
    "v2-pass": (1, lambda own, other, **k: instance(version=2, addresses=V4, lines=password(), **k)),
    "v3-ipv4": (0.2, lambda own, other, **k: instance(version=3, addresses=V4, **k)),
    "v3-ipv6": (0.2, lambda own, other, **k: instance(version=3, addresses=V6, **k)),
    "v2-unicast": (1, lambda own, other, **k: instance(version=2, addresses=V4,
                                                       lines=(*password(), *unicast(own, other)), **k)),
    "v3-unicast": (0.2, lambda own, other, **k: instance(version=3, addresses=V4, lines=unicast(own, other), **k)),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def texts(kind, a_priority, b_priority, **settings):
    """Configurations for A and for B."""
    interval, write = KINDS[kind]
    return (write(A_V4, B_V4, interval=interval, priority=a_priority, **settings),
            write(B_V4, A_V4, interval=interval, priority=b_priority, **settings))


def virtual(kind):
    return (V6 if kind == "v3-ipv6" else V4)[-1]


def test_holdfast_leads_and_keepalived_takes_over(lab, kind):
    interval = KINDS[kind][0]
    ours, theirs = texts(kind, 150, 100)
    b = lab.keepalived("B", theirs)
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", ours)
    # Ours is the higher priority: keepalived gives way.
    a.wait_state("VI_1", "MASTER")
    b.wait_state("VI_1", "BACKUP")
    lab.net["B"].wait_for_no_address(virtual(kind))
    lab.net["A"].wait_for_address(virtual(kind))

    # It listens to us: no takeover while we live.
    here = b.log.here()
    lab.wire.wait_adverts("A", 51, count=8, since=lab.wire.here())
    assert not b.log.find("Entering MASTER", here)

    a.kill_all()
    last = lab.wire.adverts_of("A", 51)[-1].time
    first = lab.wire.wait_adverts("B", 51, since=last)[0].time
    assert down_interval(100, interval) - interval < first - last < down_interval(100, interval) + SCHEDULING_S


def test_our_farewell_makes_keepalived_take_over_at_once(lab, kind):
    interval = KINDS[kind][0]
    ours, theirs = texts(kind, 150, 100)
    a = lab.holdfast("A", ours)
    a.wait_state("VI_1", "MASTER")
    b = lab.keepalived("B", theirs)
    b.wait_state("VI_1", "BACKUP")
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert a.stop() == 0
    farewell = lab.wire.wait_adverts("A", 51, priority=0)[0]
    first = lab.wire.wait_adverts("B", 51, since=farewell.time)[0]
    assert first.time - farewell.time < (256 - 100) / 256 * interval + SCHEDULING_S
    lab.net["A"].wait_for_no_address(virtual(kind))


def test_keepalived_leads_and_holdfast_takes_over(lab, kind):
    interval = KINDS[kind][0]
    ours, theirs = texts(kind, 100, 150)
    a = lab.holdfast("A", ours)
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    b = lab.keepalived("B", theirs)
    # Ours is the lower priority: we give way.
    assert "150" in a.wait_state("VI_1", "BACKUP", here).group("cause")
    b.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_no_address(virtual(kind))

    here = a.log.here()
    lab.wire.wait_adverts("B", 51, count=8, since=lab.wire.here())
    assert a.changes("VI_1", here) == []

    b.kill_all()
    last = lab.wire.adverts_of("B", 51)[-1].time
    first = lab.wire.wait_adverts("A", 51, since=last)[0].time
    assert down_interval(100, interval) - interval < first - last < down_interval(100, interval) + SCHEDULING_S
    lab.net["A"].wait_for_address(virtual(kind))


def test_keepalived_says_farewell_and_holdfast_takes_over_at_once(lab, kind):
    interval = KINDS[kind][0]
    ours, theirs = texts(kind, 100, 150)
    b = lab.keepalived("B", theirs)
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", ours)
    a.wait_state("VI_1", "BACKUP")
    lab.wire.wait_adverts("B", 51, count=2, since=lab.wire.here())
    b.stop()
    farewell = lab.wire.wait_adverts("B", 51, priority=0)[0]
    first = lab.wire.wait_adverts("A", 51, since=farewell.time)[0]
    assert first.time - farewell.time < (256 - 100) / 256 * interval + SCHEDULING_S
    assert "resign" in a.wait_state("VI_1", "MASTER").group("cause")


@pytest.mark.parametrize("ours_is_higher", [True, False], ids=["ours-higher", "theirs-higher"])
def test_a_tie_goes_to_the_higher_address(lab, ours_is_higher):
    """Both start as MASTER with one priority: one of them must yield, and both must agree which.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    node, rival = ("B", "A") if ours_is_higher else ("A", "B")
    text = instance(state="MASTER", priority=100, lines=password())
    theirs = lab.keepalived(rival, text)
    theirs.wait_state("VI_1", "MASTER")
    ours = lab.holdfast(node, text)
    if ours_is_higher:
        # Equal priority does not wake a Backup: keepalived's goes on until ours asks as MASTER.
        ours.wait_state("VI_1", "BACKUP")
        lab.net.cut(rival, "eth0")
        ours.wait_state("VI_1", "MASTER")
        here = theirs.log.here()
        lab.net.mend(rival, "eth0")
        theirs.log.wait("Entering BACKUP STATE", here)
        mended = lab.wire.here()
        lab.wire.wait_adverts(node, 51, count=5, since=mended)
        assert not theirs.log.find("Entering MASTER", theirs.log.here())
    else:
        ours.wait_state("VI_1", "BACKUP")
        lab.wire.wait_adverts(rival, 51, count=5, since=lab.wire.here())
        assert ours.changes("VI_1")[-1] == "BACKUP"
    assert ours.changes("VI_1")[-1] == ("MASTER" if ours_is_higher else "BACKUP")


@pytest.mark.parametrize("ours_is_higher", [True, False], ids=["ours-higher", "theirs-higher"])
def test_two_masters_of_one_priority_leave_the_higher_address(lab, ours_is_higher):
    """Both are MASTER behind a broken switch port; when it is mended, the lower address yields.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    node, rival = ("B", "A") if ours_is_higher else ("A", "B")
    text = instance(priority=100, lines=(*password(), "dont_track_primary"))
    lab.net.cut(rival, "eth0")
    lab.net[rival].wait_for_link("eth0", up=False)
    theirs = lab.keepalived(rival, text)
    ours = lab.holdfast(node, text)
    theirs.wait_state("VI_1", "MASTER")
    ours.wait_state("VI_1", "MASTER")
    lab.net.mend(rival, "eth0")
    mended = lab.wire.here()
    if ours_is_higher:
        theirs.wait_state("VI_1", "BACKUP", theirs.log.here())
        lab.wire.wait_adverts(node, 51, count=5, since=mended)
        assert ours.changes("VI_1")[-1] == "MASTER"
    else:
        ours.wait_state("VI_1", "BACKUP", ours.log.here())
        lab.net[node].wait_for_no_address("192.0.2.100")
        lab.wire.wait_adverts(rival, 51, count=5, since=mended)
        assert ours.changes("VI_1")[-1] == "BACKUP"


def test_keepalived_learns_our_interval_and_we_learn_its(lab):
    """v3: a Backup waits as long as its Active's interval asks, not its own.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    b = lab.keepalived("B", instance(version=3, interval=0.5, priority=150))
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", instance(version=3, interval=0.3, priority=100))
    a.wait_state("VI_1", "BACKUP")
    lab.wire.wait_adverts("B", 51, count=4, since=lab.wire.here())
    assert a.changes("VI_1") == ["BACKUP"]
    b.kill_all()
    last = lab.wire.adverts_of("B", 51)[-1].time
    first = lab.wire.wait_adverts("A", 51, since=last)[0]
    assert down_interval(100, 0.5) - 0.5 < first.time - last < down_interval(100, 0.5) + SCHEDULING_S
    assert first.interval == 0.3
