"""State changes become mails, signed requests and commands; receivers with bad manners hold nothing up.

    lan:  A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
    mgmt: A.eth1 198.51.100.1/24 --- B.eth1 198.51.100.2/24 --- W.eth0 198.51.100.25/24
"""

import base64
import email
import email.policy
import json
import os
import re
import shutil
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from peers import watch_folder
from receivers import Hook, Relay
from settings import block, instance

SAMPLE = Path(__file__).resolve().parents[2] / "conf" / "samples" / "alerts.conf"
FAST = {"interval": 0.1, "version": 3}
WATCHER = "198.51.100.25"


def globals_of(*lines):
    return "\n".join(("global_defs {", "    router_id lb1", "    script_user root", *(f"    {line}" for line in lines), "}", ""))


def mail_lines(*more, server=WATCHER, recipients=("ops@example.org",)):
    return (f"smtp_server {server}", "smtp_connect_timeout 2", "notification_email_from lb1@example.org", "smtp_alert",
            *block("notification_email", *recipients), *more)


def parsed(text):
    return email.message_from_string(text, policy=email.policy.default)


@pytest.fixture
def closing():
    """Calls what it is given at the end."""
    open_ones = []
    yield lambda one: open_ones.append(one) or one
    for one in reversed(open_ones):
        one.close()


@pytest.fixture
def relay(lab, closing):
    return lambda **how: closing(Relay(lab.net["W"], WATCHER, **how))


@pytest.fixture
def hook(lab, closing):
    return lambda **how: closing(Hook(lab.net["W"], WATCHER, **how))


@pytest.fixture
def folder(lab):
    path = f"/run/{lab.net.id}"
    os.mkdir(path, 0o755)
    yield path
    shutil.rmtree(path)


def subjects(receiver):
    return [parsed(text)["Subject"] for _, _, text in receiver.mails]


# --- Mail


def test_a_failover_is_mailed_by_both_nodes_in_keepalived_s_form(lab, relay):
    post = relay()
    text = globals_of(*mail_lines("smtp_helo_name lb1.example.org", recipients=("ops@example.org", '"On Call <pager@example.org>"')))
    b = lab.holdfast("B", text.replace("lb1", "lb2") + instance(priority=100, **FAST))
    b.wait_state("VI_1", "MASTER")
    a = lab.holdfast("A", text + instance(priority=200, **FAST))
    post.wait(lambda: len(post.mails) >= 5, "five mails")
    assert set(subjects(post)) == {"[lb1] VRRP Instance VI_1 - Entering BACKUP state", "[lb1] VRRP Instance VI_1 - Entering MASTER state",
                                   "[lb2] VRRP Instance VI_1 - Entering BACKUP state", "[lb2] VRRP Instance VI_1 - Entering MASTER state"}
    sender, recipients, raw = next(one for one in post.mails if "[lb1]" in one[2] and "MASTER" in parsed(one[2])["Subject"])
    mail = parsed(raw)
    assert sender == "lb1@example.org" and recipients == ("ops@example.org", "pager@example.org")
    assert mail["From"] == "lb1@example.org" and mail["To"] == "ops@example.org, On Call <pager@example.org>"
    assert mail["X-Mailer"] == "Keepalived" and mail["Date"].datetime.tzinfo and mail["Message-ID"]
    assert re.fullmatch(r"=> Instance VI_1 is now MASTER \(it was BACKUP\): \S.* <=\r?\n", mail.get_content())
    assert "EHLO lb1.example.org" in post.commands
    assert a.stop() == 0
    post.wait(lambda: "[lb1] VRRP Instance VI_1 - Stopping" in subjects(post), "the mail of the stop")
    assert len({parsed(one[2])["Message-ID"] for one in post.mails}) == len(post.mails)


def test_a_reload_and_a_new_process_mail_nothing_again(lab, relay):
    post = relay()
    text = globals_of(*mail_lines("no_email_faults")) + instance(**FAST)
    a = lab.holdfast("A", text)
    post.wait(lambda: len(post.mails) == 2, "BACKUP and MASTER")
    assert a.reload(text.replace("priority 100", "priority 90"))
    os.kill(a.child("vrrp"), 9)
    a.log.wait("processes restarted")
    lab.net.cut("A", "eth0")  # FAULT is not mailed
    a.wait_state("VI_1", "FAULT")
    lab.net.mend("A", "eth0")
    post.wait(lambda: len(post.mails) >= 4, "BACKUP and MASTER once more")
    assert [subject.split()[-2] for subject in subjects(post)] == ["BACKUP", "MASTER", "BACKUP", "MASTER"]


def test_a_relay_that_says_later_gets_the_mail_later_and_one_that_says_never_does_not(lab, relay):
    post = relay(replies={"MAIL": ["451 4.7.1 greylisted, come back", "250 ok", "550 5.7.1 we do not know you"]})
    a = lab.holdfast("A", globals_of(*mail_lines()) + instance(**FAST))
    assert "greylisted" in a.log.wait("HF2421 .*").group(0)
    assert "550 5.7.1 we do not know you" in a.log.wait("HF2420 .*").group(0)
    post.wait(lambda: len(post.mails) == 1, "one of the two")
    a.log.wait("HF2423 ")


def test_one_refused_recipient_does_not_cost_the_others_their_mail(lab, relay):
    post = relay(replies={"RCPT TO:<gone@": ["550 5.1.1 no such user"] * 9, "RCPT TO:<busy@": ["450 4.2.1 mailbox busy"]})
    a = lab.holdfast("A", globals_of(*mail_lines(recipients=("gone@example.org", "ops@example.org", "busy@example.org")))
                     + instance(**FAST))
    post.wait(lambda: len(post.mails) >= 3, "both mails, and one again for whom it was late")
    assert sorted(one[1] for one in post.mails) == [("busy@example.org",), ("ops@example.org",), ("ops@example.org", "busy@example.org")]
    assert "gone@example.org: 550 5.1.1 no such user" in a.log.wait("HF242[01] .*no such user.*").group(0)


def drip(one):
    one.sendall(b"220-")
    while True:
        time.sleep(0.3)
        one.sendall(b"x")


def flood(one):
    while True:
        one.sendall(b"x" * 65536)


def flood_of_lines(one):
    while True:
        one.sendall(b"220-and one more line of a greeting without end\r\n" * 1000)


def hang(one):
    while one.recv(4096):
        pass


BAD = {"hang": hang, "drip": drip, "flood": flood, "lines": flood_of_lines, "close": lambda one: None}


@pytest.mark.parametrize("manner", BAD)
def test_a_relay_with_bad_manners_costs_nothing_but_its_mail(lab, relay, folder, manner):
    post = relay(manner=BAD[manner])
    script = f"{folder}/notify"
    with open(script, "w") as file:
        file.write(f"#!/bin/sh\necho $3 >>{folder}/calls\n")
    os.chmod(script, 0o755)
    a = lab.holdfast("A", globals_of(*mail_lines()) + instance(priority=200, lines=[f"notify {script}"], **FAST))
    a.log.wait("HF2421 mail to .* is not delivered yet: .*")
    a.wait_state("VI_1", "MASTER")
    lab.net.cut("A", "eth0")
    a.wait_state("VI_1", "FAULT")
    watch_folder(folder, lambda: "FAULT" in open(f"{folder}/calls").read(), "the script of the FAULT")
    assert a.stop() == 0
    assert "not delivered: the daemon ends" in a.log.wait("HF2425 .*").group(0)


# --- Webhooks


def key_file(folder, mode=0o600):
    path = f"{folder}/key"
    with open(path, "w") as file:
        file.write("a key that nobody knows\n")
    os.chmod(path, mode)
    return path


def test_a_webhook_gets_every_state_signed(lab, hook, folder):
    receiver = hook(key=b"a key that nobody knows")
    group = "\n".join(("vrrp_sync_group VG {", *block("group", "VI_1"), "}", ""))
    a = lab.holdfast("A", globals_of(f"alert_webhook http://someone:secret@{WATCHER}:8080/hooks/vrrp?token=hidden key_file {key_file(folder)}",
                                     "vrrp_notify_priority_changes")
                     + group + instance(priority=200, **FAST))
    receiver.wait(lambda: "MASTER" in receiver.states(), "MASTER")
    lab.net.cut("A", "eth0")
    receiver.wait(lambda: receiver.states()[-1] == "FAULT", "FAULT")
    lab.net.mend("A", "eth0")
    receiver.wait(lambda: receiver.states()[-1] == "MASTER", "MASTER again")
    assert a.reload()
    assert a.stop() == 0
    receiver.wait(lambda: receiver.states()[-1] == "STOP", "STOP")
    assert receiver.states() == ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"]
    assert receiver.states("VG") and all(map(receiver.is_signed, receiver.requests))
    fault = next(body for body in receiver.bodies() if body["state"] == "FAULT" and body["subject"] == "VI_1")
    assert list(fault) == ["schema", "id", "time", "severity", "event", "subject", "state", "former_state", "priority", "cause",
                           "incident", "text", "router_id", "host", "choices"]
    assert (fault["schema"], fault["severity"], fault["event"], fault["former_state"], fault["cause"], fault["router_id"]) == \
        (1, "error", "instance-state", "MASTER", "link-down", "lb1")
    path, headers, _ = receiver.requests[0]
    assert path == "/hooks/vrrp?token=hidden" and headers["content-type"] == "application/json"
    assert base64.b64decode(headers["authorization"].split()[1]) == b"someone:secret"
    assert headers["x-holdfast-id"] == receiver.bodies()[0]["id"]
    assert not any(secret in line for line in a.log.all() for secret in ("secret@", "hidden", "a key that"))


def test_a_webhook_is_tried_again_with_the_same_event_and_a_new_time(lab, hook, folder):
    receiver = hook(key=b"a key that nobody knows", replies=["503 Busy\r\nRetry-After: 1", "429 Slow down", "500 Broken", "404 Gone"])
    a = lab.holdfast("A", globals_of(f"alert_webhook http://{WATCHER}:8080/ key_file {key_file(folder)}") + instance(**FAST))
    assert "status 503" in a.log.wait("HF2421 .*").group(0)
    assert "status 404" in a.log.wait("HF2420 .*").group(0)
    receiver.wait(lambda: len(receiver.requests) >= 5, "four refusals and a success")
    ids = [body["id"] for body in receiver.bodies()]
    assert len(set(ids)) == 2 and all(map(receiver.is_signed, receiver.requests))
    times = [headers["x-holdfast-timestamp"] for _, headers, _ in receiver.requests]
    assert times == sorted(times) and len(set(times)) > 1


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    f"{folder}/tls.key", "-out", f"{folder}/tls.pem", "-days", "1", "-subj", "/CN=elsewhere.example.org"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/tls.pem", f"{folder}/tls.key")
    return context


def test_a_certificate_that_is_not_trusted_gets_nothing_unless_that_is_asked_for(lab, hook, folder):
    receiver = hook(tls=certificate(folder))
    text = globals_of(f"alert_webhook https://{WATCHER}:8080/") + instance(**FAST)
    a = lab.holdfast("A", text)
    assert "certificate" in a.log.wait("HF2421 webhook .*").group(0)
    assert not receiver.requests
    assert a.reload(text.replace(":8080/", ":8080/ insecure"))
    lab.net.cut("A", "eth0")
    receiver.wait(lambda: receiver.states() == ["FAULT"], "FAULT")


@pytest.mark.parametrize("manner", BAD)
def test_a_webhook_with_bad_manners_delays_no_other_receiver(lab, relay, hook, manner):
    bad = hook(manner=BAD[manner])
    good = Hook(lab.net["W"], WATCHER, 8081)
    a = lab.holdfast("A", globals_of(f"alert_webhook http://{WATCHER}:8080/ timeout 1", f"alert_webhook http://{WATCHER}:8081/")
                     + instance(priority=200, **FAST))
    good.wait(lambda: good.states() == ["BACKUP", "MASTER"], "both states")
    bad.wait(lambda: bad.connections > 0, "an attempt")
    a.log.wait(f"HF2421 webhook http://{WATCHER}:8080: .* is not delivered yet: .*")
    assert a.stop() == 0
    good.wait(lambda: good.states()[-1] == "STOP", "STOP")
    good.close()


def test_a_name_server_that_does_not_answer_delays_nobody(lab, hook, folder):
    """The checker asks a name server that is there and silent; a script goes on, and the stop waits for no name."""
    receiver = hook()
    etc = f"/etc/netns/{lab.net['A'].namespace}"
    os.makedirs(etc)
    try:
        with open(f"{etc}/resolv.conf", "w") as file:
            file.write("nameserver 198.51.100.77\noptions timeout:30 attempts:5\n")
        with open(f"{etc}/nsswitch.conf", "w") as file:
            file.write("hosts: files dns\n")
        a = lab.holdfast("A", globals_of("alert_webhook http://hooks.example.org/ timeout 1", f"alert_webhook http://{WATCHER}:8080/",
                                         *mail_lines(server="mail.example.org")) + instance(priority=200, **FAST))
        a.log.wait("HF2421 webhook http://hooks.example.org: .*")
        a.log.wait("HF2421 mail to mail.example.org: .*")
        lab.net.cut("A", "eth0")
        a.wait_state("VI_1", "FAULT")
        lab.net.mend("A", "eth0")
        receiver.wait(lambda: "FAULT" in receiver.states() and receiver.states()[-1] == "MASTER", "the other receiver")
        assert a.stop() == 0
    finally:
        shutil.rmtree(etc)


def test_a_key_that_is_missing_is_said_with_its_line_and_leaves_the_webhook_out(lab, hook, folder):
    receiver = hook()
    a = lab.holdfast("A", globals_of(f"alert_webhook http://{WATCHER}:8080/ key_file {folder}/nonesuch") + instance(**FAST))
    line = a.log.wait(r".*HF1215.*").group(0)
    assert ":4:" in line and f"{folder}/nonesuch" in line
    a.wait_state("VI_1", "MASTER")
    assert a.reload(globals_of(f"alert_webhook http://{WATCHER}:8080/ key_file {key_file(folder, 0o644)}") + instance(**FAST))
    a.log.wait(r"HF1216.*")
    assert a.stop() == 0
    receiver.wait(lambda: receiver.states() == ["STOP"], "used all the same")


# --- All of them


def test_the_sample_tells_everybody(lab, relay, hook, folder):
    """The sample as it is, with the addresses of this network; logger is replaced by a command that leaves a trace."""
    post, receiver = relay(), hook(key=b"a key that nobody knows")
    trace = f"{folder}/trace"
    with open(trace, "w") as file:
        file.write(f"#!/bin/sh\ncat >>{folder}/told\n")
    os.chmod(trace, 0o755)
    text = SAMPLE.read_text()
    for shown, here in (("192.0.2.25", WATCHER), ("https://hooks.example.org/holdfast", f"http://{WATCHER}:8080/"),
                        ("/etc/holdfast/webhook.key", key_file(folder)), ("/usr/bin/logger", trace)):
        assert shown in text
        text = text.replace(shown, here)
    a = lab.holdfast("A", text)
    a.wait_state("VI_1", "MASTER")
    post.wait(lambda: len(post.mails) == 2, "two mails")
    receiver.wait(lambda: receiver.states() == ["BACKUP", "MASTER"] and all(map(receiver.is_signed, receiver.requests)), "two requests")
    watch_folder(folder, lambda: os.path.exists(f"{folder}/told") and open(f"{folder}/told").read().count("\n") == 2, "two commands")
    told = {json.loads(line)["id"] for line in open(f"{folder}/told")}
    assert told == {body["id"] for body in receiver.bodies()}
    assert told == {parsed(raw)["Message-ID"].split("@")[0].strip("<") for _, _, raw in post.mails}


# --- Commands


def test_a_command_gets_the_facts_in_its_environment_and_the_object_on_its_input(lab, folder):
    command = f"{folder}/command"
    with open(command, "w") as file:
        file.write(f"#!/bin/sh\ncat >{folder}/json.$HOLDFAST_STATE\nenv | grep ^HOLDFAST_ >{folder}/env.$HOLDFAST_STATE\n"
                   f"mv {folder}/env.$HOLDFAST_STATE {folder}/done.$HOLDFAST_STATE.$1\n")
    os.chmod(command, 0o755)
    a = lab.holdfast("A", globals_of(f'alert_command "{command} extra"') + instance(priority=200, **FAST))
    watch_folder(folder, lambda: os.path.exists(f"{folder}/done.MASTER.extra"), "MASTER")
    body = json.load(open(f"{folder}/json.MASTER"))
    facts = dict(line.rstrip("\n").split("=", 1) for line in open(f"{folder}/done.MASTER.extra"))
    assert body["subject"] == facts["HOLDFAST_SUBJECT"] == "VI_1"
    assert (facts["HOLDFAST_STATE"], facts["HOLDFAST_FORMER_STATE"], facts["HOLDFAST_PRIORITY"]) == ("MASTER", "BACKUP", "200")
    assert facts["HOLDFAST_ID"] == body["id"] and facts["HOLDFAST_TEXT"] == body["text"] and facts["HOLDFAST_TIME"] == body["time"]
    assert a.stop() == 0
    assert os.path.exists(f"{folder}/done.STOP.extra")


def test_ten_thousand_changes_at_once_are_bounded_and_what_is_lost_is_counted(lab, hook, folder):
    """As many instances on one interface as it takes to overflow what waits for a receiver that hangs."""
    receiver = hook(manner=hang)
    text = globals_of(f"alert_webhook http://{WATCHER}:8080/ timeout 300")
    for number in range(600):
        text += instance(name=f"V{number}", vrid=number % 255 + 1, interval=1, version=3, addresses=(f"10.9.{number // 250}.{number % 250 + 1}/32",),
                         lines=("unicast_src_ip 192.0.2.1", *block("unicast_peer", f"192.0.2.{100 + number // 255}")))
    a = lab.holdfast("A", text)
    line = a.log.wait(r"HF2424 webhook .*: \d+ of the oldest are lost.*").group(0)
    assert "1000 wait" in line
    receiver.wait(lambda: receiver.connections >= 1, "one at a time")
    assert receiver.connections == 1
    assert a.stop() == 0
    assert re.search(r"HF2425 webhook .*: 1000 alerts are not delivered", a.log.wait("HF2425 .*").group(0))
