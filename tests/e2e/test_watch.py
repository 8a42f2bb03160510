"""`holdfast watch`: on a terminal a screen that follows what happens, else a line for each transition. It outlives the daemon,
fits the window, and gives the terminal back.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios

import pytest
from lines import PATIENCE_S, Lines, eventually
from peers import program
from settings import instance

FAST = {"interval": 0.2, "version": 3}


class OnATerminal:
    """The command on a pseudo terminal. `seen()` is the last screen it drew."""

    def __init__(self, *words, size=(24, 100), environment=None):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.resize(*size)
        self.slave = slave
        self.process = subprocess.Popen([program("holdfast"), "watch", *map(str, words)], stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, env={**os.environ, "TERM": "xterm", **(environment or {})},
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.set_blocking(self.master, False)
        self.text = ""

    def resize(self, lines, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self):
        while True:
            try:
                more = os.read(self.master, 65536)
            except (BlockingIOError, OSError):
                return self.text
            if not more:
                return self.text
            self.text += more.decode("utf-8", "replace")

    def seen(self):
        """The lines of the last whole screen."""
        screens = self.read().split("\x1b[H")[1:]
        whole = [screen.split("\x1b[J")[0] for screen in screens if "\x1b[J" in screen]
        return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in whole[-1].split("\r\n")] if whole else []

    def until(self, pattern):
        return eventually(lambda: next((line for line in self.seen() if re.search(pattern, line)), None),
                          f"the screen never has {pattern}; it has {self.seen()}")

    def end(self, how=b"\x03"):
        """Ctrl-C, typed; the exit status."""
        if self.process.poll() is None:
            os.write(self.master, how)
        status = self.process.wait(PATIENCE_S)
        self.read()
        after = termios.tcgetattr(self.slave)
        os.close(self.slave)
        os.close(self.master)
        assert after == self.before
        return status


@pytest.fixture
def terminal():
    made = []

    def make(*words, **options):
        made.append(OnATerminal(*words, **options))
        return made[-1]
    yield make
    for one in made:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_the_screen_follows_a_takeover_and_the_terminal_is_given_back(lab, terminal):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    b = lab.holdfast("B", instance(priority=100, **FAST))
    a.wait_state("VI_1", "MASTER")
    b.wait_state("VI_1", "BACKUP")
    screen = terminal("--runtime-dir", b.runtime)
    screen.until(r"^VI_1 +Backup ")
    assert screen.text.startswith("\x1b[?1049h")
    a.kill_all()
    screen.until(r"^VI_1 +Active .* no advert from 192\.0\.2\.1")
    screen.until(r"VI_1  Backup -> Active: no advert")
    assert "\x1b[32mActive" in screen.text
    assert screen.end() == 0
    assert screen.text.rstrip("^C").endswith("\x1b[?25h\x1b[?1049l")


def test_it_waits_for_a_daemon_that_is_started_again(lab, terminal):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    screen = terminal("--runtime-dir", a.runtime, environment={"NO_COLOR": "1"})
    screen.until(r"^VI_1 +Active")
    a.signal(signal.SIGTERM)
    a.log.wait_end(PATIENCE_S)
    screen.until("^waiting for the daemon$")
    again = lab.holdfast("A", instance(priority=150, **FAST), folder=a.folder)
    again.wait_state("VI_1", "MASTER")
    screen.until(r"^VI_1 +Active")
    assert "\x1b[32m" not in screen.text
    assert screen.end() == 0


def test_more_instances_than_lines_are_counted_and_a_new_size_is_used_at_once(lab, terminal):
    text = "".join(instance(f"VI_{number}", vrid=number + 1, priority=255, addresses=(f"198.51.100.{number + 1}/32",), **FAST)
                   for number in range(40))
    a = lab.holdfast("A", text)
    a.wait_state("VI_39", "MASTER")
    screen = terminal("--runtime-dir", a.runtime, size=(12, 60))
    screen.until(r"40 instances: 40 Active")
    screen.until(r"^and 32 more$")
    assert len(screen.seen()) == 12 and all(len(line) <= 60 for line in screen.seen())
    screen.resize(30, 50)
    screen.until(r"^and 14 more$")
    assert all(len(line) <= 50 for line in screen.seen())
    screen.resize(60, 200)
    screen.until("LAST TRANSITIONS")
    assert screen.end() == 0


def test_of_a_signal_that_ends_it_the_terminal_hears_too(lab, terminal):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    screen = terminal("--runtime-dir", a.runtime)
    screen.until(r"^VI_1 +Active")
    screen.process.send_signal(signal.SIGTERM)
    assert screen.process.wait(PATIENCE_S) == 0
    assert screen.end() == 0
    assert screen.text.endswith("\x1b[?25h\x1b[?1049l")


@pytest.mark.parametrize("form", ["text", "json"])
def test_where_there_is_no_terminal_each_transition_is_a_line(lab, form):
    a = lab.holdfast("A", instance(priority=150, **FAST))
    a.wait_state("VI_1", "MASTER")
    process = subprocess.Popen([program("holdfast"), "watch", "--runtime-dir", str(a.runtime), *(["--json"] if form == "json" else [])],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        lines = Lines(process.stdout, "watch")
        errors = Lines(process.stderr, "watch's errors")
        first = '"name": "VI_1"' if form == "json" else r"  VI_1  Backup -> Active: "
        lines.wait(first)
        here = lines.here()
        a.node.ip("link", "set", "eth0", "down")
        lines.wait(r'"to": "Fault"' if form == "json" else r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  VI_1  Active -> Fault: link eth0 down$", here)
        if form == "json":
            assert json.loads(lines.all(here)[-1])["evidence"]["factors"][0]["name"] == "link eth0"
        assert "\x1b" not in "".join(lines.all())
        a.signal(signal.SIGTERM)
        errors.wait("waiting for the daemon")
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0


def test_a_name_that_nothing_has_ends_it(lab):
    a = lab.holdfast("A", instance(**FAST))
    a.wait_state("VI_1", "MASTER")
    eventually(lambda: subprocess.run([program("holdfast"), "status", "VI_1", "--runtime-dir", str(a.runtime)], capture_output=True,
                                      check=False).returncode == 0, "no status")
    done = subprocess.run([program("holdfast"), "watch", "VI_9", "--runtime-dir", str(a.runtime)], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "'VI_9'" in done.stderr
