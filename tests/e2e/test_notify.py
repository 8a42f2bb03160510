"""Notify scripts and FIFOs get keepalived's words, in order, and a slow script delays nothing.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import re
import stat

import pytest
from peers import watch_folder
from settings import block, instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}
GLOBAL = "global_defs {\n    script_user root\n    enable_script_security\n}\n"


@pytest.fixture
def scripts(lab):
    """A folder that root alone may write, down to /: what script security asks for."""
    folder = f"/run/{lab.net.id}"
    os.mkdir(folder, 0o755)
    yield folder
    for name in os.listdir(folder):
        os.unlink(f"{folder}/{name}")
    os.rmdir(folder)


def script(folder, name, body=None):
    path = f"{folder}/{name}"
    with open(path, "w") as file:
        file.write(body or f"#!/bin/sh\necho \"{name}:$*\" >>{folder}/calls\n")
    os.chmod(path, 0o755)
    return path


def calls(folder):
    path = f"{folder}/calls"
    return open(path).read().splitlines() if os.path.exists(path) else []


def wait_calls(folder, claim, what):
    watch_folder(folder, lambda: claim(calls(folder)), f"{what}; called so far: {calls(folder)}")


def test_each_state_calls_its_script_and_the_general_one(lab, scripts):
    lines = [f"{keyword} {script(scripts, keyword)}"
             for keyword in ("notify_master", "notify_backup", "notify_fault", "notify_stop")]
    lines.append(f'notify "{script(scripts, "notify")} extra"')
    a = lab.holdfast("A", GLOBAL + instance(lines=lines, **FAST))
    wait_calls(scripts, lambda got: "notify:extra INSTANCE VI_1 MASTER 200" in got and "notify_master:" in got, "MASTER")
    assert {"notify:extra INSTANCE VI_1 BACKUP 200", "notify_backup:"} <= set(calls(scripts))
    lab.net.cut("A", "eth0")
    wait_calls(scripts, lambda got: "notify:extra INSTANCE VI_1 FAULT 200" in got and "notify_fault:" in got, "FAULT")
    lab.net.mend("A", "eth0")
    a.wait_state("VI_1", "MASTER", a.log.here())
    assert a.stop() == 0
    wait_calls(scripts, lambda got: "notify:extra INSTANCE VI_1 STOP 200" in got and "notify_stop:" in got, "STOP")
    assert calls(scripts).count("notify:extra INSTANCE VI_1 FAULT 200") == 1


def test_a_group_tells_its_own_scripts_with_priority_0(lab, scripts):
    group = "\n".join(("vrrp_sync_group VG {", *block("group", "VI_1", "VI_2"),
                       f"notify {script(scripts, 'group')}", f"notify_master {script(scripts, 'group_master')}", "}", ""))
    text = GLOBAL + group + instance(**FAST) + instance(name="VI_2", vrid=52, addresses=("192.0.2.120/24",), **FAST)
    lab.holdfast("A", text)
    wait_calls(scripts, lambda got: "group:GROUP VG MASTER 0" in got and "group_master:" in got, "the group is MASTER")
    assert calls(scripts).count("group:GROUP VG MASTER 0") == 1


def test_fifo_lines_are_in_order_and_in_keepalived_s_form(lab, scripts):
    fifo = f"{scripts}/events"
    a = lab.holdfast("A", GLOBAL.replace("}", f"    vrrp_notify_fifo {fifo}\n}}") + instance(**FAST))
    watch_folder(scripts, lambda: os.path.exists(fifo), "the FIFO")
    assert stat.S_ISFIFO(os.stat(fifo).st_mode)
    import lines
    events = lines.Lines(open(fifo, "rb"), "fifo")
    events.wait(r'^INSTANCE "VI_1" MASTER 200$')
    lab.net.cut("A", "eth0")
    events.wait(r'^INSTANCE "VI_1" FAULT 200$')
    lab.net.mend("A", "eth0")
    events.wait(r'^INSTANCE "VI_1" MASTER 200$', since=events.here() if events.find("FAULT") else 0)
    assert a.stop() == 0
    events.wait(r'^INSTANCE "VI_1" STOP 200$')
    said = [re.match(r'^(\w+) "([\w-]+)" (\w+) (\d+)$', line) for line in events.all()]
    assert all(said)
    assert [one.group(3) for one in said] == ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"]
    assert not os.path.exists(fifo)


def test_the_reader_of_a_fifo_gets_its_path(lab, scripts):
    reader = script(scripts, "reader", f"#!/bin/sh\necho \"reader:$*\" >>{scripts}/calls\nexec cat \"$1\" >>{scripts}/calls\n")
    fifo = f"{scripts}/events"
    text = GLOBAL.replace("}", f"    notify_fifo {fifo}\n    notify_fifo_script {reader}\n}}") + instance(**FAST)
    a = lab.holdfast("A", text)
    wait_calls(scripts, lambda got: f"reader:{fifo}" in got and 'INSTANCE "VI_1" MASTER 200' in got, "the reader")
    assert calls(scripts).count(f"reader:{fifo}") == 1
    assert a.stop() == 0


def test_a_script_that_never_ends_delays_nothing(lab, scripts):
    slow = script(scripts, "slow", f"#!/bin/sh\necho \"slow:$*\" >>{scripts}/calls\nexec tail -f /dev/null\n")
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify {slow}"], **FAST))
    a.wait_state("VI_1", "MASTER")
    start = lab.wire.wait_adverts("A", 51)[0].time
    wait_calls(scripts, lambda got: "slow:INSTANCE VI_1 MASTER 200" in got, "the slow script")
    end = lab.wire.wait_adverts("A", 51, count=20, since=start)[-1].time
    assert lab.wire.longest_gap("A", 51, start, end) < 0.6
    assert a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


def test_scripts_run_as_the_configured_user(lab, scripts):
    os.chmod(scripts, 0o777)
    who = script(scripts, "who", f"#!/bin/sh\necho \"$(id -un):$(id -gn):$1\" >{scripts}/$(id -un).$3\n")
    lab.holdfast("A", "global_defs {\n    script_user nobody\n}\n" + instance(lines=[f"notify {who}"], **FAST))
    watch_folder(scripts, lambda: os.path.exists(f"{scripts}/nobody.MASTER"), "a call as nobody")
    watch_folder(scripts, lambda: open(f"{scripts}/nobody.MASTER").read() == "nobody:nogroup:INSTANCE\n", "its words")


def test_a_script_that_others_may_write_is_not_run_as_root(lab, scripts):
    bad, good = script(scripts, "bad"), script(scripts, "good")
    os.chmod(bad, 0o777)
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify_master {bad}", f"notify {good}"], **FAST))
    wait_calls(scripts, lambda got: "good:INSTANCE VI_1 MASTER 200" in got, "the good script")
    assert not any(line.startswith("bad:") for line in calls(scripts))
    assert a.log.find(re.escape(bad))


def test_a_script_that_fails_is_named_with_what_it_said(lab, scripts):
    failing = script(scripts, "failing", "#!/bin/sh\necho 'no route to the cloud' >&2\nexit 3\n")
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify_master {failing}"], **FAST))
    line = a.log.wait("notify_master of VI_1 failed.*").group(0)
    assert "3" in line and "no route to the cloud" in line


def test_the_environment_of_a_script_is_clean(lab, scripts):
    show = script(scripts, "show", f"#!/bin/sh\nenv >{scripts}/environment.$3\nls -l /proc/self/fd >{scripts}/open.$3\n")
    lab.holdfast("A", GLOBAL + instance(lines=[f"notify {show}"], **FAST),
                 environment={"NOTIFY_SOCKET": "/nonexistent", "LD_PRELOAD": "", "IFS": "x"})
    watch_folder(scripts, lambda: os.path.exists(f"{scripts}/open.MASTER"), "the script's words")
    text = open(f"{scripts}/environment.MASTER").read()
    assert not re.search(r"^(NOTIFY_SOCKET|LD_PRELOAD|HOLDFAST_START\w*)=", text, re.M)
    watch_folder(scripts, lambda: "proc" in open(f"{scripts}/open.MASTER").read(), "its descriptors")
    assert "memfd" not in open(f"{scripts}/open.MASTER").read()


def test_the_death_of_the_checker_process_is_mended(lab, scripts):
    import signal
    a = lab.holdfast("A", GLOBAL + instance(lines=[f"notify {script(scripts, 'notify')}"], **FAST))
    a.wait_state("VI_1", "MASTER")
    start = lab.wire.wait_adverts("A", 51)[0].time
    here = a.log.here()
    os.kill(a.child("checkers"), signal.SIGKILL)
    a.log.wait("processes restarted", here)
    end = lab.wire.wait_adverts("A", 51, count=5, since=lab.wire.here())[-1].time
    assert lab.wire.longest_gap("A", 51, start, end) < 0.6
    lab.net.cut("A", "eth0")
    wait_calls(scripts, lambda got: "notify:INSTANCE VI_1 FAULT 200" in got, "FAULT after the restart")
