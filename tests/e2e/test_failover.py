"""The set-up of the samples: two hosts, two networks, one sync group.

      A eno16777736 .104 ---- net1 ---- .109 eno16777736 B        VI_1: VRID 51, 192.168.1.111
      A eno33554984 .105 ---- net2 ---- .106 eno33554984 B        VI_2: VRID 52, 192.168.1.112
"""
import pathlib
import time

import pytest
from support.lab import Capture, Holdfast, wait_until

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "conf/samples"
VIPS = ("192.168.1.111", "192.168.1.112")


class Pair:
    def __init__(self, lab):
        self.a = lab.host("A", eno16777736=("net1", "192.168.1.104/24"), eno33554984=("net2", "192.168.1.105/24"))
        self.b = lab.host("B", eno16777736=("net1", "192.168.1.109/24"), eno33554984=("net2", "192.168.1.106/24"))
        self.on_a = Holdfast(self.a, "a", (SAMPLES / "two-nodes-a.conf").read_text())
        self.on_b = Holdfast(self.b, "b", (SAMPLES / "two-nodes-b.conf").read_text())

    def start(self):
        self.on_a.start()
        self.on_b.start()
        self.on_a.wait_state("group VG1", "MASTER")
        self.both_on(self.a, self.b)
        return self

    @staticmethod
    def both_on(host, other):
        wait_until(lambda: all(host.has(vip) for vip in VIPS), lambda: f"both addresses on {host.name}: {host.addresses()}")
        assert not any(other.has(vip) for vip in VIPS)


@pytest.fixture
def pair(lab):
    return Pair(lab).start()


def test_higher_priority_holds_both_addresses(pair):
    assert "BACKUP -> MASTER" not in pair.on_b.log()


def test_second_link_failing_moves_both_and_its_repair_moves_nothing_back(pair):
    pair.a.cut("eno33554984")
    pair.on_a.wait_state("VI_1", "FAULT")
    pair.on_b.wait_state("group VG1", "MASTER")
    pair.both_on(pair.b, pair.a)
    assert "link eno33554984 down (group VG1)" in pair.on_a.log()
    pair.a.plug("eno33554984")
    pair.on_a.wait_state("VI_1", "BACKUP", count=2)
    # Longer than a down interval: whoever wanted to take over would have.
    deadline = time.monotonic() + 4.5
    while time.monotonic() < deadline:
        pair.both_on(pair.b, pair.a)
        time.sleep(0.1)


def test_kill_of_the_actives_processes_moves_both_within_the_down_interval(lab, pair):
    capture = Capture(lab, "net1")
    wait_until(lambda: pair.a.has(VIPS[0]), "A to be active")
    pair.on_a.kill()
    pair.on_b.wait_state("group VG1", "MASTER")
    wait_until(lambda: all(pair.b.has(vip) for vip in VIPS), "both addresses on B")
    adverts = capture.judge("192.168.1.109")
    before = [float(row["frame.time_relative"]) for row in capture.adverts("192.168.1.104")]
    if before:  # 3 intervals and the skew of priority 90, and the grid that wake-ups share
        silence = float(adverts[0]["frame.time_relative"]) - before[-1]
        assert 3.64 < silence < 3.64 + 0.5, silence


def test_addresses_left_behind_by_a_killed_daemon_go_at_its_next_start(pair):
    pair.on_a.kill()
    pair.on_b.wait_state("group VG1", "MASTER")
    assert pair.a.has(VIPS[0]), "a kill -9 leaves them: this is what the next start has to deal with"
    pair.on_a.start()
    pair.on_a.wait_log("left behind by a dead process removed")
    pair.on_a.wait_state("VI_1", "BACKUP", count=2)
    pair.both_on(pair.b, pair.a)


def test_stop_leaves_no_address_behind_and_the_peer_takes_over_after_the_skew(lab, pair):
    capture = Capture(lab, "net1")
    assert pair.on_a.stop() == 0
    assert not any(pair.a.has(vip) for vip in VIPS)
    pair.on_b.wait_state("group VG1", "MASTER")
    farewells = [row for row in capture.judge("192.168.1.104") if row["vrrp.prio"] == "0"]
    assert len(farewells) == 1
    first = float(capture.adverts("192.168.1.109")[0]["frame.time_relative"])
    wait = first - float(farewells[0]["frame.time_relative"])
    assert 0.648 < wait < 0.648 + 0.5, wait  # (256 - 90) / 256 s
    assert pair.on_b.stop() == 0
    assert not any(pair.b.has(vip) for vip in VIPS)


def test_state_lines_name_instance_states_and_cause(pair):
    pair.on_a.wait_log(r"VI_1: INIT -> BACKUP: started")
    pair.on_a.wait_log(r"VI_1: BACKUP -> MASTER: no advert from anyone for 3\.6\d s \(group VG1\)")
    pair.on_a.kill()
    pair.on_b.wait_log(r"VI_\d: BACKUP -> MASTER: no advert from 192\.168\.1\.10\d for 3\.6\d s \(group VG1\)")
