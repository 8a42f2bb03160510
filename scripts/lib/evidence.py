#!/usr/bin/python3
"""Shows the figures that a test run noted; with --record README.md it puts them between that page's marks.

usage: evidence.py NOTES [--record PAGE]
NOTES has lines `name TAB value TAB unit`; of a name that was noted twice the last one counts.
"""

import re
import sys
from pathlib import Path


def main():
    figures = {}
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        name, value, unit = (line.split("\t") + ["", ""])[:3]
        figures[name] = f"{value} {unit}".strip()
    figures = dict(sorted(figures.items()))
    for name, value in figures.items():
        print(f"  {name}: {value}")
    if sys.argv[2:3] == ["--record"]:
        page = Path(sys.argv[3])
        table = "| what | seen |\n| --- | --- |\n" + "".join(f"| {name} | {value} |\n" for name, value in figures.items())
        text, count = re.subn(r"(<!-- evidence -->\n).*?(<!-- /evidence -->)", lambda marks: marks[1] + table + marks[2],
                              page.read_text(encoding="utf-8"), flags=re.S)
        if count != 1:
            sys.exit(f"{page} has no place for evidence")
        page.write_text(text, encoding="utf-8")


main()
