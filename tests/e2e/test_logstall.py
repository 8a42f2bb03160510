"""Nobody reads the log: the protocol goes on all the same.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import fcntl
import os
import signal
import subprocess

import peers
from settings import instance


def full_pipe():
    """A pipe of one page that nobody reads, filled to the last byte: (reader, writer)."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 512)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    return reader, writer


def test_adverts_go_on_and_a_takeover_happens_while_the_console_is_full(lab):
    reader, writer = full_pipe()
    file = lab.folder / "a.conf"
    file.write_text(instance(interval=0.1, version=3, priority=100))
    node = lab.net["A"]
    process = subprocess.Popen(["ip", "netns", "exec", node.namespace, peers.program("holdfastd"), "-n", "-l", "-D", "-a",
                                "-G", "-f", str(file), "--runtime-dir", str(lab.folder / "run")],
                               stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, start_new_session=True)
    try:
        os.close(writer)
        b = lab.holdfast("B", instance(interval=0.1, version=3, priority=200))
        b.wait_state("VI_1", "MASTER")
        b.kill_all()
        node.wait_for_address("192.0.2.100")
        start = lab.wire.wait_adverts("A", 51)[0].time
        # Much to say: a reload, and every address of the kernel.
        pid_file = lab.folder / "run" / "vrrp.pid"
        before = pid_file.read_text()
        process.send_signal(signal.SIGHUP)
        peers.watch_folder(pid_file.parent, lambda: pid_file.read_text() != before, "the reload")
        for at in range(50):
            node.ip("addr", "add", f"198.51.100.{at}/32", "dev", "lo")
        end = lab.wire.wait_adverts("A", 51, count=30, since=start)[-1].time
        assert lab.wire.longest_gap("A", 51, start, end) < 0.1 + 0.5
        # Once somebody reads again, what was lost is counted.
        lines = peers.Lines(os.fdopen(reader, "rb"), "console")
        for at in range(50):
            node.ip("addr", "del", f"198.51.100.{at}/32", "dev", "lo")
        assert int(lines.wait(r"(\d+) log lines dropped").group(1)) > 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        node.wait_for_no_address("192.0.2.100")
    finally:
        for pid in [process.pid] + peers.children_of(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()
