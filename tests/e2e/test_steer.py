"""Operators' orders: failover, drain, resume and the log level, with Holdfast and with keepalived as the peer.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import json
import os
import re
import signal

import pytest
from lines import eventually
from peers import command
from settings import instance

INTERVAL = 0.2
VIP = "192.0.2.100/24"


def unit(priority, name="VI_1", vrid=51, **settings):
    return instance(name=name, vrid=vrid, version=3, interval=INTERVAL, priority=priority, **settings)


def grouped(priority):
    return (unit(priority) + unit(priority, "VI_2", 52, addresses=("192.0.2.101/24",))
            + "vrrp_sync_group VG_1 {\n    group {\n        VI_1\n        VI_2\n    }\n}\n")


def order(daemon, *words):
    return command("holdfast", words[0], "--runtime-dir", str(daemon.runtime), *words[1:])


def ordered(daemon, *words):
    done = order(daemon, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shown(daemon, name="VI_1"):
    """What `holdfast status --json` says of an instance."""
    done = command("holdfast", "status", "--json", "--runtime-dir", str(daemon.runtime))
    assert done.returncode in (0, 1), done.stderr  # 1: one of them is in Fault
    return next(one for one in json.loads(done.stdout)["instances"] if one["name"] == name)


def wait_order(daemon, kind, name="VI_1"):
    """Until it is published that this order stands, or none."""
    def has_it():
        one = shown(daemon, name)
        return one if (one["order"] or {"kind": None})["kind"] == kind else None
    return eventually(has_it, f"the order {kind}")


@pytest.fixture
def pair(lab):
    """A leads with priority 150, B follows with 100; both preempt."""
    a = lab.holdfast("A", unit(150))
    a.wait_state("VI_1", "MASTER")
    b = lab.holdfast("B", unit(100))
    b.wait_state("VI_1", "BACKUP")
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    return a, b


def test_failover_away_stays_away_until_it_is_resumed(lab, pair):
    a, b = pair
    here = a.log.here()
    answer = ordered(a, "failover", "VI_1")
    assert re.fullmatch(r"VI_1: 192\.0\.2\.2 \(priority 100\) is Active, [\d.]+ s after this node resigned; "
                        r"`holdfast resume VI_1` ends that\n", answer)
    lab.wire.wait_adverts("A", 51, priority=0)
    a.log.wait("HF2731 VI_1: an operator ordered it away from this node")
    assert a.wait_state("VI_1", "BACKUP", here).group("cause") == "handed over by an operator"
    b.wait_state("VI_1", "MASTER")
    here = a.log.here()
    lab.wire.wait_adverts("B", 51, count=15, since=lab.wire.here())
    assert not a.changes("VI_1", here)
    wait_order(a, "handed-over")
    screen = command("holdfast", "status", "--runtime-dir", str(a.runtime)).stdout
    assert re.search(r"handed over by an operator .* ago; `holdfast resume VI_1` ends it", screen)
    why = command("holdfast", "why", "--runtime-dir", str(a.runtime)).stdout
    assert "Active -> Backup" in why and "handed over by an operator" in why
    assert ordered(a, "resume", "VI_1") == "VI_1 goes by the usual rules again\n"
    a.wait_state("VI_1", "MASTER", here)
    wait_order(a, None)


def test_failover_to_this_node_takes_over_from_a_stronger_one_until_it_is_resumed(lab, pair):
    a, b = pair
    answer = ordered(b, "failover", "VI_1")
    assert answer == ("VI_1: this node is Active, with priority 254, and 192.0.2.1 has given way; "
                      "`holdfast resume VI_1` ends that\n")
    assert "an operator ordered it to take over from 192.0.2.1" in b.wait_state("VI_1", "MASTER").group("cause")
    a.wait_state("VI_1", "BACKUP")
    here = b.log.here()
    lab.wire.wait_adverts("B", 51, count=15, priority=254)
    assert not b.changes("VI_1", here)
    assert wait_order(b, "taken-over")["priority"] == 254
    ordered(b, "resume")
    b.wait_state("VI_1", "BACKUP", here)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())


def test_what_does_not_fit_is_refused_with_a_reason(lab, pair):
    a, b = pair
    done = order(b, "failover", "--to-peer", "VI_1")
    assert done.returncode == 1
    assert done.stderr == "VI_1: it is not Active here; 192.0.2.1 is, with priority 150\n"
    ordered(b, "failover", "VI_1")
    a.wait_state("VI_1", "BACKUP")
    done = order(a, "failover", "VI_1")
    assert done.returncode == 1
    assert done.stderr == "VI_1: 192.0.2.2 is Active, with priority 254, and would not give way\n"
    done = order(a, "failover", "VI_9")
    assert done.returncode == 1 and "there is no instance and no sync group VI_9" in done.stderr
    assert order(a, "failover").returncode == 64
    assert order(a, "resume", "--never").returncode == 64
    done = command("holdfast", "drain", "--json", "--runtime-dir", "/nonexistent")
    assert done.returncode == 3
    assert json.loads(done.stdout)["outcome"] == "not-running"


def test_failover_to_nobody_comes_back_and_says_so(lab):
    a = lab.holdfast("A", unit(150))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    done = order(a, "failover", "--json", "VI_1")
    assert done.returncode == 9
    answer = json.loads(done.stdout)
    assert answer["schema"] == 1 and answer["outcome"] == "nobody-took-over"
    assert re.fullmatch(r"VI_1: nobody took over within [\d.]+ s: this node is Active again", answer["text"])
    assert "but nobody took over for" in a.wait_state("VI_1", "MASTER", here).group("cause")
    a.log.wait("HF2733 VI_1")
    wait_order(a, None)


def test_drain_of_the_only_one_is_done_and_says_what_it_means(lab):
    a = lab.holdfast("A", unit(150))
    a.wait_state("VI_1", "MASTER")
    done = order(a, "drain")
    assert done.returncode == 9
    assert "nobody has been heard" in done.stderr and "the service is stopped here" in done.stderr
    lab.net["A"].wait_for_no_address(VIP)
    ordered(a, "resume")
    a.wait_state("VI_1", "MASTER", a.log.here())


def test_a_drained_node_stays_away_whatever_happens(lab, pair):
    a, b = pair
    assert re.match(r"VI_1: drained; 192\.0\.2\.2 \(priority 100\) is Active, ", ordered(a, "drain", "VI_1"))
    a.log.wait("HF2730 VI_1: drained by an operator")
    assert ordered(a, "drain") == "VI_1 was drained before\n"
    b.wait_state("VI_1", "MASTER")
    here = a.log.here()
    assert a.reload(unit(200))
    os.kill(a.child("vrrp"), signal.SIGKILL)
    a.log.wait("processes restarted", here)
    assert "upgraded" in ordered(a, "upgrade")
    b.kill_all()
    lab.wire.wait_adverts("B", 51)
    assert wait_order(a, "drained")["state"] == "Fault"
    assert "MASTER" not in a.changes("VI_1", here)
    assert order(a, "failover", "VI_1").stderr == "VI_1: it is drained by an operator\n"
    ordered(a, "resume", "VI_1")
    a.wait_state("VI_1", "MASTER", here)


def test_who_handed_over_takes_over_when_the_peer_falls_silent(lab, pair):
    a, b = pair
    ordered(a, "failover", "VI_1")
    b.wait_state("VI_1", "MASTER")
    here = a.log.here()
    b.kill_all()
    assert "no advert from 192.0.2.2" in a.wait_state("VI_1", "MASTER", here).group("cause")
    a.log.wait("HF2733 VI_1", here)


def test_orders_outlive_the_process_that_took_them(lab, pair):
    a, b = pair
    ordered(b, "failover", "VI_1")
    here = b.log.here()
    os.kill(b.child("vrrp"), signal.SIGKILL)
    b.log.wait("processes restarted", here)
    lab.wire.wait_adverts("B", 51, count=10, priority=254, since=lab.wire.here())
    wait_order(b, "taken-over")
    assert b.reload(unit(100, lines=("garp_master_delay 1",)))
    lab.wire.wait_adverts("B", 51, count=10, priority=254, since=lab.wire.here())
    assert not b.changes("VI_1", here)


def test_a_member_moves_its_whole_group(lab):
    a = lab.holdfast("A", grouped(150))
    a.wait_state("VI_2", "MASTER")
    b = lab.holdfast("B", grouped(100))
    for name in ("VI_1", "VI_2"):
        b.wait_state(name, "BACKUP")
    lab.wire.wait_adverts("A", 52, count=2, since=lab.wire.here())
    assert ordered(a, "failover", "VI_2").startswith("VG_1: 192.0.2.2 (priority 100) is Active")
    for name in ("VI_1", "VI_2"):
        b.wait_state(name, "MASTER")
        wait_order(a, "handed-over", name)
    here = b.log.here()
    ordered(a, "resume", "VG_1")
    for name in ("VI_1", "VI_2"):
        b.wait_state(name, "BACKUP", here)


def test_keepalived_takes_over_and_keeps_it_until_resume(lab):
    b = lab.keepalived("B", unit(100))
    a = lab.holdfast("A", unit(150))
    a.wait_state("VI_1", "MASTER")
    here = b.log.here()
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here())
    assert "192.0.2.2 (priority 100) is Active" in ordered(a, "failover", "--to-peer", "VI_1")
    b.wait_state("VI_1", "MASTER", here)
    here = a.log.here()
    lab.wire.wait_adverts("B", 51, count=15, since=lab.wire.here())
    assert not a.changes("VI_1", here)
    lab.net["B"].wait_for_address(VIP)
    ordered(a, "resume", "VI_1")
    a.wait_state("VI_1", "MASTER", here)
    lab.net["A"].wait_for_address(VIP)


def test_a_stronger_keepalived_gives_way_to_an_order(lab):
    b = lab.keepalived("B", unit(150))
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", unit(100))
    a.wait_state("VI_1", "BACKUP")
    lab.wire.wait_adverts("B", 51, count=2, since=lab.wire.here())
    here = b.log.here()
    assert "192.0.2.2 has given way" in ordered(a, "failover", "VI_1")
    b.wait_state("VI_1", "BACKUP", here)
    lab.net["B"].wait_for_no_address(VIP)
    here = b.log.here()
    lab.wire.wait_adverts("A", 51, count=15, since=lab.wire.here())
    assert not b.log.find("Entering MASTER", here)
    ordered(a, "resume", "VI_1")
    b.wait_state("VI_1", "MASTER", here)


def test_the_log_level_changes_for_all_processes_and_outlives_them(lab):
    a = lab.holdfast("A", unit(150))
    a.wait_state("VI_1", "MASTER")
    assert ordered(a, "log-level") == "info\n"
    assert ordered(a, "log-level", "warning") == "warning\n"
    a.log.wait("HF2734 the log level is warning, it was info")
    here = a.log.here()
    os.kill(a.child("vrrp"), signal.SIGKILL)
    a.log.wait("holdfast-vrrp died", here)
    eventually(lambda: order(a, "reload").stdout == "reload complete\n", "a reload after the restart")
    order(a, "drain")
    order(a, "resume")
    assert ordered(a, "upgrade")
    assert ordered(a, "log-level") == "warning\n"
    lines = "\n".join(a.log.all()[here:])
    assert "BACKUP" not in lines and "reload complete" not in lines and "HF2730" not in lines
    assert ordered(a, "log-level", "debug") == "debug\n"
    assert ordered(a, "reload")
    a.log.wait("the new processes are ready", here)
    done = order(a, "log-level", "--json", "loud")
    assert done.returncode == 1 and json.loads(done.stdout)["outcome"] == "refused"
