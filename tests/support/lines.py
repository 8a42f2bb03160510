"""A growing text (a daemon's log, `ip monitor`, a FIFO) that a test can wait on, line by line."""

import os
import re
import threading
import time

# The longest wait for anything: a bound for failures, never a measure. A slow machine may raise it.
PATIENCE_S = float(os.environ.get("HOLDFAST_PATIENCE", "25"))


class Lines:
    """Reads a descriptor to its end in a thread of its own. Positions are line numbers: take one with
    `here()` before the act, then wait for what comes after it."""

    def __init__(self, stream, name, echo=None):
        self.name = name
        self._stream = stream
        self._echo = echo
        self._lines = []
        self._ended = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    def _read(self):
        for raw in iter(self._stream.readline, b""):
            text = raw.decode("utf-8", "replace").rstrip("\n")
            with self._news:
                self._lines.append((time.time(), text))
                self._news.notify_all()
            if self._echo:
                self._echo(self.name, text)
        with self._news:
            self._ended = True
            self._news.notify_all()

    def here(self):
        with self._news:
            return len(self._lines)

    def all(self, since=0):
        with self._news:
            return [text for _, text in self._lines[since:]]

    def find(self, pattern, since=0):
        """All matches of the pattern so far."""
        return [match for match in (re.search(pattern, text) for text in self.all(since)) if match]

    def wait(self, pattern, since=0, timeout=PATIENCE_S):
        """The first match at or after the position; an AssertionError with the text when none comes."""
        return self.wait_timed(pattern, since, timeout)[1]

    def wait_timed(self, pattern, since=0, timeout=PATIENCE_S):
        """As wait(), with the time at which the line was read."""
        deadline = time.monotonic() + timeout
        at = since
        with self._news:
            while True:
                while at < len(self._lines):
                    when, text = self._lines[at]
                    at += 1
                    match = re.search(pattern, text)
                    if match:
                        return when, match
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "ended" if self._ended else f"nothing for {timeout:.0f} s"
                    said = "\n  ".join(text for _, text in self._lines[-40:])
                    raise AssertionError(f"{self.name}: no line matches {pattern!r} ({why}); it said:\n  {said}")
                self._news.wait(left)

    def wait_end(self, timeout=PATIENCE_S):
        self._thread.join(timeout)
        return not self._thread.is_alive()


def wait_until(claim, what, changed, timeout=PATIENCE_S):
    """Returns claim() once it is true. `changed(seconds)` blocks until something may have changed: an event
    source of the caller's, so that nobody polls a clock."""
    deadline = time.monotonic() + timeout
    while True:
        result = claim()
        if result:
            return result
        left = deadline - time.monotonic()
        assert left > 0, f"not within {timeout:.0f} s: {what() if callable(what) else what}"
        changed(left)


def eventually(look, what, timeout=PATIENCE_S):
    """look() is asked until it gives something: for what is published and announced by nothing."""
    return wait_until(look, what, lambda left: time.sleep(min(left, 0.05)), timeout)
