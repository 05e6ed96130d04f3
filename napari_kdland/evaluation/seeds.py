"""What a report says of methods trained with several seeds, in place of what the runs that it draws say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from napari_kdland.evaluation.comparison import FLOOR
from napari_kdland.evaluation.verdicts import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.evaluation.judging import Judgement
    from napari_kdland.evaluation.report_charts import Chart
    from napari_kdland.evaluation.report_tables import Table

    Shown = TypeVar("Shown", Chart, Table)


@dataclass(frozen=True)
class OverSeeds:
    """The tests of a comparison of methods, over all their trainings.

    Parameters
    ----------
    judgement
        Of the methods; `None` without landmarks.
    verdicts
        In words, by method; see `verdicts_of`.
    basis
        What they rest on, such as ``3 seeds of each``.
    drawn
        Run of each method that charts and pictures are drawn of.
    drawn_of
        Which these are, such as ``seed 0``.
    """

    judgement: Judgement | None
    verdicts: Mapping[str, str]
    basis: str
    drawn: Mapping[str, str]
    drawn_of: str

    def said_of(self, shown: Shown) -> Shown:
        """Say in a caption which seed is shown."""
        return replace(shown, caption=f"{shown.caption} Of {self.drawn_of} only.")


def verdicts_of(judgement: Judgement, baseline: str) -> dict[str, str]:
    """Say of each method what its tests show, against the floor only where it is not shown to beat the baseline."""
    against_baseline = {test.name: test for test in judgement.against_baseline}
    against_floor = {test.name: test for test in judgement.against_references if test.against == FLOOR}
    names = dict.fromkeys([baseline, *against_baseline])
    return {name: verdict(against_baseline.get(name), against_floor.get(name), f"the {FLOOR}") for name in names}
