"""Runs held against each other by the regions that they find: the tests of the landmarks, on Dice, HD95 and ASSD."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from napari_kdland.evaluation.judging import judge_values
from napari_kdland.evaluation.statistics import holm
from napari_kdland.evaluation.verdicts import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.evaluation.judging import Judgement, PairTest, Unit
    from napari_kdland.evaluation.regions import RegionEvaluation


class RegionTests(NamedTuple):
    """The tests of one figure of regions, and what it is called."""

    figure: str
    judgement: Judgement

    @property
    def sentences(self) -> dict[str, str]:
        """What the figure shows of each run but the baseline, in words."""
        return {test.name: f"{self.figure}: {_in_words(test)}" for test in self.judgement.against_baseline}


def judge_regions(by_run: Mapping[str, RegionEvaluation], baseline: str) -> tuple[RegionTests, ...]:
    """Hold runs against the baseline by Dice in points (hundredths), and by HD95 and ASSD.

    Figures are averaged over the regions that both runs of a pair have in an image: a region that was missed has Dice
    0 and no distance. Distances are in millimetres where every image has a spacing. Empty for fewer than two runs
    and for runs of other regions; the first run is the baseline where the one named finds no regions.
    """
    names, images = _common(by_run)
    if len(by_run) < 2 or not names:
        return ()
    baseline = baseline if baseline in by_run else next(iter(by_run))
    unit: Unit = "mm" if all(of.hd95_mm is not None and of.assd_mm is not None for of in by_run.values()) else "px"

    def judged(figure: str, name: str, of_unit: Unit, scale: float = 1.0) -> RegionTests:
        values = {run: scale * _values(of, name, images, names)[None] for run, of in by_run.items()}
        return RegionTests(figure, judge_values(values, baseline, of_unit, higher_is_better=name == "dice"))

    dice = judged("Dice", "dice", "points", 100)
    return (dice, judged("HD95", f"hd95_{unit}", unit), judged("ASSD", f"assd_{unit}", unit))


def judge_each_region(by_run: Mapping[str, RegionEvaluation], baseline: str) -> dict[str, tuple[PairTest, ...]]:
    """Hold runs against the baseline by the Dice of single regions, in points; the tests of each by region.

    Holm's adjustment is over all regions and runs together, since whoever looks at each region has many chances to
    find one. Empty as `judge_regions` is.
    """
    names, images = _common(by_run)
    if len(by_run) < 2:
        return {}
    baseline = baseline if baseline in by_run else next(iter(by_run))
    found = {}
    for name in names:
        values = {run: 100 * _values(of, "dice", images, [name])[None] for run, of in by_run.items()}
        found[name] = judge_values(values, baseline, "points", higher_is_better=True).against_baseline
    adjusted = iter(holm([test.p_value for tests in found.values() for test in tests]))
    return {name: tuple(replace(test, p_holm=next(adjusted)) for test in tests) for name, tests in found.items()}


def _common(by_run: Mapping[str, RegionEvaluation]) -> tuple[list[str], list[str]]:
    """Give the regions and the images that all runs have."""
    names, images = ([one for of in by_run.values() for one in getattr(of, key)] for key in ("names", "images"))
    return (
        [name for name in dict.fromkeys(names) if names.count(name) == len(by_run)],
        [image for image in dict.fromkeys(images) if images.count(image) == len(by_run)],
    )


def _in_words(test: PairTest) -> str:
    if test.n_images == 0:
        return f"cannot be compared with {test.against}: no region was found by both"
    return in_words(test, what="values")


def _values(of: RegionEvaluation, figure: str, images: Sequence[str], names: Sequence[str]) -> NDArray[np.float64]:
    """Give a figure of some images and regions, in this order."""
    values: NDArray[np.float64] = getattr(of, figure)
    rows, columns = [of.images.index(image) for image in images], [of.names.index(name) for name in names]
    return values[rows][:, columns]
