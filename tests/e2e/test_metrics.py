"""Metrics of a running node as Prometheus reads them: judged by promtool and by Prometheus' own library; they agree with
`holdfast status`; whoever scrapes, however badly, and whatever becomes of the address changes nothing else.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from lines import PATIENCE_S, eventually
from peers import child_named
from settings import block, instance
from split_brain import guard, nft

FAST = {"interval": 0.2, "version": 3}
ROOT = Path(__file__).resolve().parents[2]
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
AT = "192.0.2.1:9650"


def listening(*places, more=()):
    return "\n".join(block("global_defs", "router_id node-x", *(f"metrics_listen {place}" for place in places), *more)) + "\n"


def curl(node, url, *words, check=True):
    """The body of an answer."""
    done = subprocess.run(["ip", "netns", "exec", node.namespace, "curl", "-sS", "--noproxy", "*", "--max-time", str(PATIENCE_S), *words,
                           url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout


def scrape(node, at=AT, path="/metrics"):
    return curl(node, f"http://{at}{path}")


def samples(text):
    """{(name, labels in order): value}"""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if match and not line.startswith("#"):
            labels = tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match.group(2) or "")))
            found[match.group(1), labels] = float(match.group(3))
    return found


def value(found, name, /, **labels):
    """The only sample of that name that has those labels; nothing: there is none."""
    wanted = set(labels.items())
    values = [value for (one, has), value in found.items() if one == name and wanted <= set(has)]
    assert len(values) <= 1, f"{name} {labels}: {len(values)} samples"
    return values[0] if values else None


def wait_for(node, at, name, wanted, /, **labels):
    """Samples of a scrape in which that one has that value."""
    def look():
        found = samples(scrape(node, at))
        return found if value(found, name, **labels) == wanted else None
    return eventually(look, f"{name} {labels} is never {wanted}")


def active(lab, configuration, node="A"):
    daemon = lab.holdfast(node, configuration)
    daemon.wait_state("VI_1", "MASTER")
    return daemon


def test_a_scrape_of_each_node_tells_its_role(lab):
    a = active(lab, listening(AT) + instance(priority=150, **FAST))
    b = lab.holdfast("B", listening("192.0.2.2:9650", "unix") + instance(priority=100, **FAST))
    b.wait_state("VI_1", "BACKUP")
    found = wait_for(lab.net["A"], AT, "holdfast_instance_state", 1, name="VI_1", state="active")
    assert value(found, "holdfast_instance_state", name="VI_1", vrid="51", interface="eth0", family="ipv4", state="backup") == 0
    assert value(found, "holdfast_instance_priority", name="VI_1") == 150
    found = wait_for(lab.net["A"], AT, "holdfast_instance_addresses_in_place", 1, name="VI_1")
    assert value(found, "holdfast_node_info", node="node-x", configuration=str(a.file)) == 1
    # One node asks the other, and its unix socket is on this machine.
    found = wait_for(lab.net["A"], "192.0.2.2:9650", "holdfast_peer_followed", 1, name="VI_1", peer="192.0.2.1")
    assert value(found, "holdfast_peer_priority", name="VI_1", peer="192.0.2.1") == 150
    text = curl(lab.net["B"], "http://localhost/metrics", "--unix-socket", str(b.runtime / "metrics.sock"))
    assert value(samples(text), "holdfast_instance_state", name="VI_1", state="backup") == 1

    a.kill_all()
    b.wait_state("VI_1", "MASTER")
    found = wait_for(lab.net["B"], "192.0.2.2:9650", "holdfast_instance_became_active_total", 1, name="VI_1")
    assert value(found, "holdfast_instance_state", name="VI_1", state="active") == 1


def situation_of(found, unit="VI_1"):
    """The only one that a guard is in."""
    one, = [dict(labels)["situation"] for (name, labels), value in found.items()
            if name == "holdfast_guard_situation" and dict(labels)["unit"] == unit and value == 1]
    return one


def test_what_a_guard_found_and_decided_is_in_a_scrape(lab):
    a = active(lab, instance(priority=150, **FAST))
    b = lab.holdfast("B", listening("192.0.2.2:9650") + instance(priority=100, lines=guard("hold"), **FAST))
    b.wait_state("VI_1", "BACKUP")
    found = wait_for(lab.net["B"], "192.0.2.2:9650", "holdfast_guard_holds_back", 0, unit="VI_1")
    assert situation_of(found) == "none"
    nft(lab.net["B"].namespace, "inet test", {"in": ("input", ("ip protocol vrrp drop",))})
    found = wait_for(lab.net["B"], "192.0.2.2:9650", "holdfast_guard_holds_back", 1, unit="VI_1")
    assert situation_of(found) == "heard elsewhere"
    assert value(found, "holdfast_guard_verdict", unit="VI_1", verdict="stay") == 1
    assert value(found, "holdfast_instance_state", name="VI_1", state="backup") == 1
    assert a.stop() == 0
    b.wait_state("VI_1", "MASTER")
    found = wait_for(lab.net["B"], "192.0.2.2:9650", "holdfast_guard_holds_back", 0, unit="VI_1")
    assert situation_of(found) in ("farewell", "undisputed")


def everything(folder):
    """A configuration with samples of every metric."""
    (folder / "number").write_text("3\n")
    tracked = [*block("vrrp_script good", "script /bin/true", "interval 1", "user root"),
               *block("vrrp_script bad", "script /bin/false", "interval 1", "weight -10", "user root"),
               *block("track_file number", f"file {folder}/number", "weight 2")]
    lines = [*block("unicast_peer", "192.0.2.2"), *block("track_script", "good", "bad"), *block("track_file", "number"),
             *guard("alert")]
    return (listening(AT, more=["script_user root"]) + "\n".join(tracked) + "\n" + instance(lines=lines, **FAST) +
            instance("VI_2", vrid=52, addresses=("192.0.2.102/24",), **FAST) +
            "\n".join(block("vrrp_sync_group VG_1", *block("group", "VI_2"))) + "\n")


# What is there only when something has gone wrong.
RARE = {"holdfast_instance_advert_remarks_total", "holdfast_incident_opened_timestamp_seconds"}


def test_what_dashboard_rules_and_manual_name_is_in_a_scrape_that_promtool_accepts(lab):
    lab.judged = False
    lab.holdfast("A", everything(lab.folder)).wait_state("VI_1", "MASTER")
    for verdict in ("good", "bad"):
        wait_for(lab.net["A"], AT, "holdfast_check_verdict", 1, tracker=f"check {verdict}", verdict=verdict)
    text = scrape(lab.net["A"])
    there = {name for name, _ in samples(text)}
    manual = set(re.findall(r"^\.It Li (holdfast_\S+)", (ROOT / "man" / "holdfast-metrics.7").read_text(), re.M))
    # Heard from a peer, of which there is none here.
    peerless = {"holdfast_peer_last_heard_timestamp_seconds"}
    assert there == manual - RARE - peerless
    assert all(f"# TYPE {name} " in text for name in manual)
    for file in ("conf/prometheus/holdfast.rules.yml", "conf/grafana/holdfast.json"):
        named = set(re.findall(r"\bholdfast_\w+", (ROOT / file).read_text()))
        assert len(named) > 8 and named <= manual, file

    exporters = scrape(lab.net["A"], path="/metrics/keepalived")
    manual = set(re.findall(r"^\.It Li (keepalived_\S+)", (ROOT / "man" / "holdfast-metrics.7").read_text(), re.M))
    assert {name for name, _ in samples(exporters)} == manual
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    judged = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    assert (judged.returncode, judged.stdout) == (0, "")
    # The other names are as good as the exporters' are.
    judged = subprocess.run(["promtool", "check", "metrics"], input=exporters, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    assert all(re.match(r'keepalived_vrrp_\w+ counter metrics should have "_total" suffix$', line) for line in judged.stdout.splitlines())


def test_openmetrics_is_what_prometheus_own_library_reads(lab):
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    lab.judged = False
    lab.holdfast("A", everything(lab.folder)).wait_state("VI_1", "MASTER")
    wait_for(lab.net["A"], AT, "holdfast_check_verdict", 1, tracker="check bad", verdict="bad")
    for path in ("/metrics", "/metrics/keepalived"):
        # As Prometheus 2.42 asks.
        accept = "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;q=0.5"
        head, body = curl(lab.net["A"], f"http://{AT}{path}", "-i", "-H", accept).split("\n\n", 1)
        assert f"Content-Type: {OPENMETRICS}" in head
        families = {family.name: family for family in parser.text_string_to_metric_families(body)}
        named = {sample.name for family in families.values() for sample in family.samples}
        assert named == {name for name, _ in samples(scrape(lab.net["A"], path=path))}
    assert families["keepalived_advertisements_sent"].type == "counter"
    assert families["keepalived_vrrp_advert_sent"].type == "unknown"


def test_the_rules_do_what_their_tests_say():
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    folder = ROOT / "conf" / "prometheus"
    for words in (["check", "rules", "--lint=all", "--lint-fatal", "holdfast.rules.yml"], ["test", "rules", "holdfast.rules.test.yml"]):
        done = subprocess.run(["promtool", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout
    rules = set(re.findall(r"- alert: (\w+)", (folder / "holdfast.rules.yml").read_text()))
    fired = set(re.findall(r"alertname: (\w+)\n +exp_alerts:", (folder / "holdfast.rules.test.yml").read_text()))
    assert rules == fired, "each alert is fired by a test"


def test_the_dashboard_asks_what_prometheus_understands():
    dashboard = json.loads((ROOT / "conf" / "grafana" / "holdfast.json").read_text())
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers) > 10
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = {name for text in expressions for name in re.findall(r"\$(\w+)", text)} - {"__rate_interval"}
    assert used <= names
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in dashboard["panels"])
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed")
    rules = {"groups": [{"name": "dashboard", "rules": [
        {"record": f"expression:{at}", "expr": re.sub(r"\$\w+", ".*", text.replace("$__rate_interval", "1m"))}
        for at, text in enumerate(expressions)]}]}
    done = subprocess.run(["promtool", "check", "rules", "/dev/stdin"], input=json.dumps(rules), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout


def test_only_what_there_is_is_handed_out(lab):
    active(lab, listening(AT) + instance(**FAST))
    code = ("-o", "/dev/null", "-w", "%{http_code} %{content_type}")
    node = lab.net["A"]
    assert curl(node, f"http://{AT}/metrics", *code) == f"200 {TEXT}"
    assert curl(node, f"http://{AT}/metrics", "--http1.0", *code) == f"200 {TEXT}"
    assert curl(node, f"http://{AT}/metrics", "--head", *code) == f"200 {TEXT}"
    assert "/metrics" in curl(node, f"http://{AT}/")
    for words, expected in ((["/status"], "404"), (["/metrics", "-d", "x"], "405"), (["/metrics", "-H", "X: " + "x" * 9000], "431"),
                            (["/metrics", "-H", "Host:"], "400"), (["/metrics", "-X", "BREW"], "405")):
        assert curl(node, f"http://{AT}{words[0]}", *words[1:], *code).split()[0] == expected, words
    found = samples(scrape(node))
    assert value(found, "holdfast_monitor_refused_total", socket="metrics") == 4


def test_an_address_that_is_not_there_yet_is_said_once_and_served_when_it_comes(lab):
    a = active(lab, listening("192.0.2.77:9650", AT) + instance(**FAST))
    a.log.wait(r"HF2710 metrics are not offered at 192\.0\.2\.77:9650 so far: ")
    assert "holdfast_build_info" in scrape(lab.net["A"])  # the other one is
    lab.net["A"].ip("addr", "add", "192.0.2.77/24", "dev", "eth0")
    a.log.wait(r"metrics are offered at 192\.0\.2\.77:9650")
    assert "holdfast_build_info" in scrape(lab.net["A"], "192.0.2.77:9650")
    assert len(a.log.find(r"not offered at 192\.0\.2\.77:9650")) == 1


def test_the_sockets_outlive_the_process_that_serves_them(lab):
    a = active(lab, listening(AT) + instance(**FAST))
    first = child_named(a, "holdfast-mon")
    os.kill(first, signal.SIGKILL)
    assert "holdfast_build_info" in scrape(lab.net["A"])  # who connects meanwhile waits
    assert child_named(a, "holdfast-mon") not in (None, first)
    assert a.reload(listening(AT, "unix") + instance(priority=101, **FAST))
    wait_for(lab.net["A"], AT, "holdfast_instance_configured_priority", 101, name="VI_1")
    assert (a.runtime / "metrics.sock").exists()
    # Taken away, its port is free at once or soon; the old process still answers whom it has.
    assert a.reload(listening("192.0.2.1:9651") + instance(priority=102, **FAST))
    wait_for(lab.net["A"], "192.0.2.1:9651", "holdfast_instance_configured_priority", 102, name="VI_1")
    eventually(lambda: subprocess.run(["ip", "netns", "exec", lab.net["A"].namespace, "curl", "-s", "--max-time", "5", f"http://{AT}/"],
                                      stdout=subprocess.DEVNULL, check=False).returncode == 7, "the old port is still open")
    assert not (a.runtime / "metrics.sock").exists()


def test_metrics_are_off_unless_they_are_asked_for(lab):
    a = active(lab, instance(**FAST))
    said = subprocess.run(["ip", "netns", "exec", lab.net["A"].namespace, "ss", "-Hltn"], stdout=subprocess.PIPE, text=True, check=True)
    assert said.stdout == ""
    assert not (a.runtime / "metrics.sock").exists()


def connect(path):
    one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    one.settimeout(PATIENCE_S)
    one.connect(str(path))
    return one


def test_who_connects_and_says_nothing_or_nonsense_keeps_nobody_out(lab):
    a = active(lab, listening(AT, "unix") + instance(priority=255, **FAST))
    monitor = child_named(a, "holdfast-mon")
    silent = [connect(a.runtime / "metrics.sock") for _ in range(100)]
    for one in silent[50:]:
        try:
            one.send(b"GET /metrics HTTP/1.1\r\nX: " + os.urandom(2000))
        except BrokenPipeError:
            pass
    found = samples(scrape(lab.net["A"]))
    assert value(found, "holdfast_monitor_refused_total", socket="metrics") > 0
    assert value(found, "holdfast_instance_state", name="VI_1", state="active") == 1
    assert child_named(a, "holdfast-mon") == monitor and a.changes("VI_1")[-1] == "MASTER"
    a.log.wait(r"HF2712 metrics: process \d+ of user 0 is refused: ")
    for one in silent:
        one.close()
