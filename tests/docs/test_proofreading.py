"""Tests of docs/proofreading.md: it has a row for every score."""

from napari_kdland.evaluation.review_scores import REVIEW_SCORES
from tests.docs.pages import page, rows, section


def test_every_score_has_a_row_with_its_unit_and_its_least_number_of_runs():
    table = {row[0].strip("`"): row for row in rows(section(page("docs/proofreading.md"), "What images are sorted by"))}

    for entry in REVIEW_SCORES:
        kind = entry.resolve()
        assert table[entry.name][1] == (kind.unit or "-")
        assert table[entry.name][2] == f"{kind.n_runs} or more"


def test_every_key_of_proofreading_has_a_row():
    from napari_kdland.gui.shortcuts import PARTS, shown

    keys = {row[0] for row in rows(section(page("docs/proofreading.md"), "In the window"))}

    assert {shown(shortcut.action) for shortcut in PARTS["Proofread"]} <= keys
