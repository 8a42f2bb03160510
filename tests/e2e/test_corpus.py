"""Real configurations: our -t and keepalived's agree whether there is something wrong with a file.

    lan: A.eth0 192.0.2.1/24
"""

import concurrent.futures
import os
import sys
from pathlib import Path

import corpus
import pytest
from peers import program

FOLDER = Path(__file__).resolve().parents[1] / "corpus"

# Where we say something else than keepalived 2.4.3, and why.
DECISIONS = {
    "013.conf": "names a network namespace that does not exist; keepalived's test mode gives up with status 0 there, "
                "after 28 findings of the kind that we give too",
    "025.conf": "nests loops through a definition, as the manual page allows; the reference lost that (a regression) "
                "and finds unknown keywords",
    "063.conf": "uses enable_dbus, which is a keyword; the reference was built without D-Bus",
}


@pytest.fixture(scope="module")
def verdicts():
    """file -> (accepted by keepalived, our status, our words)"""
    entries = corpus.entries(FOLDER)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = pool.map(lambda entry: corpus.judge(program("holdfastd"), entry.path), entries)
        return {entry.path.name: (entry.accepted, status, words) for entry, (status, words) in zip(entries, judged)}


def test_at_least_95_of_100_verdicts_agree(verdicts):
    agreed = sum(reference == (status in (0, 6)) for reference, status, _ in verdicts.values())
    print(f"{agreed} of {len(verdicts)} agree", file=sys.stderr)
    assert len(verdicts) > 60 and agreed >= 0.95 * len(verdicts)


def test_each_disagreement_is_a_decision_and_each_decision_a_disagreement(verdicts):
    differing = {name: (status, words.splitlines()[:3]) for name, (reference, status, words) in verdicts.items()
                 if reference != (status in (0, 6))}
    assert set(differing) == {name for name in DECISIONS if name in verdicts}, differing


def test_no_file_crashes_or_hangs_the_daemon(verdicts):
    assert {name: status for name, (_, status, _) in verdicts.items() if status not in (0, 2, 4, 5, 6)} == {}
