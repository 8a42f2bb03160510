"""Interfaces that fail, vanish, come back and change their name while the daemon runs.

    lan: A.eth0 192.0.2.1/24 --- W.eth0 192.0.2.9/24
    dmz: A.eth1 198.51.100.1/24 --- W.eth1 198.51.100.9/24
"""

from settings import block, instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}
DYNAMIC = "global_defs {\n    dynamic_interfaces\n}\n"


def test_carrier_loss_is_a_fault_and_its_return_ends_it(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    lab.net.cut("A", "eth0")
    assert "link eth0 down" in a.wait_state("VI_1", "FAULT", here).group("cause")
    lab.net["A"].wait_for_no_address("192.0.2.100")
    lab.net.mend("A", "eth0")
    assert "link eth0 up" in a.wait_state("VI_1", "BACKUP", here).group("cause")
    a.wait_state("VI_1", "MASTER", here)
    lab.net["A"].wait_for_address("192.0.2.100")


def test_a_link_set_down_by_hand_is_a_fault(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    lab.net["A"].ip("link", "set", "eth0", "down")
    a.wait_state("VI_1", "FAULT", here)
    lab.net["A"].ip("link", "set", "eth0", "up")
    a.wait_state("VI_1", "MASTER", here)
    lab.net["A"].wait_for_address("192.0.2.100")


def test_a_tracked_link_resigns_on_the_one_that_works(lab):
    a = lab.holdfast("A", instance(lines=block("track_interface", "eth1"), **FAST))
    a.wait_state("VI_1", "MASTER")
    here, cut = a.log.here(), lab.wire.here()
    lab.net.cut("A", "eth1")
    a.wait_state("VI_1", "FAULT", here)
    lab.wire.wait_adverts("A", 51, since=cut, priority=0)


def test_a_weighted_link_lowers_the_priority(lab):
    a = lab.holdfast("A", instance(lines=block("track_interface", "eth1 weight -50"), **FAST))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_adverts("A", 51, priority=200)
    cut = lab.wire.here()
    lab.net.cut("A", "eth1")
    lab.wire.wait_adverts("A", 51, priority=150, since=cut)
    lab.net.mend("A", "eth1")
    lab.wire.wait_adverts("A", 51, priority=200, since=lab.wire.here())
    assert a.changes("VI_1")[-1] == "MASTER"


def test_an_interface_that_is_removed_and_made_again_works_again(lab):
    a = lab.holdfast("A", DYNAMIC + instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    lab.net["A"].ip("link", "del", "eth0")
    a.wait_state("VI_1", "FAULT", here)
    lab.net.attach("A", "eth0", "lan", ["192.0.2.1/24"])
    lab.wire.relearn()
    a.wait_state("VI_1", "MASTER", here)
    lab.net["A"].wait_for_address("192.0.2.100")
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())


def test_an_interface_that_comes_late_is_taken_when_it_comes(lab):
    a = lab.holdfast("A", DYNAMIC + instance(interface="eth7", **FAST))
    a.wait_state("VI_1", "FAULT")
    here = a.log.here()
    lab.net.attach("A", "eth7", "lan", ["192.0.2.7/24"])
    lab.wire.relearn()
    a.wait_state("VI_1", "MASTER", here)
    assert lab.wire.wait_adverts("A", 51)[0].source == "192.0.2.7"


def test_a_missing_interface_without_dynamic_interfaces_stops_the_start(lab):
    a = lab.holdfast("A", instance(interface="eth7", **FAST))
    assert a.process.wait(20) == 2
    a.log.wait("eth7")


def test_an_interface_that_is_renamed_away_and_back(lab):
    a = lab.holdfast("A", DYNAMIC + instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    node = lab.net["A"]
    here = a.log.here()
    node.ip("link", "set", "eth0", "down")
    node.ip("link", "set", "eth0", "name", "wan0")
    node.ip("link", "set", "wan0", "up")
    a.wait_state("VI_1", "FAULT", here)
    node.ip("link", "set", "wan0", "down")
    node.ip("link", "set", "wan0", "name", "eth0")
    node.ip("link", "set", "eth0", "up")
    a.wait_state("VI_1", "MASTER", here)
    node.wait_for_address("192.0.2.100")
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())


def test_losing_the_source_address_is_a_fault_until_there_is_one_again(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    node = lab.net["A"]
    node.ip("addr", "del", "192.0.2.1/24", "dev", "eth0")
    a.wait_state("VI_1", "FAULT", here)
    node.ip("addr", "add", "192.0.2.3/24", "dev", "eth0")
    a.wait_state("VI_1", "MASTER", here)
    assert lab.wire.wait_adverts("A", 51, since=lab.wire.here())[0].source == "192.0.2.3"
