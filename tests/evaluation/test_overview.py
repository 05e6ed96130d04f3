"""Tests of napari_kdland.evaluation.overview."""

from napari_kdland.evaluation.overview import Overview, render_overview, write_overview
from tests.evaluation.test_label_efficiency import BASE, FLOOR, KD
from tests.evaluation.test_report import Page


def an_overview(**more):
    lines = [BASE, KD, FLOOR]
    return Overview("few: overview", "Does it help?", lines, {"base": "baseline"}, **more)


def test_the_page_says_what_is_shown_of_each_method():
    words = " ".join(Page(render_overview(an_overview())).words)

    assert "better than base with 5 labels (by 3.0 px); no difference shown with 10." in words
    assert "Error over labelled images" in words


def test_the_page_leads_to_the_others():
    page = Page(render_overview(an_overview(pages=[("Overview", ""), ("k = 5", "k5.html")])))

    assert [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")] == ["k5.html"]
    assert page.open == []


def test_every_reference_within_the_page_is_answered():
    page = Page(render_overview(an_overview()))

    identifiers = [value for _, name, value in page.attributes if name == "id"]
    used = {value[1:] for _, name, value in page.attributes if name.endswith("href") and value.startswith("#")}
    assert used <= set(identifiers)
    assert len(identifiers) == len(set(identifiers))


def test_the_tables_lie_beside_the_page(tmp_path):
    write_overview(tmp_path / "overview.html", an_overview())

    names = {path.name for path in (tmp_path / "overview_tables").iterdir()}
    assert names == {"label_efficiency.csv", "label_efficiency.tex", "label_tests.csv", "label_tests.tex"}
