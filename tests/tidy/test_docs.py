"""What the documents show is what happens: commands exist, transcripts repeat, generated pages are fresh and lint-free."""
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import struct
import subprocess
import termios

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HOLDFAST_BUILD") or ROOT / "build" / "release").resolve()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
HOLDFAST = BUILD / "bin" / "holdfast"

needs_build = pytest.mark.skipif(not HOLDFAST.exists(), reason=f"{HOLDFAST} is not built")


def commands(page):
    """Lines of indented blocks: a command with perhaps a comment behind it."""
    found = re.findall(r"^ {4}(?! )((?:[A-Z_]+=\S+ )?(?:scripts|build|cmake|\.ci)\b[^#\n]*)", page.read_text(), re.M)
    return [line.strip() for line in found]


def run(words, **more):
    done = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=120, check=False, **more)
    return done.returncode, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_names_something_that_exists(page):
    assert commands(page)
    for line in commands(page):
        word = next(word for word in line.split() if "=" not in word)
        if word.startswith("scripts/"):
            assert os.access(ROOT / word, os.X_OK), line
        for file in re.findall(r"(?<![\w/])(?:conf|tests|src)/\S+", line):
            assert (ROOT / file).exists(), line
    presets = (ROOT / "CMakePresets.json").read_text()
    for line in commands(page):
        for preset in re.findall(r"--preset (\S+)", line):
            assert f'"{preset}"' in presets, line


@needs_build
@pytest.mark.parametrize("line", [line for page in PAGES for line in commands(page) if "build/release/bin/" in line])
def test_commands_of_the_built_programs_run(line):
    words = line.split()
    environment = dict(os.environ)
    while "=" in words[0]:
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    program = BUILD / "bin" / pathlib.Path(words[0]).name
    if not program.exists():
        pytest.skip(f"{program.name} is not built")
    status, said = run([str(program), *(word.strip("'") for word in words[1:])], env=environment)
    assert status == 0, said


@needs_build
def test_the_readme_s_finding_is_what_is_said(tmp_path):
    shown = re.search(r"^\$ holdfast check (\S+)\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    file = tmp_path / "keepalived.conf"
    file.write_text("vrrp_instance VI_1 {\n    state BACKUP\n    interface eth0\n    virtual_router_id 51\n"
                    "    priority 100\n    advert_int 1\n    virtual_ipadress {\n        192.0.2.100/24\n    }\n}\n")
    _, said = run([str(HOLDFAST), "check", "--no-host", str(file)])
    assert shown.group(2) in said.replace(str(file), shown.group(1))


@needs_build
def test_examples_of_the_manual_repeat():
    page = (ROOT / "man" / "holdfast.1").read_text()
    examples = re.findall(r"^\$ holdfast (.*)\n((?:(?!\$|\.).*\n)+)", page, re.M)
    assert examples
    for words, expected in examples:
        _, said = run([str(HOLDFAST), *words.split()])
        assert said == expected


@needs_build
def test_the_manual_s_reference_is_what_the_programs_know():
    built = BUILD / "man" / "holdfast.conf.5"
    if not built.exists():
        pytest.skip(f"{built} is not built")
    _, reference = run([str(HOLDFAST), "reference"])
    assert built.read_text() == (ROOT / "man" / "holdfast.conf.5.in").read_text().replace("@KEYWORD_REFERENCE@", reference.strip())


def completed(*words):
    """What bash offers for the last word."""
    line = " ".join(f"'{word}'" for word in words)
    _, offered = run(["bash", "-c", f". conf/completions/holdfast.bash; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _holdfast;"
                      'printf "%s\\n" "${COMPREPLY[@]}"'], env={**os.environ, "PATH": f"{HOLDFAST.parent}:{os.environ['PATH']}"})
    return offered.split()


@needs_build
def test_the_shell_completes_what_the_program_has():
    assert {"status", "split-brain", "check", "reload"} <= set(completed("holdfast", ""))
    assert "reference" not in completed("holdfast", ""), "it is none for people"
    assert completed("holdfast", "upg") == ["upgrade"]
    assert {"--json", "--runtime-dir"} <= set(completed("holdfast", "status", "--"))
    assert completed("holdfast", "explain", "HF260") == [f"HF260{number}" for number in range(1, 8)]
    assert completed("holdfast", "check", "conf/samples/split") == ["conf/samples/split-brain.conf"]


def typed_into_zsh(line, folder):
    """What zsh makes of a line that ends in a tabulator, its screen as text."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    (folder / ".zshrc").write_text(f"PS1='ready> '\nfpath=({ROOT / 'conf' / 'completions'} $fpath)\nautoload -Uz compinit\n"
                                   f"compinit -u -d {folder / 'dump'}\nsetopt noautomenu noalwayslastprompt\n")
    shell = subprocess.Popen(["zsh", "-d", "-i"], stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=ROOT,
                             env={**os.environ, "PATH": f"{HOLDFAST.parent}:{os.environ['PATH']}", "TERM": "dumb", "ZDOTDIR": str(folder)})
    os.close(slave)

    def until(wanted):
        said = ""
        while wanted not in said:
            ready, _, _ = select.select([master], [], [], 25)
            assert ready, f"zsh never says {wanted!r}: {said!r}"
            said += os.read(master, 65536).decode("utf-8", "replace")
        return said
    try:
        until("ready> ")
        os.write(master, f"{line}\t#seen".encode())  # what is typed behind it is shown when the completion has ended
        return until("#seen")
    finally:
        shell.kill()
        shell.wait()
        os.close(master)


@needs_build
def test_zsh_completes_what_the_program_has(tmp_path):
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    assert "holdfast upgrade " in typed_into_zsh("holdfast upg", tmp_path).replace("\r", "")
    commands = typed_into_zsh("holdfast ", tmp_path)
    assert all(name in commands for name in ("status", "history", "watch", "config", "report", "reload")) and "reference" not in commands
    assert "one archive with what a bug report needs" in commands
    options = typed_into_zsh("holdfast history --", tmp_path)
    assert all(name in options for name in ("--evidence", "--since", "--svg", "--state-dir"))
    assert "conf/samples/split-brain.conf" in typed_into_zsh("holdfast check conf/samples/split", tmp_path)


@needs_build
def test_the_journal_takes_the_catalog_of_messages(tmp_path):
    if not shutil.which("journalctl"):
        pytest.skip("journalctl is not installed")
    _, numbers = run([str(HOLDFAST), "explain"])
    status, catalog = run([str(HOLDFAST), "catalog"])
    assert status == 0
    folders = [tmp_path / "usr/lib/systemd/catalog", tmp_path / "var/lib/systemd/catalog"]
    for folder in folders:
        folder.mkdir(parents=True)
    (folders[0] / "holdfast.catalog").write_text(catalog)
    assert run(["journalctl", f"--root={tmp_path}", "--update-catalog"])[0] == 0
    _, listed = run(["journalctl", f"--root={tmp_path}", "--list-catalog"])
    assert [line.split(" ", 1)[1] for line in listed.splitlines()] == [f"Holdfast: {line}" for line in numbers.splitlines()]


def test_manual_pages_are_well_formed():
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    pages = [ROOT / "man" / name for name in ("holdfastd.8", "holdfast.1", "holdfast-split-brain.7", "holdfast-metrics.7")]
    if (BUILD / "man" / "holdfast.conf.5").exists():
        pages.append(BUILD / "man" / "holdfast.conf.5")
    for page in pages:
        status, said = run(["mandoc", "-T", "lint", "-W", "warning", str(page)])
        assert status == 0, said


def test_the_manual_s_table_has_every_fault_that_is_tested():
    faults = re.findall(r'\bFault\("([^"]+)"', (ROOT / "tests" / "support" / "split_brain.py").read_text())
    table = (ROOT / "man" / "holdfast-split-brain.7").read_text().split('.\\" table\n')[1].split(".Ed")[0]
    assert len(faults) > 15
    assert re.findall(r"^(\S.*?)(?:  +\d.*)$", table, re.M) == faults, "scripts/split-brain-table --record writes it anew"


@needs_build
def test_the_manual_lists_every_option_of_the_daemon():
    _, usage = run([str(BUILD / "bin" / "holdfastd"), "--help"])
    options = set(re.findall(r"--([a-z][\w-]+)", usage))
    assert len(options) > 20
    page = (ROOT / "man" / "holdfastd.8").read_text().replace("\\-", "-")
    unknown = {option for option in re.findall(r"Fl -([a-z][\w-]+)", page)} - options
    assert not unknown, f"the manual has options that the daemon does not: {unknown}"


@needs_build
@pytest.mark.parametrize("sample", sorted(path.name for path in (ROOT / "conf" / "samples").glob("*.conf")))
def test_samples_are_accepted(sample):
    status, said = run([str(HOLDFAST), "check", "--no-host", f"conf/samples/{sample}"])
    assert "does not start" not in said and status in (0, 5), said
