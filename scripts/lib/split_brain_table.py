"""The table of holdfast-split-brain(7): every fault of tests/support/split_brain.py for every kind of daemon, in
milliseconds; of several runs the longest counts. Behind it, what the logs of Holdfast said."""

import argparse
import concurrent.futures
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "support"))

import netns  # noqa: E402
import split_brain  # noqa: E402

TITLES = {"keepalived": "keepalived", "plain": "Holdfast", "guarded": "guarded"}
ENDS = ('.\\" table\n', '.\\" /table\n')


@dataclass
class Outcome:
    both_active: float  # seconds
    outage: float
    said: list  # what the hosts' logs said about the instance, from the fault on
    settled: bool  # A alone held it in the end, and served


def said_since(stage, marks):
    """Lines about the instance in the order of their times, without what only counts repetitions."""
    found = []
    for daemon in stage.logs:
        for line in daemon.log.all(marks.get(daemon, 0)):
            match = re.search(r"^(.*) holdfast-\S+\[\d+\]: ((?:HF\d+ )?VI_1: .*)", line)
            if match and "since the last message)" not in line:
                found.append((match.group(1), f"{daemon.node.name}: {match.group(2)}"))
    return [line for _, line in sorted(found)]


def play(kind, fault, seconds, settings):
    with netns.Network(split_brain.__doc__) as network, tempfile.TemporaryDirectory() as folder, \
            split_brain.Stage(network, folder, kind, fault, interval=settings.interval) as stage:
        stage.start_both()
        marks = {daemon: daemon.log.here() for daemon in stage.logs}
        struck = stage.holders.now()
        fault.strike(stage)
        time.sleep(seconds)  # the fault's own length
        fault.mend(stage)
        settled = True
        try:
            stage.holders.wait_settled("A", timeout=settings.patience)
        except AssertionError:
            settled = False
        end = stage.holders.now()
        time.sleep(settings.interval)  # the logs come after the deeds
        return Outcome(stage.holders.both_active(struck, end), stage.holders.outage(struck, end), said_since(stage, marks), settled)


def table(outcomes, faults, kinds):
    """One line for each fault; + where the end was not awaited."""
    yield f"{'':35}" + "".join(f"{TITLES[kind]:>15}" for kind in kinds)
    yield f"{'fault':35}" + "".join(f"{'both':>7}{'outage':>8}" for _ in kinds)
    for fault in faults:
        line = f"{fault.name:35}"
        for kind in kinds:
            seen = outcomes[kind, fault.name]
            outage = f"{max(one.outage for one in seen) * 1000:.0f}" + ("" if all(one.settled for one in seen) else "+")
            line += f"{max(one.both_active for one in seen) * 1000:>7.0f}{outage:>8}"
        yield line


def page_text(outcomes, faults, kinds, settings):
    """What stands between the marks of the page."""
    yield f"Each fault lasted {settings.seconds:g} s and a part of"
    yield f".Ic advert_int {settings.interval:g} ;"
    yield f"of {settings.repeats} runs the longest time is shown, in milliseconds."
    yield ".Bd -literal"
    yield from table(outcomes, faults, kinds)
    yield ".Ed"
    yield ".Pp"
    yield "Incidents and changes of state in the logs of the two guarded hosts in one of these runs, from the fault on:"
    yield ".Bl -tag -width Ds"
    for fault in faults:
        said = [line for line in outcomes["guarded", fault.name][0].said if re.search(r"HF2604| -> ", line)]
        yield f".It {fault.name}"
        if not said:
            yield "Nothing."
            continue
        yield ".Bl -dash -compact"
        for line in said:
            yield ".It"
            yield re.sub(r"\. (?=[A-Z])", ".\n", re.sub(r"incident \S+, ", "incident ID, ", line.replace("\\", "\\e")))
        yield ".El"
    yield ".El"


def record(page, lines):
    text = page.read_text(encoding="utf-8")
    begin, end = ENDS
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{page} has no place for the table")
    before, after = text.split(begin)[0], text.split(end)[1]
    page.write_text(before + begin + "\n".join(lines) + "\n" + end + after, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30, help="how long each fault lasts")
    parser.add_argument("--interval", type=float, default=1, help="advert_int")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=6, help="so many pairs of hosts at once; they mostly wait")
    parser.add_argument("--patience", type=float, default=120, help="seconds to wait for the end after a fault is mended")
    parser.add_argument("--only", default="", help="faults whose name contains this")
    parser.add_argument("--kinds", default=",".join(split_brain.KINDS))
    parser.add_argument("--record", metavar="PAGE", help="a manual page with a place for it")
    settings = parser.parse_args()
    faults = [fault for fault in split_brain.FAULTS if settings.only in fault.name]
    kinds = settings.kinds.split(",")
    if not faults or set(kinds) - set(split_brain.KINDS):
        parser.error("no such fault, or no such kind of daemon")
    if settings.record and "guarded" not in kinds:
        parser.error("the page shows what the guard says: --kinds without guarded cannot be recorded")
    if os.geteuid() != 0:
        parser.error("it makes network namespaces: run it as root")
    outcomes = {(kind, fault.name): [] for kind in kinds for fault in faults}
    with concurrent.futures.ThreadPoolExecutor(settings.jobs) as pool:
        # Who is heard first afterwards depends on where between two adverts a fault ends: not always at the same place.
        lengths = [settings.seconds + settings.interval * (at + 0.5) / settings.repeats for at in range(settings.repeats)]
        runs = {pool.submit(play, kind, fault, seconds, settings): (kind, fault.name)
                for seconds in lengths for fault in faults for kind in kinds}
        for done in concurrent.futures.as_completed(runs):
            kind, name = runs[done]
            try:
                one = done.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
            outcomes[kind, name].append(one)
            print(f"{kind:12}{name:38}both active {one.both_active * 1000:.0f} ms, outage {one.outage * 1000:.0f} ms"
                  f"{'' if one.settled else ', not settled'}", file=sys.stderr, flush=True)
    print("\n".join(table(outcomes, faults, kinds)))
    if settings.record:
        record(Path(settings.record), page_text(outcomes, faults, kinds, settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
