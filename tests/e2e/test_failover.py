"""Two hosts, two networks, one service, from the sample configuration files: both addresses are always on the
same host.

    front: A.eno16777736 192.168.1.104/24 --- B.eno16777736 192.168.1.109/24
    back:  A.eno33554984 192.168.1.105/24 --- B.eno33554984 192.168.1.106/24
"""

from pathlib import Path

import pytest
from settings import SCHEDULING_S, down_interval

SAMPLES = Path(__file__).resolve().parents[2] / "conf" / "samples"
VIRTUAL = ("192.168.1.111", "192.168.1.112")
VRIDS = (51, 52)


def held_by(node):
    return tuple(address for address in VIRTUAL if node.has(address))


@pytest.fixture
def pair(lab):
    """Both daemons; A, with the higher priority, is MASTER of both instances."""
    a = lab.holdfast("A", SAMPLES / "two-nodes-a.conf")
    b = lab.holdfast("B", SAMPLES / "two-nodes-b.conf")
    for instance in ("VI_1", "VI_2"):
        a.wait_state(instance, "MASTER")
        b.wait_state(instance, "BACKUP")
    for address in VIRTUAL:
        lab.net["A"].wait_for_address(address)
    assert held_by(lab.net["B"]) == ()
    return lab, a, b


def test_a_link_failure_moves_both_addresses_and_its_repair_moves_nothing_back(pair):
    lab, a, b = pair
    cut_at = lab.wire.here()
    lab.net.cut("A", "eno33554984")
    for instance in ("VI_1", "VI_2"):
        assert "link eno33554984 down" in a.wait_state(instance, "FAULT").group("cause")
        b.wait_state(instance, "MASTER")
    for address in VIRTUAL:
        lab.net["B"].wait_for_address(address)
        lab.net["A"].wait_for_no_address(address)
    # The farewell on the link that still works makes it quick: no waiting for the down timer.
    assert lab.wire.adverts_of("A", 51, cut_at, priority=0)

    here_a, here_b = a.log.here(), b.log.here()
    lab.net.mend("A", "eno33554984")
    a.wait_state("VI_2", "BACKUP", here_a)
    mended = lab.wire.here()
    # Longer than any down timer of A: it had every occasion to take the addresses back.
    for vrid in VRIDS:
        lab.wire.wait_adverts("B", vrid, count=6, since=mended)
    assert b.changes("VI_1", here_b) == [] and b.changes("VI_2", here_b) == []
    assert held_by(lab.net["B"]) == VIRTUAL and held_by(lab.net["A"]) == ()


def test_death_of_all_processes_moves_both_addresses_within_the_down_interval(pair):
    lab, a, b = pair
    lab.wire.wait_adverts("A", 51, count=2)
    lab.wire.wait_adverts("A", 52, count=2)
    a.kill_all()
    killed = lab.wire.here()
    b.wait_state("VI_1", "MASTER")
    b.wait_state("VI_2", "MASTER")
    for vrid in VRIDS:
        last = lab.wire.adverts_of("A", vrid)[-1].time
        first = lab.wire.wait_adverts("B", vrid, since=killed)[0].time
        # Both wait for the later of two timers: the group moves as one.
        assert down_interval(90) - 1.0 < first - last < down_interval(90) + SCHEDULING_S
    for address in VIRTUAL:
        lab.net["B"].wait_for_address(address)


def test_the_causes_are_in_the_log(pair):
    lab, a, b = pair
    assert "no advert" in a.wait_state("VI_1", "MASTER").group("cause")
    a.kill_all()
    cause = b.wait_state("VI_1", "MASTER").group("cause")
    assert "no advert from 192.168.1.10" in cause and " s" in cause


def test_an_orderly_stop_hands_over_at_once_and_leaves_no_address(pair):
    lab, a, b = pair
    before = lab.wire.here()
    assert a.stop() == 0
    assert held_by(lab.net["A"]) == ()
    for vrid in VRIDS:
        farewell = lab.wire.wait_adverts("A", vrid, since=before, priority=0)[0].time
        first = lab.wire.wait_adverts("B", vrid, since=farewell)[0].time
        assert first - farewell < (256 - 90) / 256 + SCHEDULING_S
    for address in VIRTUAL:
        lab.net["B"].wait_for_address(address)
    assert b.stop() == 0
    assert held_by(lab.net["B"]) == ()
    for node, given in (("A", "192.168.1.104/24"), ("B", "192.168.1.109/24")):
        assert given in lab.net[node].addresses("eno16777736")


def test_keepalived_reads_the_same_files(lab):
    """The samples are keepalived's own language: one host runs it, the other runs Holdfast.

    front: A.eno16777736 192.168.1.104/24 --- B.eno16777736 192.168.1.109/24
    back:  A.eno33554984 192.168.1.105/24 --- B.eno33554984 192.168.1.106/24
    """
    b = lab.keepalived("B", (SAMPLES / "two-nodes-b.conf").read_text())
    b.wait_state("VI_1", "BACKUP")
    a = lab.holdfast("A", SAMPLES / "two-nodes-a.conf")
    a.wait_state("VI_1", "MASTER")
    lab.net.cut("A", "eno33554984")
    b.wait_state("VI_1", "MASTER")
    b.wait_state("VI_2", "MASTER")
    for address in VIRTUAL:
        lab.net["A"].wait_for_no_address(address)
        lab.net["B"].wait_for_address(address)
