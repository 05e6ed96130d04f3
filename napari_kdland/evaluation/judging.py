"""Every run held against the baseline and against the best one: tests, effect sizes, ranks, and what could be seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_kdland.evaluation.effects import hierarchical_interval, means, medians, rank_biserial
from napari_kdland.evaluation.metrics import image_means, plain_values
from napari_kdland.evaluation.power import minimum_detectable
from napari_kdland.evaluation.ranking import Ranking, rank
from napari_kdland.evaluation.scoring import common_unit
from napari_kdland.evaluation.statistics import MIN_IMAGES, bootstrap_interval, holm, p_in_words, wilcoxon_p

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_kdland.evaluation.scoring import Evaluation

    Values = NDArray[np.float64]

Interval = tuple[float, float]
# Points are hundredths of Dice.
Unit = Literal["px", "mm", "points"]
# Ranks of every resample are sorted, so there are fewer of them.
_N_RANKED = 1999
_ALPHA = 0.05
# From so many on, comparisons that differ in nothing but a figure are told in one sentence.
_MANY = 4


@dataclass(frozen=True)
class PairTest:
    """One method against another on the same images, its errors minus theirs: negative is better.

    Where higher is better it is the other way round.

    Parameters
    ----------
    name, against
        The two methods.
    unit
        Of the differences.
    n_images, n_seeds
        Images that both measured, and how many trainings of each the errors are averaged over.
    n_left_out
        Images with a truth that one of them gave no common landmark for.
    mean, median
        Of the images' differences; NaN where there is none.
    mean_interval, median_interval, rank_biserial_interval
        95 %: over images where each method is one training (BCa for the mean), over seeds and images else; `None`
        with fewer than two images.
    rank_biserial
        Matched-pairs rank-biserial correlation, -1 to 1.
    p_value, p_holm
        Wilcoxon's signed-rank test, two-sided, by itself and adjusted for the methods held against the same one.
    detectable
        The true mean difference that so many images would show in four of five comparisons.
    n_compared
        Methods held against the same one, this one included: 5 % are shared among so many.
    higher_is_better
        Whether positive is better, as of Dice.
    """

    name: str
    against: str
    unit: Unit
    n_images: int
    n_seeds: tuple[int, int]
    n_left_out: int
    mean: float
    median: float
    rank_biserial: float
    mean_interval: Interval | None = None
    median_interval: Interval | None = None
    rank_biserial_interval: Interval | None = None
    p_value: float | None = None
    p_holm: float | None = None
    detectable: float | None = None
    n_compared: int = 1
    higher_is_better: bool = False

    @property
    def leaves_out_zero(self) -> bool:
        """Whether the interval of the mean difference does."""
        return self.mean_interval is not None and (self.mean_interval[0] > 0 or self.mean_interval[1] < 0)

    @property
    def is_significant(self) -> bool:
        """Whether the adjusted p-value is below 0.05."""
        return self.p_holm is not None and self.p_holm < _ALPHA

    @property
    def is_shown(self) -> bool:
        """Whether interval and test both show a difference, on enough images to conclude from."""
        return self.n_images >= MIN_IMAGES and self.leaves_out_zero and self.is_significant

    @property
    def mirrored(self) -> PairTest:
        """The same test, seen from the other method."""
        return replace(
            self,
            name=self.against,
            against=self.name,
            n_seeds=self.n_seeds[::-1],
            mean=-self.mean,
            median=-self.median,
            rank_biserial=-self.rank_biserial,
            mean_interval=_mirrored(self.mean_interval),
            median_interval=_mirrored(self.median_interval),
            rank_biserial_interval=_mirrored(self.rank_biserial_interval),
        )

    @property
    def power_in_words(self) -> str:
        """Say what the comparison could have seen."""
        if self.detectable is None:
            return f"{self.name} against {self.against}: {self._why_no_power}"
        what = f"a true difference of {_rounded(self.detectable)} {self.unit}"
        return f"{self.name} against {self.against}: {self.found_in_words(what)}"

    def found_in_words(self, what: str) -> str:
        """Say that `what` would be found by a comparison as this one."""
        return (
            f"with {self.n_images} images{self._averaged}, and differences spread as these, {what} would be found in "
            f"four of five such comparisons{self._shared}; smaller ones mostly go unseen"
        )

    @property
    def _shared(self) -> str:
        return f" at 5 % divided by the {self.n_compared} comparisons made" if self.n_compared > 1 else " at 5 %"

    @property
    def _averaged(self) -> str:
        mine, theirs = self.n_seeds
        if mine == theirs:
            return "" if mine == 1 else f", errors averaged over {mine} seeds"
        return f", errors averaged over {mine} and {theirs} seeds"

    @property
    def _why_no_power(self) -> str:
        if self.n_images < MIN_IMAGES:
            images = "1 image is" if self.n_images == 1 else f"{self.n_images} images are"
            return f"{images} too few to say which difference could be seen"
        return (
            f"the differences of all {self.n_images} images are equal, so which difference could be seen is not known"
        )


@dataclass(frozen=True)
class Judgement:
    """What the tests say of a comparison.

    Parameters
    ----------
    unit
        Millimetres where every image has a spacing, else pixels; of Dice, points.
    best
        The method with the smallest mean error.
    against_baseline, against_best
        Each other method against these; Holm's adjustment is over each of the two.
    ranking
        `None` with fewer than three methods or images.
    against_references
        Each method against what does not compete itself, such as the teachers and the floor; Holm's adjustment is over
        each of these.
    """

    unit: Unit
    best: str
    against_baseline: tuple[PairTest, ...]
    against_best: tuple[PairTest, ...]
    ranking: Ranking | None = None
    against_references: tuple[PairTest, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say in words what could be seen, and what the ranks show."""
        said = list(_powers_in_words(self.against_baseline))
        if self.ranking is not None:
            said.append(_ranks_in_words(self.ranking))
        return tuple(f"{sentence}." for sentence in said)

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`."""
        values: dict[str, Any] = plain_values(asdict(self))
        return values


def _powers_in_words(tests: Sequence[PairTest]) -> Iterator[str]:
    """Say what each comparison could have seen; of many that are alike but for that, in one sentence."""
    alike: dict[tuple[object, ...], list[PairTest]] = {}
    for test in tests:
        kind = (test.against, test.n_images, test.n_seeds, test.n_compared, test.detectable is None)
        alike.setdefault(kind, []).append(test)
    for of in alike.values():
        known = sorted((test.detectable, test.name) for test in of if test.detectable is not None)
        if len(of) < _MANY or not known:
            yield from (test.power_in_words for test in of)
            continue
        (least, first), (most, last), unit = known[0], known[-1], of[0].unit
        what = f"true differences of {_rounded(least)} {unit} ({first}) to {_rounded(most)} {unit} ({last})"
        yield f"{len(of)} methods against {of[0].against}: {of[0].found_in_words(what)}"


def judge(
    trained: Mapping[str, Sequence[Evaluation]],
    baseline: str,
    *,
    references: Mapping[str, Sequence[Evaluation]] | None = None,
) -> Judgement:
    """Hold methods against the baseline and the best one.

    Parameters
    ----------
    trained
        Evaluations on the same images and landmarks by method, one a training (a seed); at least one of each.
    baseline
        One of the methods.
    references
        What the methods are held against and what does not compete with them: it is neither best nor ranked.
    """
    references = references or {}
    unit = common_unit(one for of in (*trained.values(), *references.values()) for one in of)
    # An image whose landmarks are all absent, or not placed, has nothing to be left out of.
    known = next(iter(trained.values()))[0].has_truth.any(axis=1)
    errors, others = (
        {name: np.stack([one.errors_in(unit)[known] for one in of]) for name, of in group.items()}
        for group in (trained, references)
    )
    return judge_values(errors, baseline, unit, references=others)


def judge_values(
    values: Mapping[str, Values],
    baseline: str,
    unit: Unit,
    *,
    references: Mapping[str, Values] | None = None,
    higher_is_better: bool = False,
) -> Judgement:
    """Hold methods against the baseline and the best one by figures (S, N, L) of trainings, images and parts.

    Parameters
    ----------
    values
        By method, such as errors of landmarks or Dice of regions; NaN where a part was not measured.
    baseline
        One of the methods.
    unit
        Of the values.
    references
        The same of what does not compete.
    higher_is_better
        Whether larger values are the better ones.
    """
    sign = -1 if higher_is_better else 1
    common = _image_errors(list(values.values()))
    averages = {name: of.mean(axis=0) for name, of in zip(values, common, strict=True)}
    best = min(averages, key=lambda name: _mean(sign * averages[name]))

    def family(against: str, theirs: Values) -> tuple[PairTest, ...]:
        tests = _family(values, against, theirs, unit)
        return tuple(replace(test, higher_is_better=higher_is_better) for test in tests)

    against_baseline = family(baseline, values[baseline])
    return Judgement(
        unit=unit,
        best=best,
        against_baseline=against_baseline,
        against_best=against_baseline if best == baseline else family(best, values[best]),
        ranking=rank(tuple(values), sign * np.stack(list(averages.values()), axis=1)),
        against_references=tuple(test for name, of in (references or {}).items() for test in family(name, of)),
    )


def _mean(values: Values) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("inf")


def _image_errors(methods: Sequence[Values]) -> list[Values]:
    """Average errors (S, N, L) over the landmarks that every training of every method has; (S, N) each."""
    common = np.all([np.isfinite(of).all(axis=0) for of in methods], axis=0)
    return [np.stack([image_means(np.where(common, seed, np.nan)) for seed in of]) for of in methods]


def _family(errors: Mapping[str, Values], against: str, theirs: Values, unit: Unit) -> tuple[PairTest, ...]:
    others = {name: mine for name, mine in errors.items() if name != against}
    tests = [_pair((name, against), mine, theirs, unit=unit, n_compared=len(others)) for name, mine in others.items()]
    adjusted = holm([test.p_value for test in tests])
    return tuple(replace(test, p_holm=p_holm) for test, p_holm in zip(tests, adjusted, strict=True))


def _pair(names: tuple[str, str], mine: Values, theirs: Values, *, unit: Unit, n_compared: int) -> PairTest:
    name, against = names
    first, second = _image_errors([mine, theirs])
    measured = np.flatnonzero(np.isfinite(first.sum(axis=0) + second.sum(axis=0)))
    n, n_seeds, n_left_out = len(measured), (len(first), len(second)), first.shape[1] - len(measured)
    first, second = first[:, measured], second[:, measured]
    differences = first.mean(axis=0) - second.mean(axis=0)
    if n == 0:
        nan = float("nan")
        return PairTest(name, against, unit, 0, n_seeds, n_left_out, nan, nan, nan)
    mean, median = float(differences.mean()), float(np.median(differences))
    effect = float(rank_biserial(differences)[0])
    if n == 1:
        return PairTest(name, against, unit, 1, n_seeds, n_left_out, mean, median, effect)
    is_single = n_seeds == (1, 1)
    return PairTest(
        name,
        against,
        unit,
        n,
        n_seeds,
        n_left_out,
        mean,
        median,
        effect,
        mean_interval=bootstrap_interval(differences) if is_single else hierarchical_interval(first, second, means),
        median_interval=hierarchical_interval(first, second, medians),
        rank_biserial_interval=hierarchical_interval(first, second, rank_biserial, n_resamples=_N_RANKED),
        p_value=wilcoxon_p(differences),
        detectable=minimum_detectable(differences, n_comparisons=n_compared),
        n_compared=n_compared,
    )


def _ranks_in_words(ranking: Ranking) -> str:
    listed = ", ".join(
        f"{name} {value:.2f}" for value, name in sorted(zip(ranking.mean_ranks, ranking.names, strict=True))
    )
    said = f"Mean ranks over {ranking.n_images} images: {listed} (Friedman {p_in_words(ranking.p_value)}); "
    said += f"ranks less than {ranking.critical_difference:.2f} apart are not shown to differ"
    if ranking.n_left_out:
        said += f"; {ranking.n_left_out} images that a run has no error for are not ranked"
    return said


def _mirrored(interval: Interval | None) -> Interval | None:
    return None if interval is None else (-interval[1], -interval[0])


def _rounded(value: float) -> str:
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"
