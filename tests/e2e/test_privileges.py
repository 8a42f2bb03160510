"""What each process may do: its capabilities, and the protocol process's confinement.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import os
import re
import shutil
import signal
from pathlib import Path

import pytest
from peers import build_folder
from settings import instance

FAST = {"interval": 0.1, "version": 3, "priority": 200}

# linux/capability.h
NUMBERS = {"chown": 0, "dac_override": 1, "fowner": 3, "kill": 5, "setgid": 6, "setuid": 7, "setpcap": 8, "net_admin": 12,
           "net_raw": 13, "ipc_lock": 14, "sys_admin": 21, "sys_nice": 23}
OF_VRRP = {"net_admin", "net_raw", "sys_nice", "ipc_lock"}
DOCUMENTED = {"core": set(NUMBERS), "vrrp": OF_VRRP,
              "checkers": {"setuid", "setgid", "kill", "chown", "sys_nice", "ipc_lock"}}


def status_of(pid):
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())


def capabilities(pid, which="CapEff"):
    bits = int(status_of(pid)[which], 16)
    return {name for name, number in NUMBERS.items() if bits >> number & 1} | {
        number for number in range(64) if bits >> number & 1 and number not in NUMBERS.values()}


def processes(daemon):
    return {"core": daemon.pid, "vrrp": daemon.child("vrrp"), "checkers": daemon.child("checkers")}


def test_each_process_has_exactly_the_documented_capabilities(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    for name, pid in processes(a).items():
        assert capabilities(pid) == capabilities(pid, "CapPrm") == DOCUMENTED[name], name


def test_the_protocol_process_is_confined_and_those_that_start_scripts_are_not(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    for name, pid in processes(a).items():
        status = status_of(pid)
        seccomp, no_new_privileges = (2, 1) if name == "vrrp" else (0, 0)
        assert (int(status["Seccomp"]), int(status["NoNewPrivs"])) == (seccomp, no_new_privileges), name


def test_a_confined_process_sets_sysctls_and_puts_them_back(lab):
    a = lab.holdfast("A", instance(lines=["promote_secondaries"], **FAST))
    a.wait_state("VI_1", "MASTER")
    sysctl = "/proc/sys/net/ipv4/conf/eth0/promote_secondaries"
    lab.net["A"].wait_for(lambda: lab.net["A"].exec("cat", sysctl).strip() == "1", "set")
    assert a.stop() == 0
    assert lab.net["A"].exec("cat", sysctl).strip() == "0"


def test_the_dump_of_another_user_is_refused_with_a_reason(lab):
    a = lab.holdfast("A", "global_defs {\n    state_dump_file " + str(lab.folder / "shared") + "/\n}\n" + instance(**FAST),
                     options=[])
    a.wait_state("VI_1", "MASTER")
    assert a.stop() == 0
    shared = lab.folder / "shared"
    shared.mkdir()
    shutil.chown(shared, "nobody", "nogroup")
    shared.chmod(0o1777)  # as /tmp
    theirs = shared / "keepalived.data"
    theirs.write_text("theirs\n")
    shutil.chown(theirs, "nobody", "nogroup")
    a = lab.holdfast("A", a.file)
    a.wait_state("VI_1", "MASTER")
    a.signal(signal.SIGUSR1)
    a.log.wait(rf"cannot write the dump: dump to {re.escape(str(theirs))}: .*not permitted")
    assert theirs.read_text() == "theirs\n"
    assert {file.name for file in shared.iterdir()} <= {"keepalived.data", "keepalived_parent.data"}, "nothing half done is left"


@pytest.fixture
def for_nobody(tmp_path):
    """A folder that nobody may write, reachable from the root."""
    folder = tmp_path / "nobody"
    folder.mkdir()
    shutil.chown(folder, "nobody", "nogroup")
    for start in (folder, build_folder() / "bin"):
        for parent in start.parents:
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    return folder


def test_without_root_but_with_the_capabilities_it_is_a_router(lab, for_nobody):
    rights = ",".join(f"+{name}" for name in sorted(OF_VRRP))
    a = lab.holdfast("A", instance(**FAST), folder=for_nobody,
                     wrapper=["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", f"--inh-caps={rights}",
                              f"--ambient-caps={rights}"])
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.100")
    lab.wire.wait_adverts("A", 51, count=3)
    for name, pid in processes(a).items():
        assert status_of(pid)["Uid"].split() == [str(os.stat(for_nobody).st_uid)] * 4, name
    assert capabilities(a.child("vrrp")) == OF_VRRP
    assert capabilities(a.child("vrrp"), "CapAmb") == set()
    assert a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")
