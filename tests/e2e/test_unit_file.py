"""The unit as systemd sees it: well-formed, confined, and started, reloaded, watched and stopped by a real systemd.

    lan: A.eth0 192.0.2.1/24
"""

import re
import shutil
import subprocess
from pathlib import Path

import nspawn
import pytest
from peers import build_folder, program
from settings import instance

UNIT = Path(__file__).resolve().parents[2] / "conf" / "holdfast.service.in"


@pytest.fixture
def unit(tmp_path):
    """The unit with the built program in it: systemd wants the file to exist."""
    binary = tmp_path / "sbin" / "holdfastd"
    binary.parent.mkdir()
    shutil.copy(program("holdfastd"), binary)
    file = tmp_path / "holdfast.service"
    file.write_text(UNIT.read_text().replace("@CMAKE_INSTALL_FULL_SBINDIR@", str(binary.parent)))
    return file


def test_systemd_finds_nothing_wrong_with_it(unit):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "holdfast" in line]
    assert done.returncode == 0 and complaints == []


def test_it_is_confined_as_far_as_its_scripts_allow(unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=80", str(unit)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


def test_all_capabilities_that_the_programs_keep_are_in_its_bounding_set(unit):
    kept = set(re.findall(r"\{(CAP_\w+),", (UNIT.parents[1] / "src" / "os" / "privileges.cc").read_text()))
    bounding = set(re.search(r"^CapabilityBoundingSet=(.*)$", unit.read_text(), re.M).group(1).split())
    assert kept and kept == bounding


SCRIPT = r"""
export SYSTEMD_PAGER= ; cd /
ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up
ip addr add 192.0.2.1/24 dev eth0
mkdir -p /etc/systemd/system/holdfast.service.d
printf '[Service]\nWatchdogSec=2\n[Unit]\nWants=\nAfter=\n' >/etc/systemd/system/holdfast.service.d/test.conf
systemctl daemon-reload
held() { ip -o addr show dev eth0 | grep -q 192.0.2.100; }
exec 3< <(exec ip -o monitor address)
await_held() { for _ in {1..40}; do held && return; read -r -t 0.5 -u 3 || true; done; return 1; }

systemctl start holdfast              # returns once READY=1 came: Type=notify
systemctl is-active holdfast
await_held
test -f /run/holdfast/holdfastd.pid
main=$(systemctl show -P MainPID holdfast); test "$(cat /run/holdfast/holdfastd.pid)" = "$main"

systemctl reload holdfast
systemctl is-active holdfast
test "$(systemctl show -P MainPID holdfast)" = "$main"
held

kill -STOP "$main"                    # it hangs: the watchdog ends and restarts it
grep -q -m1 'starts with' < <(exec journalctl -f -n0 -u holdfast)
test "$(systemctl show -P NRestarts holdfast)" = 1
systemctl is-active holdfast
await_held

journalctl -o cat HOLDFAST_INSTANCE=VI_1 | grep -- '-> MASTER: '
journalctl -o json HOLDFAST_INSTANCE=VI_1 HOLDFAST_STATE=Active | grep HOLDFAST_CAUSE

systemctl stop holdfast
! held
ip addr show dev eth0 | grep 192.0.2.1/24
"""


def test_a_real_systemd_starts_reloads_watches_and_stops_it(tmp_path):
    reason = nspawn.available()
    if reason:
        pytest.skip(reason)
    status, said = nspawn.run(tmp_path, build_folder(), instance(interval=0.1, version=3, priority=200), SCRIPT)
    assert status == 0, said
