"""A crash, a hang, a reload, an upgrade is no failover: keepalived, as the peer, never leaves Backup.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import shutil
import signal
import time

import peers
import pytest
from evidence import note
from lines import wait_until
from peers import children_of, command, program, states_of
from settings import SCHEDULING_S, instance

INTERVAL = 0.1
ACTIVE = {"interval": INTERVAL, "version": 3, "priority": 200}
PEER = {"interval": INTERVAL, "version": 3, "priority": 100}


class Pair:
    """Holdfast with programs of its own as the Active router, keepalived as its Backup."""

    def __init__(self, lab, own=ACTIVE, peer=PEER, options=(), more=""):
        self.lab = lab
        self.wire = lab.wire
        self.bin = lab.folder / "bin"
        self.bin.mkdir()
        for name in ("holdfastd", "holdfast-vrrp", "holdfast-check"):
            shutil.copy(program(name), self.bin / name)
        (lab.folder / "own.conf").write_text(instance(**own) + more)
        self.runtime = lab.folder / "own"
        self.a = lab._add(peers.Daemon(lab.net["A"], [
            str(self.bin / "holdfastd"), "-n", "-l", "-D", "-G", "-f", str(lab.folder / "own.conf"), "--runtime-dir",
            str(self.runtime), *options]))
        lab._holdfast_nodes.add("A")
        self.a.log.wait(r" VI_1: \w+ -> MASTER: ")
        lab.net["A"].wait_for_address("192.0.2.100")
        self.b = lab.keepalived("B", instance(**peer))
        self.b.wait_state("VI_1", "BACKUP")
        self.interval = own["interval"]
        self.log_here, self.peer_here, self.news = self.a.log.here(), self.b.log.here(), lab.net["A"].news.here()

    def pid(self, which):
        return int((self.runtime / f"{which}.pid").read_text())

    def control(self, *words):
        return command("holdfast", *words, "--runtime-dir", str(self.runtime), node=self.lab.net["A"])

    def gap_while(self, action):
        """The longest time between two adverts of A, from before the action until well after it."""
        start = self.wire.wait_adverts("A", 51, count=3, since=self.wire.here())[-1].time
        action()
        end = self.wire.wait_adverts("A", 51, count=10, since=self.wire.here())[-1].time
        return self.wire.longest_gap("A", 51, start, end)

    def assert_nobody_noticed(self):
        assert not self.b.log.find(r"Entering MASTER STATE", self.peer_here)
        assert not self.wire.adverts_of("B", 51, since=self.wire.here() - 1)
        assert not self.wire.adverts_of("A", 51, priority=0)
        assert not self.lab.net["A"].news.find(r"192\.0\.2\.100", self.news)
        assert not self.a.log.find(r" VI_1: \w+ -> ", self.log_here)


def evidence(what, gap):
    note(f"longest advert gap, {what}", f"{gap / INTERVAL:.2f}", "advert intervals of 100 ms")


def test_a_reload(lab):
    pair = Pair(lab)

    def reload():
        done = pair.control("reload")
        assert (done.returncode, done.stdout) == (0, "reload complete\n"), done

    evidence("reload", pair.gap_while(reload))
    pair.assert_nobody_noticed()


def test_a_reload_with_twenty_thousand_idle_addresses(lab):
    many = [f"10.{number >> 8 & 255}.{number & 255}.{last}/32" for number in range(100) for last in range(1, 201)]
    idle = "global_defs {\n dynamic_interfaces\n}\n" + instance(name="VI_2", interface="absent0", vrid=52, addresses=many)
    pair = Pair(lab, more=idle)

    def reload():
        done = pair.control("reload")
        assert done.returncode == 0 and done.stdout.startswith("reload complete, with 1 finding"), done

    evidence("reload with 20,000 idle addresses", pair.gap_while(reload))
    pair.assert_nobody_noticed()


def test_a_killed_vrrp_process(lab):
    pair = Pair(lab)
    dead = pair.pid("vrrp")

    def kill():
        os.kill(dead, signal.SIGKILL)
        pair.a.log.wait("processes restarted", pair.log_here)

    evidence("vrrp process killed", pair.gap_while(kill))
    pair.assert_nobody_noticed()
    assert pair.pid("vrrp") != dead


def test_a_stopped_vrrp_process(lab):
    pair = Pair(lab)

    def stop():
        os.kill(pair.pid("vrrp"), signal.SIGSTOP)
        pair.a.log.wait("holdfast-vrrp hangs: no sign of life for", pair.log_here)
        pair.a.log.wait("processes restarted", pair.log_here)

    evidence("vrrp process hangs", pair.gap_while(stop))
    pair.assert_nobody_noticed()


@pytest.mark.parametrize("number", (signal.SIGKILL, signal.SIGSTOP), ids=("killed", "stopped"))
def test_the_checker(lab, number):
    pair = Pair(lab)

    def end():
        os.kill(pair.pid("checkers"), number)
        if number == signal.SIGKILL:
            pair.a.log.wait("processes restarted", pair.log_here)

    evidence(f"checker {'killed' if number == signal.SIGKILL else 'hangs'}", pair.gap_while(end))
    pair.assert_nobody_noticed()


def test_core_that_stands_still(lab):
    pair = Pair(lab)
    evidence("core hangs", pair.gap_while(lambda: os.kill(pair.a.pid, signal.SIGSTOP)))
    pair.assert_nobody_noticed()
    os.kill(pair.a.pid, signal.SIGCONT)
    assert pair.a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_core_killed_without_a_service_manager_is_an_orderly_end(lab):
    pair = Pair(lab)
    family = children_of(pair.a.pid)
    os.kill(pair.a.pid, signal.SIGKILL)
    farewell = lab.wire.wait_adverts("A", 51, priority=0)[0]
    first = lab.wire.wait_adverts("B", 51, since=farewell.time)[0]
    assert first.time - farewell.time < INTERVAL + SCHEDULING_S  # a skew time, not a down interval more
    lab.net["A"].wait_for_no_address("192.0.2.100")
    pair.a.log.wait_end()
    assert not [state for state in states_of(family) if state != "Z"]  # who inherits them may be slow to reap


def test_a_crash_loop_ends_in_a_farewell(lab):
    pair = Pair(lab)
    for number in range(1, 6):
        here = pair.a.log.here()
        dead = pair.pid("vrrp")
        os.kill(dead, signal.SIGKILL)
        pair.a.log.wait("holdfast-vrrp died", here)
        if number < 5:
            pair.a.log.wait("processes restarted", here)
            lab.wire.wait_adverts("A", 51, since=lab.wire.here())
    pair.a.log.wait("holdfast-vrrp died 5 times within 60 s: this node says farewell", pair.log_here)
    assert pair.a.process.wait(20) == 70
    farewell = lab.wire.wait_adverts("A", 51, priority=0)[0]
    first = lab.wire.wait_adverts("B", 51, since=farewell.time)[0]
    note("peer takes over after a crash loop's farewell", f"{(first.time - farewell.time) * 1000:.0f}", "ms (skew 61 ms)")
    assert not lab.net["A"].has("192.0.2.100")
    pair.b.wait_state("VI_1", "MASTER", pair.peer_here)


def test_the_limit_of_crashes_can_be_set(lab):
    pair = Pair(lab, options=("--crash-limit=1/1",))
    os.kill(pair.pid("vrrp"), signal.SIGKILL)
    assert pair.a.process.wait(20) == 70
    assert not lab.net["A"].has("192.0.2.100")


def test_an_upgrade(lab):
    pair = Pair(lab)
    core, vrrp = pair.a.pid, pair.pid("vrrp")
    for name in ("holdfastd", "holdfast-vrrp", "holdfast-check"):  # as a package manager replaces programs
        shutil.copy(program(name), pair.bin / "fresh")
        (pair.bin / "fresh").rename(pair.bin / name)

    def upgrade():
        done = pair.control("upgrade")
        assert done.returncode == 0 and done.stdout.startswith("upgraded to "), done

    evidence("upgrade", pair.gap_while(upgrade))
    pair.assert_nobody_noticed()
    assert pair.pid("holdfastd") == core and pair.pid("vrrp") != vrrp
    assert os.readlink(f"/proc/{core}/exe") == str(pair.bin / "holdfastd")
    evidence("second upgrade", pair.gap_while(upgrade))
    assert pair.control("reload").returncode == 0
    pair.assert_nobody_noticed()
    # Whoever has just ended is a zombie until core looks; nobody stays one. Nothing tells of that.
    wait_until(lambda: "Z" not in states_of(children_of(core)), "no zombies", lambda left: time.sleep(min(left, 0.01)))
    assert pair.a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_an_upgrade_to_programs_that_do_not_run_changes_nothing(lab):
    pair = Pair(lab)
    broken = pair.bin / "broken"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    broken.rename(pair.bin / "holdfastd")
    done = pair.control("upgrade")
    assert done.returncode == 1 and "cannot be run; nothing has changed" in done.stderr, done
    shutil.copy(program("holdfastd"), pair.bin / "fresh")
    (pair.bin / "fresh").rename(pair.bin / "holdfastd")
    other = pair.bin / "other"
    other.write_text("#!/bin/sh\nexit 3\n")
    other.chmod(0o755)
    other.rename(pair.bin / "holdfast-vrrp")
    done = pair.control("upgrade")
    assert done.returncode == 1 and "the old processes go on" in done.stderr, done
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())
    pair.assert_nobody_noticed()
    assert pair.a.stop() == 0


def test_a_spare_waits_where_a_start_takes_too_long(lab):
    fast = {**ACTIVE, "interval": 0.01}
    slow = "".join(f"vrrp_script s{number} {{\n script /bin/true\n interval 1\n}}\n" for number in range(3000))
    pair = Pair(lab, own=fast, peer={**fast, "priority": 100}, more=slow)
    pair.a.log.wait("a spare is ready")
    spare = peers.watch_children(pair.a.pid, 4)
    here = pair.a.log.here()
    os.kill(pair.pid("vrrp"), signal.SIGKILL)
    pair.a.log.wait("processes restarted", here)
    assert pair.pid("vrrp") in spare
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())
    assert pair.a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_who_was_stopped_for_longer_than_its_peers_wait_withdraws_first(lab):
    pair = Pair(lab)
    family = [pair.a.pid, *children_of(pair.a.pid)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    pair.b.wait_state("VI_1", "MASTER", pair.peer_here)
    lab.wire.wait_adverts("B", 51, count=10, since=lab.wire.here())
    resumed = lab.wire.here()
    for pid in family:
        os.kill(pid, signal.SIGCONT)
    match = pair.a.log.wait(r" VI_1: MASTER -> BACKUP: (.*)", pair.log_here)
    assert match.group(1).startswith("this host stood still for "), match.group(0)
    pair.a.log.wait(r" VI_1: BACKUP -> MASTER: only lower priority 100 heard from 192.0.2.2", pair.log_here)
    back = lab.wire.wait_adverts("A", 51, since=resumed)[0].time
    assert back - resumed > 3 * INTERVAL  # a whole down interval was listened first
    lab.net["A"].wait_for_address("192.0.2.100")


def test_a_standby_that_was_stopped_does_not_take_its_deafness_for_silence(lab):
    pair = Pair(lab)
    c = lab.holdfast("B", instance(vrid=52, addresses=("192.0.2.120/24",), **PEER))
    c.wait_state("VI_1", "MASTER")
    d = lab.holdfast("A", instance(vrid=52, addresses=("192.0.2.120/24",), interval=INTERVAL, version=3, priority=90))
    d.wait_state("VI_1", "BACKUP")
    here = d.log.here()
    family = [d.pid, *children_of(d.pid)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    lab.wire.wait_adverts("B", 52, count=12, since=lab.wire.here())
    for pid in family:
        os.kill(pid, signal.SIGCONT)
    lab.wire.wait_adverts("B", 52, count=12, since=lab.wire.here())
    assert d.changes("VI_1", here) == []
    pair.assert_nobody_noticed()
