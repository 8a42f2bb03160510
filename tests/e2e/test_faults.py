"""What a host can do to its daemon: no descriptors, no disk, no processor time, a flood. Adverts go on.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24 --- X.eth0 192.0.2.66/24
"""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest
from evidence import note
from peers import children_of
from settings import instance
from test_bad_packets import frame, ip_packet, pdu

INTERVAL = 0.1
ACTIVE = {"interval": INTERVAL, "version": 3, "priority": 200}
PEER = {"interval": INTERVAL, "version": 3, "priority": 100}


def running(lab, **own):
    a = lab.holdfast("A", instance(**{**ACTIVE, **own}), options=("-D",))
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.100")
    return a


def longest_gap_during(lab, count, node="A"):
    start = lab.wire.wait_adverts(node, 51, since=lab.wire.here())[0].time
    end = lab.wire.wait_adverts(node, 51, count=count, since=start)[-1].time
    return lab.wire.longest_gap(node, 51, start, end)


def first_free(pid):
    """The lowest descriptor that the process does not have: as a limit it leaves room for none."""
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(used) + 1) if number not in used)


def test_all_descriptors_used_up(lab):
    a = running(lab)
    # The monitor runs as another user, whose limits take a right of their own to change; it opens nothing here.
    family = [a.pid, *(pid for pid in children_of(a.pid) if os.stat(f"/proc/{pid}").st_uid == os.geteuid())]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in family}
    for pid in family:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free(pid), before[pid][1]))
    here = a.log.here()
    assert not a.reload()
    a.log.wait("Too many open files", here)
    here = a.log.here()
    a.signal(signal.SIGUSR1)
    a.log.wait("cannot write the dump: .*Too many open files", here)
    lab.wire.wait_adverts("A", 51, count=5, since=lab.wire.here())
    for pid in family:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before[pid])
    assert a.reload()
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())
    assert a.changes("VI_1", here) == []


def test_a_successor_that_cannot_be_started_for_want_of_descriptors_is_tried_again(lab):
    a = running(lab)
    before = resource.prlimit(a.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(a.pid, resource.RLIMIT_NOFILE, (first_free(a.pid), before[1]))
    here = a.log.here()
    os.kill(a.child("vrrp"), signal.SIGKILL)
    a.log.wait("restart failed: .*Too many open files", here)
    resource.prlimit(a.pid, resource.RLIMIT_NOFILE, before)
    a.log.wait("processes restarted", here)
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())
    assert a.stop() == 0
    assert not lab.net["A"].has("192.0.2.100")


@pytest.fixture
def full_disk(tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=8", "tmpfs", str(folder)], check=True)
    (folder / "filler").write_bytes(b"x" * 4096)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_no_room_for_pid_and_dump_files(lab, full_disk):
    a = lab.holdfast("A", instance(**ACTIVE), options=("--runtime-dir", str(full_disk)))
    a.log.wait("No space left on device")
    a.wait_state("VI_1", "MASTER")
    here = a.log.here()
    a.signal(signal.SIGUSR1)
    a.log.wait("cannot write the dump: .*No space left on device", here)
    lab.wire.wait_adverts("A", 51, count=3, since=lab.wire.here())
    assert a.stop() == 0


@pytest.mark.parametrize("state", ("BACKUP", "FAULT"))
@pytest.mark.parametrize("number", (signal.SIGKILL, signal.SIGSTOP), ids=("killed", "stopped"))
def test_the_vrrp_process_dies_where_it_is_not_active(lab, state, number):
    b = lab.holdfast("B", instance(**ACTIVE))
    b.wait_state("VI_1", "MASTER")
    if state == "FAULT":
        lab.net["A"].ip("link", "set", "eth0", "down")
    a = lab.holdfast("A", instance(**PEER))
    a.wait_state("VI_1", state)
    here = a.log.here()
    os.kill(a.child("vrrp"), number)
    a.log.wait("processes restarted", here)
    lab.wire.wait_adverts("B", 51, count=6, since=lab.wire.here())
    assert a.changes("VI_1", here) == []
    assert not lab.wire.adverts_of("A", 51)
    if state == "FAULT":
        lab.net["A"].ip("link", "set", "eth0", "up")
    else:
        b.kill_all()
        a.wait_state("VI_1", "MASTER", here)


def test_fifty_busy_loops_beside_us(lab):
    a = running(lab)
    here = a.log.here()
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(50)]
    try:
        gap = longest_gap_during(lab, 60)
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()
    note("longest advert gap, 50 busy loops beside us", f"{gap / INTERVAL:.2f}", "advert intervals of 100 ms")
    assert gap < 3 * INTERVAL  # what a peer waits
    assert a.changes("VI_1", here) == []


FLOOD = """
import socket, sys, time
frames = [bytes.fromhex(word) for word in sys.argv[2:]]
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(("eth0", 0))
rate, sent, begin = int(sys.argv[1]), 0, time.monotonic()
print("ready", flush=True)
while True:
    due = int((time.monotonic() - begin) * rate)
    if sent >= due:
        time.sleep(0.0005)
    while sent < due:
        try:
            out.send(frames[sent % len(frames)])
        except OSError:
            pass
        sent += 1
"""


def processor_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("kind", ("invalid", "valid-but-weaker"))
def test_fifty_thousand_forged_adverts_a_second(lab, kind):
    lab.judged = False
    lab.wire.ignore("02:00:00:00:00:66")
    a = lab.holdfast("A", instance(priority=200), options=("-D",))
    a.wait_state("VI_1", "MASTER")
    b = lab.holdfast("B", instance(priority=100), options=("-D",))
    b.wait_state("VI_1", "BACKUP")
    if kind == "invalid":
        packets = [ip_packet(pdu(break_checksum=True)), ip_packet(pdu(version=4)), ip_packet(pdu()[:10]), ip_packet(pdu(), ttl=64)]
    else:
        packets = [ip_packet(pdu(priority=priority, auth=0, secret=b"\0" * 8)) for priority in range(1, 90)]
    here_a, here_b = a.log.here(), b.log.here()
    spent, began = processor_seconds(a.child("vrrp")), time.monotonic()
    flood = subprocess.Popen(["ip", "netns", "exec", lab.net["X"].namespace, sys.executable, "-c", FLOOD, "50000",
                              *(frame(packet).hex() for packet in packets)], stdout=subprocess.PIPE)
    try:
        assert flood.stdout.readline() == b"ready\n"
        gap = longest_gap_during(lab, 6)
    finally:
        flood.kill()
        flood.wait()
    share = (processor_seconds(a.child("vrrp")) - spent) / (time.monotonic() - began)
    note(f"processor share under 50,000 forged adverts a second, {kind}", f"{share:.2f}", "of one processor")
    note(f"longest advert gap under 50,000 forged adverts a second, {kind}", f"{gap:.2f}", "advert intervals of 1 s")
    assert gap < 3
    assert a.changes("VI_1", here_a) == [] and b.changes("VI_1", here_b) == []
    assert len(a.log.find("", here_a)) < 200
