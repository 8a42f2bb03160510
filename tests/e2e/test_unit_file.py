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

# From here on nobody outside may notice anything: no address goes, no state changes.
changes() { journalctl -o cat HOLDFAST_INSTANCE=VI_1 | grep -c -- ' -> '; }
before=$(changes)
exec 4< <(exec ip -o monitor address)
followed() { grep -q -m1 "$1" < <(exec journalctl -f -n+1 -u holdfast --after-cursor "$2"); }
cursor() { journalctl -u holdfast -n 1 --show-cursor | sed -n 's/^-- cursor: //p'; }

since=$(cursor)
kill -STOP "$main"                    # core hangs: the watchdog ends and restarts it
followed 'processes restarted' "$since"
journalctl -o cat --after-cursor "$since" -u holdfast | grep 'goes on with the processes of the holdfastd before'
test "$(systemctl show -P NRestarts holdfast)" = 1
systemctl is-active holdfast

since=$(cursor)
kill -KILL "$(systemctl show -P MainPID holdfast)"
followed 'processes restarted' "$since"
systemctl is-active holdfast

since=$(cursor)
systemctl restart holdfast
journalctl -o cat --after-cursor "$since" -u holdfast | grep 'restarting: the processes go on'
followed 'reload complete' "$since"   # the file is read again
for round in 1 2; do                  # in the middle of a reload, too
    since=$(cursor)
    kill -HUP "$(systemctl show -P MainPID holdfast)"
    systemctl reset-failed holdfast   # its count of starts within ten seconds
    systemctl restart holdfast
    journalctl -o cat --after-cursor "$since" -u holdfast | grep 'restarting: the processes go on'
done
# That of the last one, whose holdfastd has said who it is before.
awk '/goes on with the processes/ { seen = 1 } seen && /reload complete/ { exit }' < <(exec journalctl -f -n+1 -u holdfast --after-cursor "$since")
held
test "$(changes)" = "$before"
ip addr add 192.0.2.77/24 dev eth1    # the last thing the monitor tells
while read -r -t 5 -u 4 line; do
    case $line in *192.0.2.100*) echo "touched: $line"; exit 1 ;; *192.0.2.77*) break ;; esac
done

main=$(systemctl show -P MainPID holdfast)
for process in $(pgrep -x holdfast-vrrp) $(pgrep -x holdfast-check); do test "$(ps -o ppid= -p "$process")" -eq "$main"; done

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
