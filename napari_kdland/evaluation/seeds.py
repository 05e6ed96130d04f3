"""What a report says of methods trained with several seeds, in place of what the runs that it draws say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from napari_kdland.evaluation.comparison import FLOOR
from napari_kdland.evaluation.statistics import PairedDifference
from napari_kdland.evaluation.verdicts import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.evaluation.judging import Judgement, PairTest
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
    verdicts = {}
    for name in dict.fromkeys([baseline, *against_baseline]):
        tests = [against_baseline[name]] if name in against_baseline else []
        is_better = bool(tests) and tests[0].mean_interval is not None and tests[0].mean_interval[1] < 0
        tests += [against_floor[name]] if name in against_floor and not is_better else []
        verdicts[name] = "; ".join(_in_words(test) for test in tests)
    return verdicts


def _in_words(test: PairTest) -> str:
    against = f"the {FLOOR}" if test.against == FLOOR else test.against
    p_value = None if test.against == FLOOR else test.p_holm
    return in_words(_difference(test), against, p_value=p_value, unit=test.unit)


def _difference(test: PairTest) -> PairedDifference:
    low, high = test.mean_interval or (None, None)
    return PairedDifference(test.mean, low, high, test.p_value, test.n_images)
