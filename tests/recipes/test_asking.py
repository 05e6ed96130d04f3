"""Tests of napari_kdland.recipes.asking."""

import pytest

from napari_kdland.errors import UsageError
from napari_kdland.recipes.asking import WAYS, Asking


@pytest.mark.parametrize("way", [entry.name for entry in WAYS])
def test_every_way_is_a_source_of_answers_with_its_summary(way: str):
    asking = Asking(way, ("other",) if way == "ensemble" else ())

    assert asking.part.count == 1 + len(asking.others)
    assert asking.title.startswith(way)


def test_passes_and_members_reach_the_source():
    assert Asking("dropout", passes=7).part.passes == 7
    assert Asking("ensemble", ("b", "c")).part.count == 3
    assert len(Asking("views").part.rotations_deg) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"how": "guess"}, "no uncertainty 'guess'. There are: heatmap, dropout, ensemble, views"),
        ({"how": "ensemble"}, "wants further runs beside the one that predicts.*found 'ensemble' with none"),
        ({"how": "views", "others": ("b",)}, "found 'views' with b"),
        ({"how": "ensemble", "others": ("b", "b")}, "Name each run of an ensemble once, found b, b"),
        ({"how": "dropout", "passes": 1}, "must be 2 to 64, found 1"),
    ],
)
def test_what_does_not_go_together_is_refused(wrong: dict, message: str):
    with pytest.raises(UsageError, match=message):
        Asking(**wrong)
