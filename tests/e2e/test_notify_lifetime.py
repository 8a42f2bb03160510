"""What becomes of scripts and FIFOs when the processes around them end: reload, stop, a killed checker.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import select
import shutil
import signal

import pytest
from peers import children_of, watch_folder
from settings import instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}
GLOBAL = "global_defs {\n    script_user root\n}\n"


@pytest.fixture
def scripts(lab):
    """A folder that every user may write, for scripts of any."""
    folder = f"/run/{lab.net.id}"
    os.mkdir(folder)
    os.chmod(folder, 0o777)
    yield folder
    shutil.rmtree(folder)


def script(folder, body):
    path = f"{folder}/script"
    with open(path, "w") as file:
        file.write(f"#!/bin/sh\ncd {folder}\n{body}\n")
    os.chmod(path, 0o755)
    return path


def wait_file(folder, name, words=None):
    path = f"{folder}/{name}"
    watch_folder(folder, lambda: os.path.exists(path) and (words is None or words in open(path).read()), f"file {name}")


def test_a_script_outlives_a_reload_and_its_failure_is_still_said(lab, scripts):
    long = script(scripts, "[ $3 = MASTER ] || exit 0\ntouch begun\nwhile [ ! -e go ]; do sleep 0.1; done\n"
                           "echo 'too late'; echo done >ended; exit 9")
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify {long}"], **FAST))
    wait_file(scripts, "begun")
    checkers = {a.child("checkers")}
    for _ in range(2):
        assert a.reload()
        checkers.add(a.child("checkers"))
    assert len(checkers) == 3
    here = a.log.here()
    open(f"{scripts}/go", "w").close()
    wait_file(scripts, "ended", "done")
    line = a.log.wait("HF2301 notify of VI_1 failed: exit status 9.*", here).group(0)
    assert "too late" in line
    assert a.stop() == 0


def test_the_checker_of_before_leaves_when_its_scripts_have_ended(lab, scripts):
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify {script(scripts, 'touch ran')}"], **FAST))
    wait_file(scripts, "ran")
    for _ in range(3):
        before = os.pidfd_open(a.child("checkers"))
        assert a.reload()
        assert select.select([before], [], [], 20)[0], "it is still there"
        os.close(before)
    assert a.stop() == 0


def test_an_instance_that_a_reload_removes_is_told_with_the_scripts_it_had(lab, scripts):
    told = script(scripts, 'echo "$2 $3 $4" >>told')
    removed = instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), lines=("notify_deleted", f"notify {told}"), **FAST)
    a = lab.holdfast("A", GLOBAL + instance(**FAST) + removed)
    wait_file(scripts, "told", "VI_2 MASTER 200")
    assert a.reload(GLOBAL + instance(**FAST))
    wait_file(scripts, "told", "VI_2 DELETED 200")


def test_a_script_is_ended_when_its_checker_is_killed(lab, scripts):
    # Of another user than root: the kernel forgets the parent-death signal of whom an execve gives more rights.
    long = script(scripts, "[ $3 = MASTER ] || exit 0\ntrap 'echo TERM >ended; exit 1' TERM\n"
                           "echo $$ >begun\nwhile :; do sleep 0.1; done")
    a = lab.holdfast("A", GLOBAL.replace("root", "nobody") + instance(lines=[f"notify {long}"], **FAST))
    wait_file(scripts, "begun", "\n")
    os.kill(a.child("checkers"), signal.SIGKILL)
    wait_file(scripts, "ended", "TERM")


def test_sigterm_to_all_processes_at_once_loses_no_stop(lab, scripts):
    told = script(scripts, 'echo "$3" >>told')
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify {told}"], **FAST))
    wait_file(scripts, "told", "MASTER")
    for pid in [a.pid] + children_of(a.pid):
        os.kill(pid, signal.SIGTERM)
    assert a.process.wait(20) == 0
    assert open(f"{scripts}/told").read().splitlines()[-1] == "STOP"
    assert not lab.net["A"].has("192.0.2.100")


def test_a_script_that_hangs_holds_up_a_stop_for_a_moment_only(lab, scripts):
    long = script(scripts, "[ $3 = MASTER ] || exit 0\ntrap 'echo TERM >ended; exit 1' TERM\n"
                           "touch begun\nwhile :; do sleep 0.1; done")
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify {long}"], **FAST))
    wait_file(scripts, "begun")
    assert a.stop() == 0
    wait_file(scripts, "ended", "TERM")
    a.log.wait("HF2305 1 script did not end in time")
