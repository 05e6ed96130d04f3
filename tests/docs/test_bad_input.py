"""The page of bad input quotes what the software says and names tests; both must be there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "bad-input.md").read_text(encoding="utf-8")
SAID = PAGE.split("## What is said")[1]


def test_every_test_that_the_page_names_exists():
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    known = {name for source in sources for name in re.findall(r"^ *def (test_\w+)\(", source, flags=re.MULTILINE)}
    named = set(re.findall(r"`(test_\w+)`", SAID))

    assert named
    assert named - known == set()


def test_the_words_that_the_page_quotes_are_in_the_source():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "napari_kdland").rglob("*.py")))
    # Sentences are broken into literals that stand one below the other.
    joined = re.sub(r'"\s*\n\s*f?"', "", sources)
    quoted = [part.strip() for words in re.findall(r"\*(.+?)\*", SAID) for part in words.split("...") if part.strip()]

    assert quoted
    assert [part for part in quoted if part not in joined] == []


@pytest.mark.parametrize("row", [line for line in SAID.splitlines() if line.startswith("| ")][2:])
def test_every_row_says_something_and_is_shown_by_a_test(row):
    assert "`test_" in row.split("|")[3]
