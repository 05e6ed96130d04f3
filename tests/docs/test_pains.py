"""The page of what goes wrong elsewhere names tests; each must exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_the_page_names_exists():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "pains.md").read_text(encoding="utf-8")))
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = {name for source in sources for name in re.findall(r"^ *def (test_\w+)\(", source, flags=re.MULTILINE)}

    assert named
    assert named - known == set()


def test_every_line_of_the_page_is_shown_by_a_test():
    lines = (ROOT / "docs" / "pains.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]

    unshown = [row for row in rows if "**" not in row.split("|")[1] and "`test_" not in row]

    assert unshown == []
