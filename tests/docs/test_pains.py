"""The page of what goes wrong elsewhere names tests, which must exist, and forgets none of the pains collected."""

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


def test_no_pain_that_was_collected_is_without_a_line(shared):
    collected = (shared / "interaction.md").read_text(encoding="utf-8").split("\n## B.")[1].split("\n## ")[0]
    pains = re.split(r"(?:^|\s)(\d{1,2})\. (?=[A-Za-z-]+(?:#|,| ))", collected)[1:]
    reported = dict(zip(map(int, pains[::2]), map(places, pains[1::2]), strict=True))
    page = (ROOT / "docs" / "pains.md").read_text(encoding="utf-8")
    named = {
        f"{tracker} {number}"
        for tracker, numbers in re.findall(r"([A-Za-z][\w-]*) ((?:\d+(?:, )?)+)", page)
        for number in numbers.split(", ")
    } | set(re.findall(r"\(([a-z-]+)\) \|", page))

    assert list(reported) == list(range(1, 41))
    assert [number for number, where in reported.items() if not where & named] == []


def places(pain: str) -> set[str]:
    """Give where a pain was reported, as the page writes it: tracker and number, or the tracker of its notes."""
    found = {
        f"{tracker} {number}"
        for tracker, numbers in re.findall(r"([A-Za-z][\w-]*)((?:[/, ]*#\d+)+)", pain)
        for number in re.findall(r"\d+", numbers)
    }
    return found or {pain.split()[0]}
