"""What core does when its processes die, hang or cannot start, and when orders cross one another.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import select
import shutil
import signal
import stat

import peers
import pytest
from peers import children_of, program, states_of
from settings import instance

FAST = {"interval": 0.2, "version": 3, "priority": 200}


class Own:
    """A daemon whose programs are copies, so that a test can put another one in the place of holdfast-vrrp."""

    def __init__(self, lab, text, options=()):
        self.bin = lab.folder / "bin"
        self.bin.mkdir()
        for name in ("holdfastd", "holdfast-vrrp", "holdfast-check"):
            shutil.copy(program(name), self.bin / name)
        self.file = lab.folder / "own.conf"
        self.file.write_text(text)
        self.runtime = lab.folder / "own"
        self.daemon = peers.Daemon(lab.net["A"], [str(self.bin / "holdfastd"), "-n", "-l", "-D", "-G", "-f", str(self.file),
                                                  "--runtime-dir", str(self.runtime), *options])
        self.log = self.daemon.log
        self.log.wait(r" VI_1: \w+ -> MASTER: ")
        lab.net["A"].wait_for_address("192.0.2.100")

    def vrrp(self):
        return int((self.runtime / "vrrp.pid").read_text())

    def put(self, script):
        """From now on holdfast-vrrp is this script; None: itself again."""
        fresh = self.bin / "fresh"
        if script is None:
            shutil.copy(program("holdfast-vrrp"), fresh)
        else:
            fresh.write_text("#!/bin/sh\n" + script)
            fresh.chmod(fresh.stat().st_mode | stat.S_IXUSR)
        fresh.rename(self.bin / "holdfast-vrrp")


@pytest.fixture
def own(lab):
    made = []

    def start(text=None, **settings):
        made.append(Own(lab, text or instance(**FAST), **settings))
        return made[0]

    yield start
    for one in made:
        one.daemon.end()


def test_a_reload_whose_processes_cannot_start_changes_nothing_and_leaves_no_zombie(lab, own):
    a = own()
    before = a.vrrp()
    a.put("exit 3")
    for _ in range(3):
        here = a.log.here()
        a.daemon.signal(signal.SIGHUP)
        a.log.wait("reload refused, nothing has changed: holdfast-vrrp ended: exit status 3", here)
    a.put(None)
    here = a.log.here()
    a.daemon.signal(signal.SIGHUP)
    a.log.wait("reload complete", here)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert a.vrrp() != before
    assert "Z" not in states_of(children_of(a.daemon.pid))
    assert not lab.wire.adverts_of("A", 51, priority=0)
    assert a.daemon.stop() == 0


def test_who_dies_during_a_reload_that_is_refused_is_restarted(lab, own):
    a = own()
    news = lab.net["A"].news.here()
    a.put(f"echo $$ > {lab.folder}/sleeper; exec sleep 1000")
    here = a.log.here()
    a.daemon.signal(signal.SIGHUP)
    peers.watch_folder(lab.folder, lambda: (lab.folder / "sleeper").exists() and (lab.folder / "sleeper").read_text(),
                       "the new process")
    os.kill(a.vrrp(), signal.SIGKILL)
    a.log.wait("holdfast-vrrp died: killed by SIGKILL", here)
    a.put(None)
    os.kill(int((lab.folder / "sleeper").read_text()), signal.SIGKILL)
    a.log.wait("reload refused", here)
    a.log.wait("processes restarted", here)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert not lab.net["A"].news.find(r"192\.0\.2\.100", news)
    assert a.daemon.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_a_stop_in_the_middle_of_a_hand_over_leaves_no_address(lab, own):
    """The old process hangs when it is asked to hand over.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    a = own()
    os.kill(a.vrrp(), signal.SIGSTOP)
    here = a.log.here()
    a.daemon.signal(signal.SIGHUP)
    a.log.wait("new processes are ready", here)
    assert a.daemon.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_a_stop_while_a_dead_process_waits_for_its_successor_leaves_no_address(lab, own):
    a = own()
    here = a.log.here()
    os.kill(a.vrrp(), signal.SIGKILL)  # the first successor comes at once, the second after a second
    a.log.wait("processes restarted", here)
    here = a.log.here()
    os.kill(a.vrrp(), signal.SIGKILL)
    a.log.wait("holdfast-vrrp died", here)
    assert a.daemon.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_a_successor_that_dies_in_the_hand_over_is_replaced(lab, own):
    a = own()
    old = a.vrrp()
    os.kill(old, signal.SIGSTOP)
    here = a.log.here()
    a.daemon.signal(signal.SIGHUP)
    a.log.wait("new processes are ready", here)
    new = [pid for pid in children_of(a.daemon.pid)
           if pid != old and open(f"/proc/{pid}/comm").read().strip() == "holdfast-vrrp"]
    os.kill(new[-1], signal.SIGKILL)
    a.log.wait("processes restarted", here)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert a.daemon.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_a_reload_that_removes_every_instance_leaves_no_address(lab, own):
    a = own()
    a.file.write_text("global_defs {\n    router_id X\n}\n")
    here = a.log.here()
    a.daemon.signal(signal.SIGHUP)
    a.log.wait("reload complete", here)
    lab.net["A"].wait_for_no_address("192.0.2.100")
    a.file.write_text(instance(**FAST))
    a.daemon.signal(signal.SIGHUP)
    lab.net["A"].wait_for_address("192.0.2.100")
    assert a.daemon.stop() == 0


@pytest.mark.parametrize("keyword", ["net_namespace", "instance"])
def test_a_reload_does_not_change_where_the_daemon_lives(lab, own, keyword):
    a = own()
    value = lab.net["B"].namespace if keyword == "net_namespace" else "other"
    a.file.write_text(f"{keyword} {value}\n" + instance(**FAST))
    here = a.log.here()
    a.daemon.signal(signal.SIGHUP)
    a.log.wait(f"reload refused, nothing has changed: {keyword} .*restart", here)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    a.file.write_text(instance(**FAST))
    a.daemon.signal(signal.SIGHUP)
    a.log.wait("reload complete", here)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert not lab.net["B"].has("192.0.2.100")
    assert a.daemon.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, 36, 63, 64])
def test_signals_that_come_while_the_daemon_starts_do_not_end_it(lab, own, number):
    """startup_script holds the start up; the signal comes meanwhile.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    """
    script = lab.folder / "startup"
    script.write_text(f"#!/bin/sh\nkill -{int(number)} $PPID\n")
    script.chmod(0o755)
    a = own(f"global_defs {{\n    startup_script {script}\n    script_user root\n}}\n" + instance(**FAST))
    assert a.daemon.running()
    a.daemon.signal(number)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert a.daemon.stop() == 0


def test_without_respawn_a_death_ends_the_daemon(own):
    a = own(options=["-R"])
    end = os.pidfd_open(a.daemon.pid)
    os.kill(a.vrrp(), signal.SIGKILL)
    assert select.select([end], [], [], 20)[0], "did not end"
    os.close(end)
    assert a.daemon.process.wait() == 1
