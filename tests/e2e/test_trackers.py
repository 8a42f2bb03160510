"""Files and processes decide who is active.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import shutil
import signal
import subprocess

import pytest
from settings import block, instance

FAST = {"interval": 0.2, "version": 3}


def tracking(keyword, *entries, **more):
    return instance(lines=block(keyword, *entries), **{**FAST, **more})


def put(path, text):
    fresh = path.with_suffix(".fresh")
    fresh.write_text(text)
    fresh.rename(path)


@pytest.fixture
def programs(lab):
    """Starts processes under a name of their own, and ends them."""
    lab.folder.chmod(0o755)
    program = lab.folder / "hf-tracked"
    shutil.copy("/bin/sleep", program)
    running = []

    def start(*arguments):
        running.append(subprocess.Popen([str(program), *(arguments or ("1000",))]))
        return running[-1]

    start.path = program
    yield start
    for process in running:
        process.kill()
        process.wait()


def end(process):
    process.kill()
    process.wait()


def test_a_file_moves_the_address_and_gives_it_back(lab):
    state = lab.folder / "state"
    lab.holdfast("B", instance(priority=150, **FAST))
    a = lab.holdfast("A", f"track_file f {{\n    file {state}\n    init_file 0\n}}\n" + tracking("track_file", "f weight 2", priority=200))
    a.wait_state("VI_1", "MASTER")
    assert state.read_text() == "0\n"
    here = a.log.here()
    put(state, "-30\n")
    a.log.wait("HF2406 file f says -30, no longer 0", here)
    a.wait_state("VI_1", "BACKUP", here)
    put(state, "0\n")
    a.wait_state("VI_1", "MASTER", here)
    here = a.log.here()
    put(state, "-127\n")
    assert a.wait_state("VI_1", "FAULT", here).group("cause") == "file f says -127"
    os.unlink(state)
    assert a.wait_state("VI_1", "BACKUP", here).group("cause") == "file f no longer says so"
    a.wait_state("VI_1", "MASTER", here)


def test_a_file_with_weight_0_is_a_switch_that_survives_reload_and_crash(lab):
    state = lab.folder / "state"
    state.write_text("1\n")
    a = lab.holdfast("A", f"vrrp_track_file f {{\n    file {state}\n    weight 0\n}}\n" + tracking("track_file", "f") +
                     instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST))
    a.wait_state("VI_1", "FAULT")
    a.wait_state("VI_2", "MASTER")
    for again in (a.reload, lambda: os.kill(a.child("vrrp"), signal.SIGKILL)):
        here = a.log.here()
        again()
        a.log.wait("instances go on where the process before stopped", here)
        assert "VI_1" not in "".join(line for line in a.log.all()[here:] if "->" in line)
    here = a.log.here()
    put(state, "0\n")
    a.wait_state("VI_1", "MASTER", here)


def test_a_process_that_ends_moves_the_address_and_one_that_starts_gives_it_back(lab, programs):
    b = lab.holdfast("B", instance(priority=150, **FAST))
    first = programs()
    a = lab.holdfast("A", "vrrp_track_process p {\n    process hf-tracked\n    quorum 1\n}\n" +
                     tracking("track_process", "p", priority=200))
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    end(first)
    assert a.wait_state("VI_1", "FAULT", here).group("cause") == "process p has no quorum"
    a.log.wait("HF2408 process p has no quorum: 0 of 'hf-tracked' run, 1 are needed", here)
    b.wait_state("VI_1", "MASTER")
    programs()
    assert a.wait_state("VI_1", "BACKUP", here).group("cause") == "process p has its quorum"
    a.wait_state("VI_1", "MASTER", here)
    assert "is looked for" not in "\n".join(a.log.all())


def test_processes_are_told_apart_by_parameters_and_counted(lab, programs):
    programs("1001")
    programs("1002")
    a = lab.holdfast("A", f"vrrp_track_process p {{\n    process {programs.path} 1001\n    quorum 2\n    weight 40\n}}\n" +
                     f"vrrp_track_process none {{\n    process {programs.path} 7777\n    quorum_max 0\n}}\n" +
                     tracking("track_process", "p", "none", priority=100))
    a.wait_state("VI_1", "MASTER")
    lab.wire.wait_adverts("A", 51, count=1, since=lab.wire.here(), priority=100)
    programs("1001")
    lab.wire.wait_adverts("A", 51, count=1, since=lab.wire.here(), priority=140)
    here = a.log.here()
    unwanted = programs("7777")
    a.wait_state("VI_1", "FAULT", here)
    a.log.wait("1 of '.*hf-tracked' run, at most 0 may", here)
    end(unwanted)
    a.wait_state("VI_1", "MASTER", here)


def test_a_child_of_a_tracked_process_counts_and_a_zombie_does_not(lab, programs):
    script = lab.folder / "hf-forks"
    shutil.copy("/bin/dash", script)
    parent = subprocess.Popen([str(script), "-c", "exec 3<&0; (read line <&3; true) & sleep 1000 & wait"], stdin=subprocess.PIPE)
    try:
        a = lab.holdfast("A", "vrrp_track_process p {\n    process hf-forks\n    quorum 2\n}\n" + tracking("track_process", "p"))
        a.wait_state("VI_1", "MASTER")
        here = a.log.here()
        parent.send_signal(signal.SIGSTOP)  # so that nobody reaps its child
        parent.stdin.write(b"\n")
        parent.stdin.close()
        a.wait_state("VI_1", "FAULT", here)
    finally:
        subprocess.run(["pkill", "-KILL", "-P", str(parent.pid)], check=False)
        parent.kill()
        parent.wait()
