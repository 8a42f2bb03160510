"""`holdfast report`: one archive with what a bug report needs, without secrets, and as whole as it can be without a daemon.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import json
import signal
import subprocess
import tarfile
from xml.etree import ElementTree

from lines import PATIENCE_S, eventually
from peers import program
from settings import block, instance, password
from test_config import CHECK, GLOBAL, GUARD, SECRETS


def report(daemon, *words, check=0, **options):
    done = subprocess.run([program("holdfast"), "report", "--runtime-dir", str(daemon.runtime), "--state-dir", str(daemon.state), *words],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=2 * PATIENCE_S, **options)
    assert done.returncode == check, done.stdout + done.stderr
    return done


def unpacked(path):
    """Texts by their names, which are all in one folder."""
    with tarfile.open(path, "r:gz") as archive:
        members = archive.getmembers()
        assert len({one.name.split("/")[0] for one in members}) == 1 and all(one.isfile() for one in members)
        return {one.name.split("/", 1)[1]: archive.extractfile(one).read().decode() for one in members}


def test_it_holds_what_a_bug_report_needs_and_no_secret(lab, tmp_path):
    script = tmp_path / "check.sh"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o755)
    tracked = "\n".join(block("vrrp_script disk", f"script \"{script} --token k33pmesafe\"", "interval 1", "user root")) + "\n"
    lines = (*password("pa55w"), *GUARD, *block("track_check", "web weight 5"), *block("track_script", "disk weight 5"))
    a = lab.holdfast("A", GLOBAL + CHECK + tracked + instance(lines=lines))
    a.wait_state("VI_1", "BACKUP")
    eventually(lambda: subprocess.run([program("holdfast"), "checks", "--runtime-dir", str(a.runtime)], capture_output=True,
                                      check=False).returncode in (0, 1), "no status")
    path = tmp_path / "report.tar.gz"
    done = report(a, "-o", str(path))
    assert done.stdout == f"{path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    found = unpacked(path)
    assert {"README.txt", "versions.txt", "configuration.txt", "configuration.json", "status.txt", "status.json", "why.txt", "why.json",
            "peers.json", "checks.txt", "checks.json", "stats.txt", "stats.json", "history.txt", "history.json", "history.svg",
            "incidents.txt", "incidents.json", "interfaces.txt"} <= set(found)
    for name, text in found.items():
        assert not [secret for secret in SECRETS if secret in text], name
        if name.endswith(".json"):
            json.loads(text)
    assert "k33pmesafe" not in found["checks.txt"] + found["checks.json"] + found["status.json"]
    ElementTree.fromstring(found["history.svg"])
    assert all(f"{name} " in found["README.txt"] for name in found if name != "README.txt")
    assert "holdfast 0." in found["versions.txt"] and "kernel Linux" in found["versions.txt"]
    assert "lo: " in found["interfaces.txt"] and "VI_1" in found["history.txt"]

    before = path.read_bytes()
    assert str(path) in report(a, "-o", str(path), check=1).stderr
    assert path.read_bytes() == before
    link = tmp_path / "link.tar.gz"
    link.symlink_to(tmp_path / "elsewhere")
    report(a, "-o", str(link), check=1)
    assert not (tmp_path / "elsewhere").exists()


def test_without_the_daemon_it_says_what_is_missing(lab, tmp_path):
    a = lab.holdfast("A", "global_defs {\n    router_id node-a\n}\n" + instance())
    a.wait_state("VI_1", "MASTER")
    a.signal(signal.SIGTERM)
    a.log.wait_end(PATIENCE_S)
    done = report(a, cwd=tmp_path)
    path = tmp_path / done.stdout.strip()
    assert path.name.startswith("holdfast-report-node-a-")
    assert "configuration: " in done.stderr and "status, why, peers, checks, stats: " in done.stderr
    found = unpacked(path)
    assert "status.txt" not in found and "Missing" in found["README.txt"] and "configuration: " in found["README.txt"]
    assert "a run that ended at" in found["history.txt"] and "heard last: " in found["history.txt"]
