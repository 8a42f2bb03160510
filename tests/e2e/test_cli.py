"""holdfastd -t and holdfast check: every finding with its place, exit statuses as keepalived's, and no input that
crashes or hangs them.

    lan: A.eth0 192.0.2.1/24
"""

import json
import os
import random
import re

import pytest
from peers import command
from settings import instance

BROKEN = """global_defs {
    router_id LVS_A
    enable_script_securty
}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 300
    virtual_router_id 51
    prioritty 100
    virtual_ipaddress {
        192.0.2.300/24
        192.0.2.100/24
    }
}
"""


def check(lab, text, *options, program="holdfastd"):
    file = lab.folder / "t.conf"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    words = ["-t", "-f", str(file), *options] if program == "holdfastd" else ["check", *options, str(file)]
    return command(program, *words, node=lab.net["A"])


@pytest.mark.parametrize("program", ["holdfastd", "holdfast"])
def test_a_good_file_has_no_finding(lab, program):
    done = check(lab, instance(), program=program)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("program", ["holdfastd", "holdfast"])
def test_every_finding_comes_with_place_line_caret_and_the_nearest_keyword(lab, program):
    done = check(lab, BROKEN, program=program)
    said = done.stderr + done.stdout
    assert done.returncode == 5
    for line, column, word, meant in ((3, 5, "enable_script_securty", "enable_script_security"),
                                      (10, 5, "prioritty", "priority")):
        assert re.search(rf"t\.conf:{line}:{column}: \w+: .*{word}", said)
        assert meant in said
    assert re.search(r"t\.conf:8:23: ", said) and re.search(r"t\.conf:12:9: ", said)
    # The line itself, and below it a caret under the word.
    lines = said.splitlines()
    at = next(number for number, line in enumerate(lines) if re.match(r".*t\.conf:10:5: ", line))
    shown = next(number for number in range(at, at + 4) if "prioritty 100" in lines[number])
    assert lines[shown + 1].index("^") == lines[shown].index("prioritty")


STATUSES = {
    "fine": (instance(), 0),
    "unknown-keyword": (instance(lines=["nonsense"]), 5),
    "missing-word": ("vrrp_instance VI_1 {\n    priority\n}\n", 2),
    "missing-interface": (instance(interface="nonesuch0"), 5),
    "empty": ("", 0),
    "unclosed": ("vrrp_instance VI_1 {\n    interface eth0\n", 5),
    "script-without-security": (instance(lines=["notify_master /bin/true"]), 6),
}


@pytest.mark.parametrize("name", STATUSES)
def test_statuses_of_the_test_mode(lab, name):
    text, status = STATUSES[name]
    assert check(lab, text).returncode == status


def test_a_file_that_is_not_there(lab):
    missing = str(lab.folder / "none.conf")
    assert command("holdfastd", "-t", "-f", missing, node=lab.net["A"]).returncode == 0
    assert command("holdfastd", "-t", "-e", "-f", missing, node=lab.net["A"]).returncode == 4


def test_findings_go_to_the_file_that_is_asked_for(lab):
    log = lab.folder / "findings"
    done = check(lab, BROKEN, f"--config-test={log}")
    assert done.returncode == 5 and "prioritty" in log.read_text() and "prioritty" not in done.stderr


def test_strict_makes_every_finding_fatal(lab):
    text = instance(lines=["nonsense"])
    a = lab.holdfast("A", text, options=["--strict-config"])
    assert a.process.wait(20) == 2
    a.log.wait("nonsense")


def test_what_keepalived_starts_with_holdfast_starts_with(lab):
    a = lab.holdfast("A", BROKEN.replace("192.0.2.300/24", "not-an-address"))
    a.log.wait(r"\d+ findings in the configuration")
    a.wait_state("VI_1", "MASTER")
    lab.net["A"].wait_for_address("192.0.2.100")


@pytest.mark.parametrize("seed", range(3))
def test_ten_megabytes_of_random_bytes_end_in_errors(lab, seed):
    source = random.Random(seed)
    done = check(lab, source.randbytes(10_000_000))
    assert done.returncode in (2, 5), done.returncode
    assert len(done.stderr) < 50_000_000


def test_ten_megabytes_of_braces_and_of_one_line_end_in_errors(lab):
    assert check(lab, b"vrrp_instance A {\n" * 500_000).returncode in (2, 5)
    assert check(lab, b"{" * 10_000_000).returncode in (2, 5)
    assert check(lab, b"$A=$A$A\n" + b"$A\n" * 1_000_000).returncode in (0, 2, 5)
    assert check(lab, b"x" * 10_000_000).returncode in (2, 5)


def test_a_file_that_includes_itself_ends(lab):
    file = lab.folder / "t.conf"
    assert check(lab, f"include {file}\n" + instance()).returncode in (0, 2, 4, 5, 6)


def test_a_fifo_or_a_folder_as_configuration_does_not_hang(lab):
    fifo = lab.folder / "fifo.conf"
    os.mkfifo(fifo)
    for path in (fifo, lab.folder):
        assert command("holdfastd", "-t", "-f", str(path), node=lab.net["A"], timeout=20).returncode in (0, 2, 4, 5, 6)


def test_version_help_and_signal_numbers(lab):
    version = command("holdfastd", "--version")
    assert version.returncode == 0 and len(version.stderr.splitlines()) >= 2 and version.stdout == ""
    assert command("holdfastd", "--help").returncode == 0
    for name, number in (("STOP", 15), ("RELOAD", 1), ("DATA", 10), ("STATS", 12), ("JSON", 36), ("STATS_CLEAR", 63)):
        assert command("holdfastd", f"--signum={name}").stdout == f"{number}\n"
        assert command("holdfastd", "--signum", name).stdout == f"{number}\n"
    assert command("holdfastd", "--signum=NOTHING").returncode == 1


@pytest.mark.parametrize("words,named", [(["--no-such-option"], "--no-such-option"), (["-f"], "--use-file"),
                                         (["--use-file="], "use-file"), (["--umask=9999"], "umask")])
def test_wrong_options_are_named_and_end_with_status_1(words, named):
    done = command("holdfastd", *words)
    assert done.returncode == 1 and named in done.stderr


@pytest.mark.parametrize("name", ["config", "report", "history", "watch", "status", "incidents", "reload", "check",
                                  "explain", "split-brain"])
def test_wrong_options_of_a_command_are_named_with_the_way_to_its_help(name):
    done = command("holdfast", name, "--no-such-option")
    assert done.returncode == 64 and done.stdout == ""
    assert done.stderr.startswith(f"holdfast {name}: ") and "'--no-such-option'" in done.stderr
    words = re.search(r"`holdfast (.*)` lists its options", done.stderr).group(1).split()
    helped = command("holdfast", *words)
    assert helped.returncode == 0 and f"Usage: holdfast {name} " in helped.stdout and "--help" in helped.stdout


@pytest.mark.parametrize("name", ["config", "report", "reload", "upgrade"])
def test_a_word_that_a_command_does_not_ask_for_is_refused_before_anything_is_done(name, tmp_path):
    done = command("holdfast", name, "surplus", "--runtime-dir", str(tmp_path))
    assert done.returncode == 64 and "'surplus'" in done.stderr


def test_an_unknown_command_names_the_nearest(lab):
    done = command("holdfast", "chekc", "x")
    assert done.returncode != 0 and "check" in done.stderr


def test_a_dump_says_the_same_again(lab):
    file = lab.folder / "t.conf"
    file.write_text(instance())
    once = command("holdfast", "dump", str(file), node=lab.net["A"]).stdout
    file.write_text(once)
    assert command("holdfast", "dump", str(file), node=lab.net["A"]).stdout == once and "VI_1" in once


def files(lab, **texts):
    for name, text in texts.items():
        (lab.folder / f"{name}.conf").write_text(text)
    return [str(lab.folder / f"{name}.conf") for name in texts]


def test_files_of_two_nodes_are_compared_with_both_places(lab):
    both = files(lab, a=instance(), b=instance(priority=90, vrid=52, interface="not-on-this-host"))
    done = command("holdfast", "check", *both, node=lab.net["A"])
    assert done.returncode == 5 and "2 files compared: 1 finding" in done.stdout, done.stdout
    finding, note = done.stdout.index("HF1401"), done.stdout.index("note: compare with this")
    assert finding < note and re.search(r"b\.conf:\d+:\d+: error: instance VI_1: virtual_router_id 52 here", done.stdout)
    assert re.search(r"a\.conf:\d+:\d+: note: ", done.stdout)


def test_files_that_agree_end_with_status_0(lab):
    both = files(lab, a=instance(priority=100), b=instance(priority=90))
    done = command("holdfast", "check", *both, node=lab.net["A"])
    assert done.returncode == 0 and "2 files compared: 0 findings" in done.stdout, done.stdout


def test_a_comparison_for_programs_holds_places_and_no_password(lab):
    def of(word):
        return instance(priority=len(word), lines=["authentication {", "auth_type PASS", f"auth_pass {word}", "}"])

    both = files(lab, a=of("swordfis"), b=of("opensesam"))
    text = command("holdfast", "check", *both, node=lab.net["A"])
    assert "HF1406" in text.stdout and "compare with this" in text.stdout
    compared = text.stdout[text.stdout.index("HF1406"):]
    assert "swordfis" not in compared and "opensesa" not in compared
    answer = command("holdfast", "check", "--json", *both, node=lab.net["A"]).stdout.splitlines()[-1]
    assert "swordfis" not in answer and "opensesa" not in answer
    answer = json.loads(answer)
    assert answer["compared"] == both and answer["status"] == 5
    finding = next(one for one in answer["findings"] if one["number"] == "HF1406")
    assert [finding[side]["file"] for side in ("here", "there")] == both[::-1]
    assert finding["here"]["line"] > 1


def test_one_file_for_all_nodes_is_read_once_for_each_id(lab):
    text = instance().replace("priority 100", "@n1 priority 100\n    @n2 priority 90\n    @n3 priority 90")
    [file] = files(lab, common=text)
    node = lab.net["A"]
    done = command("holdfast", "check", "-i", "n1", "-i", "n2", file, node=node)
    assert done.returncode == 0 and "common.conf (n2): 1 instance" in done.stdout, done.stdout
    assert "HF1407" in command("holdfast", "check", "-i", "n2", "-i", "n3", file, node=node).stdout
    assert command("holdfast", "check", "-i", "a", "-i", "b", file, file, file, node=node).returncode == 64


def test_check_needs_no_root(lab):
    file = lab.folder / "t.conf"
    file.write_text(instance())
    for parent in [file, *file.parents][:-1]:
        os.chmod(parent, os.stat(parent).st_mode | 0o055 if parent != file else 0o644)
    done = command("holdfast", "check", "--no-host", str(file), user="nobody")
    assert done.returncode == 0, done.stdout + done.stderr
