"""What the tree promises about itself: include directions, no left-overs, no machine's paths, sizes."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"

# Who may include whom (each may include itself).
MAY_INCLUDE = {
    "base": set(),
    "engine": {"base"},
    "sim": {"engine", "base"},
    "config": {"base"},
    "plan": {"config", "engine", "base"},
    "os": {"base"},
    "net": {"os", "base"},
    "status": {"base"},
    "system": {"config", "os", "base"},
    "core": {"system", "plan", "config", "engine", "os", "status", "base"},
    "vrrp": {"system", "plan", "config", "engine", "net", "os", "status", "base"},
    "checker": {"system", "plan", "config", "engine", "os", "status", "base"},
    "monitor": {"os", "status", "base"},
    "snmp": {"system", "plan", "config", "engine", "os", "status", "base"},
    "firewall": {"net", "os", "status", "base"},
    "cli": {"system", "plan", "config", "engine", "os", "status", "base"},
}
PURE = {"engine", "plan"}  # no system header, no formatting, no clock

# One flat table each, or the one list of a language: splitting would hide it.
LONG_FILES = {"src/config/schema_check.cc", "src/config/schema_vrrp.cc", "src/config/schema_global.cc", "src/config/parse.cc",
              "src/config/values.cc", "src/vrrp/holdings.cc"}


def tracked(*patterns):
    out = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return [ROOT / line for line in out.splitlines() if (ROOT / line).is_file()]


def sources():
    return tracked("src/*.cc", "src/*.h")


def test_includes_point_downward_only():
    wrong = []
    for path in sources():
        folder = path.relative_to(SRC).parts[0]
        for included in re.findall(r'#include "(\w+)/', path.read_text()):
            if included != folder and included not in MAY_INCLUDE[folder]:
                wrong.append(f"{path.relative_to(ROOT)} includes {included}/")
    assert not wrong, "\n".join(wrong)


def test_engine_and_plan_know_no_system():
    wrong = [f"{path.relative_to(ROOT)}: {line}" for path in sources() if path.relative_to(SRC).parts[0] in PURE
             for line in re.findall(r"#include <(?:sys/|net/|netinet/|linux/|unistd|fcntl|thread|iostream|fmt)[^>]*>", path.read_text())]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    wrong = [str(path.relative_to(ROOT)) for path in tracked("src", "scripts", "conf", "man", "tests/*.cc", "tests/*.h", "*.md")
             if marks.search(path.read_text(errors="replace"))]
    assert not wrong, wrong


def test_no_path_of_a_machine():
    paths = re.compile(r"/(?:work|farm|home)/|/tmp/b-")
    wrong = [str(path.relative_to(ROOT)) for path in tracked("src", "scripts", "conf", "man", "tests/*.py", "tests/*.cc", "*.md", ".ci")
             if path != pathlib.Path(__file__).resolve() and paths.search(path.read_text(errors="replace"))]
    assert not wrong, wrong


def test_long_files_are_known():
    long = {str(path.relative_to(ROOT)) for path in sources() if len(path.read_text().splitlines()) > 600}
    assert long <= LONG_FILES, long - LONG_FILES


def test_every_header_says_what_it_is_for():
    wrong = [str(path.relative_to(ROOT)) for path in tracked("src/*.h") if not path.read_text().startswith("//")]
    assert not wrong, wrong


def test_top_level_names():
    known = {"CMakeLists.txt", "CMakePresets.json", "src", "conf", "scripts", "man", "tests", "README.md", "LICENSE", "CONTRIBUTING.md"}
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} == known
