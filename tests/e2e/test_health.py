"""Health scripts decide who is active: weights, faults, time-outs, rise and fall, across reloads and crashes.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import signal

import pytest
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}
SECURE = "global_defs {\n    script_user root\n    enable_script_security\n}\n"


@pytest.fixture
def verdict(lab):
    """A script whose result is the content of a file: sets it, and gives the script's path."""
    lab.folder.chmod(0o755)
    state = lab.folder / "verdict"
    script = lab.folder / "check.sh"
    script.write_text(f"#!/bin/sh\nread status <{state}\necho said $status\nexit $status\n")
    script.chmod(0o755)

    def put(status):
        fresh = state.with_suffix(".new")
        fresh.write_text(f"{status}\n")
        fresh.rename(state)

    put(0)
    put.path = script
    return put


def script(path, name="chk", interval=0.1, lines=()):
    return "\n".join((f"vrrp_script {name} {{", f'    script "{path}"', f"    interval {interval}", "    user root",
                      *(f"    {line}" for line in lines), "}", ""))


def tracking(*entries, **more):
    return instance(lines=block("track_script", *entries), **{**FAST, **more})


def test_a_failing_script_is_a_fault_and_a_succeeding_one_ends_it(lab, verdict):
    b = lab.holdfast("B", instance(priority=100, **FAST))
    a = lab.holdfast("A", script(verdict.path) + tracking("chk", priority=200))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    verdict(3)
    assert a.wait_state("VI_1", "FAULT", here).group("cause") == "check chk fails"
    a.log.wait("HF2401 check chk fails: exit status 3: said 3", here)
    b.wait_state("VI_1", "MASTER")
    assert not lab.net["A"].has("192.0.2.100")
    here = a.log.here()
    verdict(0)
    assert a.wait_state("VI_1", "BACKUP", here).group("cause") == "check chk succeeds"
    a.wait_state("VI_1", "MASTER", here)


@pytest.mark.parametrize("weight, good, bad", (("-120", 200, 80), ("40", 190, 150), ("-120 reverse", 200, 254)),
                         ids=("negative", "positive", "reverse"))
def test_a_weight_moves_the_priority(lab, verdict, weight, good, bad):
    base = 150 if weight == "40" else 200
    a = lab.holdfast("A", script(verdict.path, lines=(f"weight {weight}",)) + tracking("chk", priority=base))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_adverts("A", 51, priority=good)
    verdict(1)
    lab.wire.wait_adverts("A", 51, count=2, priority=bad)
    verdict(0)
    lab.wire.wait_adverts("A", 51, count=2, since=lab.wire.here(), priority=good)


def test_an_entry_has_its_own_weight(lab, verdict):
    a = lab.holdfast("A", script(verdict.path, lines=("weight -10",)) + tracking("chk weight -50", priority=200))
    a.wait_state("VI_1", "MASTER")
    verdict(1)
    lab.wire.wait_adverts("A", 51, priority=150)


def test_nobody_begins_before_the_first_result(lab):
    lab.folder.chmod(0o755)
    gate = lab.folder / "gate"
    os.mkfifo(gate)
    waits = lab.folder / "waits.sh"
    waits.write_text(f"#!/bin/sh\nread word <{gate}\n")
    waits.chmod(0o755)
    a = lab.holdfast("A", script(waits, interval=60) + tracking("chk", priority=200) +
                     instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST))
    a.wait_state("VI_2", "MASTER")
    assert not a.log.find(r" VI_1: \w+ -> ")
    gate.write_text("go\n")
    a.wait_state("VI_1", "MASTER")


def test_init_fail_begins_in_fault_and_needs_all_of_rise(lab, verdict):
    a = lab.holdfast("A", script(verdict.path, lines=("init_fail", "rise 3")) + tracking("chk", priority=200))
    a.wait_state("VI_1", "FAULT")
    a.wait_state("VI_1", "MASTER")


def test_fall_counts_failures_in_a_row(lab):
    lab.folder.chmod(0o755)
    runs = lab.folder / "runs"
    pattern = lab.folder / "pattern.sh"  # succeeds, fails twice, succeeds, then fails for good
    pattern.write_text(f'#!/bin/sh\necho x >>{runs}\ncase $(wc -l <{runs}) in 1|4) exit 0 ;; esac\nexit 1\n')
    pattern.chmod(0o755)
    a = lab.holdfast("A", script(pattern, lines=("fall 3",)) + tracking("chk", priority=200))
    a.wait_state("VI_1", "FAULT")
    assert len(runs.read_text().split()) >= 7
    assert a.changes("VI_1")[0] == "BACKUP"


def test_a_script_that_hangs_fails_at_its_timeout_with_all_its_children(lab):
    lab.folder.chmod(0o755)
    pids = lab.folder / "pids"
    hangs = lab.folder / "hangs.sh"
    hangs.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! >>{pids}\ntrap '' TERM\nwait\nsleep 1000\n")
    hangs.chmod(0o755)
    a = lab.holdfast("A", script(hangs, interval=5, lines=("timeout 0.3",)) + tracking("chk", priority=200))
    a.log.wait("check chk fails: no result within 0.3 s")
    a.wait_state("VI_1", "FAULT")
    child = int(pids.read_text().split()[0])
    lab.net["A"].wait_for(lambda: not os.path.exists(f"/proc/{child}") or open(f"/proc/{child}/stat").read().split()[2] == "Z",
                          "the script's child ended")


@pytest.mark.parametrize("what", ("missing", "not-executable", "writable-by-others"))
def test_a_check_that_must_not_or_cannot_run_is_left_out_and_said(lab, what):
    lab.folder.chmod(0o755)
    path = lab.folder / "bad.sh"
    if what != "missing":
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod({"not-executable": 0o644, "writable-by-others": 0o757}[what])
    a = lab.holdfast("A", SECURE + script(path) + tracking("chk", priority=200))
    a.log.wait(f"holdfast.conf:[0-9]+:[0-9]+: .*{path}.* \\(left out\\)")
    a.wait_state("VI_1", "MASTER")


def test_a_check_that_vanishes_fails(lab, verdict):
    a = lab.holdfast("A", script(verdict.path) + tracking("chk", priority=200))
    a.wait_state("VI_1", "MASTER")
    os.unlink(verdict.path)
    a.log.wait("check chk fails: .*(No such file|exit status 127)")
    a.wait_state("VI_1", "FAULT")


def test_a_loud_check_costs_nobody_else(lab):
    lab.folder.chmod(0o755)
    path = lab.folder / "loud.sh"
    path.write_text("#!/bin/sh\nhead -c 100000000 /dev/zero | tr '\\0' x\nexit 1\n")
    path.chmod(0o755)
    a = lab.holdfast("A", script(path, interval=1, lines=("timeout 20",)) + tracking("chk", priority=200) +
                     instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST))
    a.wait_state("VI_2", "MASTER")
    a.log.wait("check chk fails: exit status 1: \\.\\.\\. ")
    a.wait_state("VI_1", "FAULT")
    lab.wire.wait_adverts("A", 52, count=3, since=lab.wire.here())


@pytest.mark.parametrize("good", (True, False), ids=("good", "bad"))
def test_a_verdict_outlives_reload_and_crash(lab, verdict, good):
    verdict(0 if good else 1)
    text = script(verdict.path) + tracking("chk", priority=200) + instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    a = lab.holdfast("A", text)
    a.wait_state("VI_1", "MASTER" if good else "FAULT")
    a.wait_state("VI_2", "MASTER")
    here = a.log.here()
    assert a.reload()
    for process in ("vrrp", "checkers"):
        before = a.log.here()
        os.kill(a.child(process), signal.SIGKILL)
        a.log.wait("processes restarted", before)
    lab.wire.wait_adverts("A", 52, count=5, since=lab.wire.here())
    assert a.changes("VI_1", here) == []
    verdict(1 if good else 0)
    a.wait_state("VI_1", "FAULT" if good else "BACKUP", here)


def test_a_group_goes_with_its_script(lab, verdict):
    group = "\n".join(("vrrp_sync_group VG {", *block("group", "VI_1", "VI_2"), *block("track_script", "chk"), "}", ""))
    both = instance(priority=200, **FAST) + instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), priority=200, **FAST)
    a = lab.holdfast("A", script(verdict.path) + both + group)
    a.wait_state("VI_1", "MASTER")
    a.wait_state("VI_2", "MASTER")
    here = a.log.here()
    verdict(1)
    a.wait_state("VI_1", "FAULT", here)
    a.wait_state("VI_2", "FAULT", here)
    verdict(0)
    a.wait_state("VI_2", "MASTER", here)


def test_at_a_stop_no_script_is_left(lab):
    lab.folder.chmod(0o755)
    pids = lab.folder / "pids"
    long = lab.folder / "long.sh"
    long.write_text(f"#!/bin/sh\necho $$ >>{pids}\nexec sleep 1000\n")
    long.chmod(0o755)
    a = lab.holdfast("A", script(long, interval=60) + tracking("chk weight 5", priority=200))
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for(pids.exists, "the script runs")
    assert a.stop() == 0
    pid = int(pids.read_text().split()[0])
    lab.net["A"].wait_for(lambda: not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().split()[2] == "Z",
                          "the script ended")


def test_keepalived_sees_the_same_priorities(lab, verdict):
    text = script(verdict.path, lines=("weight -120",)) + tracking("chk", priority=200)
    a = lab.holdfast("A", text)
    a.wait_state("VI_1", "MASTER")
    b = lab.keepalived("B", instance(priority=100, **FAST))
    b.wait_state("VI_1", "BACKUP")
    here = b.log.here()
    verdict(1)
    b.wait_state("VI_1", "MASTER", here)
    a.wait_state("VI_1", "BACKUP")
    verdict(0)
    a.wait_state("VI_1", "MASTER", a.log.here())
