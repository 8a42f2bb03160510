"""`holdfast config`: what the running daemon goes by, with what holds where nothing was written, and without secrets.

    lan: A.eth0 192.0.2.1/24 --- B.eth0 192.0.2.2/24
"""

import json
import pwd
import re
import subprocess

from lines import PATIENCE_S, eventually
from peers import program
from settings import block, instance, password

GLOBAL = "\n".join(block("global_defs", "router_id node-a", "vrrp_garp_master_repeat 3",
                         "alert_webhook https://someone:hush@hooks.example.org/T00/sEcReT")) + "\n"
GUARD = block("split_brain", "policy fence", "heartbeat_key my-very-secret-key-that-is-long-enough",
              *block("fence", "agent /usr/sbin/fence_dummy", "option passwd letmein"))
CHECK = "\n".join(block("vrrp_check web", "check http http://admin:hidden@192.0.2.2/health", "interval 1")) + "\n"
SECRETS = ("sEcReT", "hush", "my-very-secret", "letmein", "pa55w", "admin:hidden")


def config(daemon, *words, **options):
    return subprocess.run([program("holdfast"), "config", "--runtime-dir", str(daemon.runtime), *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=PATIENCE_S, **options)


def shown(daemon):
    def look():
        done = config(daemon)
        return done.stdout if done.returncode == 0 else None
    return eventually(look, "the configuration is never shown")


def test_it_is_what_runs_and_not_what_stands_in_the_file_now(lab):
    a = lab.holdfast("A", GLOBAL + instance(priority=150, version=3))
    a.wait_state("VI_1", "MASTER")
    a.configure(GLOBAL + instance(priority=77, version=3))
    said = shown(a)
    assert re.search(r"^    priority 150$", said, re.M) and "priority 77" not in said
    assert re.search(r"^    advert_int 1$", said, re.M) and re.search(r"^    router_id node-a$", said, re.M)
    assert a.reload()
    assert re.search(r"^    priority 77$", eventually(lambda: (lambda text: text if "priority 77" in text else None)(shown(a)), "no reload"), re.M)


def test_what_was_not_written_is_filled_in_and_marked_and_inherited_values_are_those_in_force(lab):
    a = lab.holdfast("A", GLOBAL + instance(interval=0.26))
    a.wait_state("VI_1", "MASTER")
    said = shown(a)
    assert re.search(r"^    garp_master_repeat 3    # default$", said, re.M)  # of the global one
    assert re.search(r"^    garp_master_delay 5    # default$", said, re.M)
    assert re.search(r"^    down_timer_adverts 3    # default$", said, re.M)
    assert re.search(r"^    version 2    # default$", said, re.M)
    assert re.search(r"^    advert_int 0\.26    # in force: 1$", said, re.M)  # version 2 has whole seconds
    assert re.search(r"^    # track_src_ip|^    track_src_ip", said, re.M) is None  # a word alone says yes
    document = json.loads(config(a, "--json").stdout)
    assert document["schema"] == 1
    one = next(setting for setting in document["settings"] if setting["keyword"] == "vrrp_instance")
    assert one["value"] == "VI_1" and one["source"] == "file"
    inside = {setting["keyword"]: setting for setting in one["settings"]}
    assert inside["advert_int"]["value"] == "0.26" and inside["advert_int"]["in_force"] == "1"
    assert inside["garp_master_repeat"] == {"keyword": "garp_master_repeat", "value": "3", "source": "default"}
    assert inside["virtual_ipaddress"]["settings"][0]["keyword"] == "192.0.2.100/24"


def test_secrets_are_hidden_in_every_form(lab):
    a = lab.holdfast("A", GLOBAL + CHECK + instance(lines=(*password("pa55w"), *GUARD, *block("track_check", "web weight 5"))))
    a.log.wait("VI_1: ")
    for said in (shown(a), config(a, "--json").stdout):
        assert not [secret for secret in SECRETS if secret in said], said
    said = shown(a)
    assert "auth_pass ********" in said and "heartbeat_key ********" in said and "option passwd ********" in said
    assert "alert_webhook \"https://********@hooks.example.org/********\"" in said
    assert "check http \"http://********@192.0.2.2/health\"" in said


def test_only_root_gets_it(lab):
    a = lab.holdfast("A", instance())
    a.wait_state("VI_1", "MASTER")
    shown(a)
    user = pwd.getpwnam("nobody")
    folder = a.runtime
    while str(folder) not in ("/", "/tmp"):
        folder.chmod(0o755)
        folder = folder.parent
    done = config(a, user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    assert done.returncode == 4 and "Only root" in done.stderr and done.stdout == ""


def test_without_a_daemon_it_says_so(tmp_path):
    done = subprocess.run([program("holdfast"), "config", "--runtime-dir", str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "Is holdfastd running" in done.stderr
