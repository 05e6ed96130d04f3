"""Tests of all pages: their links lead somewhere, and the index leads to all of them."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, page, prose

PAGES = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")))


def links(name: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(page(name))) if not link.startswith("http")]


def anchors(path: Path) -> set[str]:
    """The names under which a page's headings can be reached, as web pages of repositories make them."""
    headings = re.findall(r"^#+ (.+)$", prose(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(name: str):
    for link in links(name):
        file, _, anchor = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name

        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_leads_to_every_page():
    there = {Path(name).name for name in PAGES if name.startswith("docs/")} - {"index.md"}

    assert there <= set(links("docs/index.md"))
