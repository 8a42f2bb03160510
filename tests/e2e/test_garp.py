"""Announcements: gratuitous ARP and unsolicited neighbour advertisements, as often and as late as written.

    lan: A.eth0 192.0.2.1/24 2001:db8::1/64 --- B.eth0 192.0.2.2/24 2001:db8::2/64
"""

from capture import mac_of
from settings import SCHEDULING_S, instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}
V4, V6 = "192.0.2.100", "2001:db8::100"


def test_five_at_once_and_five_after_the_delay(lab):
    a = lab.holdfast("A", instance(lines=["garp_master_delay 2"], **FAST))
    a.wait_state("VI_1", "MASTER")
    first_advert = lab.wire.wait_adverts("A", 51)[0].time
    heard = lab.wire.wait_announcements("A", V4, count=10)
    assert all(first_advert < one.time < first_advert + SCHEDULING_S for one in heard[:5])
    assert all(2 - 0.05 < one.time - first_advert < 2 + SCHEDULING_S for one in heard[5:])
    frame = heard[0].frame
    assert frame[:6] == b"\xff" * 6
    assert frame[20:22] == b"\x00\x01" and frame[32:38] == b"\xff" * 6  # a request, its target unknown
    assert heard[0].mac == frame[6:12].hex(":") == mac_of(lab.net["A"], "eth0")
    # And no more of them.
    lab.wire.wait_adverts("A", 51, count=10, since=lab.wire.here())
    assert len(lab.wire.announcements_of("A", V4)) == 10


def test_repeat_and_no_delay(lab):
    a = lab.holdfast("A", instance(lines=["garp_master_repeat 2", "garp_master_delay 0"], **FAST))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_announcements("A", V4, count=2)
    lab.wire.wait_adverts("A", 51, count=10, since=lab.wire.here())
    assert len(lab.wire.announcements_of("A", V4)) == 2


def test_refresh(lab):
    a = lab.holdfast("A", instance(lines=["garp_master_repeat 1", "garp_master_delay 0", "garp_master_refresh 1",
                                          "garp_master_refresh_repeat 2"], **FAST))
    a.wait_state("VI_1", "MASTER")
    times = [one.time for one in lab.wire.wait_announcements("A", V4, count=5)]
    assert all(0.9 < later - earlier < 1 + SCHEDULING_S for earlier, later in ((times[0], times[1]), (times[1], times[3])))
    assert times[2] - times[1] < SCHEDULING_S and times[4] - times[3] < SCHEDULING_S


def test_ipv6_neighbour_advertisements(lab):
    a = lab.holdfast("A", instance(addresses=("fe80::100/64", f"{V6}/64"),
                                   lines=["garp_master_repeat 3", "garp_master_delay 0"], **FAST))
    a.wait_state("VI_1", "MASTER")
    heard = lab.wire.wait_announcements("A", V6, count=3)
    lab.wire.wait_announcements("A", "fe80::100", count=3)
    frame = heard[0].frame
    assert frame[:6].hex() == "333300000001" and frame[21] == 255
    assert frame[58] & 0x20 and not frame[58] & 0x40  # overrides, and was not asked for
    assert frame[22:38] == frame[62:78]  # from the address itself


def test_the_interval_between_frames_is_kept_and_delays_no_advert(lab):
    """100 addresses, 20 ms apart: two seconds of announcements beside ten adverts a second.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    many = [f"10.0.0.{at}/32" for at in range(1, 101)]
    text = ("global_defs {\n    vrrp_garp_interval 0.02\n}\n"
            + instance(addresses=many, lines=["garp_master_repeat 1", "garp_master_delay 0"], **FAST))
    a = lab.holdfast("A", text)
    a.wait_state("VI_1", "MASTER")
    start = lab.wire.wait_adverts("A", 51)[0].time
    last = lab.wire.wait_announcements("A", "10.0.0.100")[0].time
    times = sorted(one.time for one in lab.wire.announcements_of("A"))
    assert len(times) == 100
    assert times[-1] - times[0] >= 99 * 0.02 * 0.9
    assert lab.wire.longest_gap("A", 51, start, last) < 0.1 + SCHEDULING_S


def test_an_advert_of_lower_priority_is_answered_with_an_advert_and_announcements(lab):
    """B cannot hear: the switch passes its adverts to A and none to it.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    a = lab.holdfast("A", instance(lines=["garp_master_delay 0", "garp_master_repeat 1", "garp_lower_prio_repeat 3",
                                          "garp_lower_prio_delay 0"], **FAST))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_announcements("A", V4)
    lab.net["B"].exec("nft", "add table netdev deaf; add chain netdev deaf in "
                      "{ type filter hook ingress device eth0 priority 0; }; add rule netdev deaf in ip protocol 112 drop")
    since = lab.wire.here()
    b = lab.holdfast("B", instance(interval=0.1, version=3, priority=100))
    b.wait_state("VI_1", "MASTER")
    lab.wire.wait_announcements("A", V4, count=3, since=since)
    a.log.wait("lower priority 100 heard from 192.0.2.2")
    assert a.changes("VI_1") == ["BACKUP", "MASTER"]
    lab.net["B"].exec("nft", "delete table netdev deaf")
    b.wait_state("VI_1", "BACKUP", since=2)
