"""What a strategy of labelling saves: errors by number of labels, and labels against random at equal error."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.evaluation.metrics import plain_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

REFERENCE = "random"


@dataclass(frozen=True)
class Measurement:
    """The mean radial error in pixels of a network trained on `labels` images that `strategy` chose."""

    strategy: str
    seed: int
    labels: int
    error_px: float


@dataclass(frozen=True)
class Saving:
    """Labels saved against random, mean over the steps of a seed, over the seeds.

    `low` and `high` are its 95 % interval by Student's t over the seeds, together for all strategies (Bonferroni); NaN
    for one seed.
    """

    mean: float
    low: float
    high: float
    n_seeds: int

    def text(self) -> str:
        """Give the figure in words."""
        if self.n_seeds < 2:
            return f"{self.mean:.1f} labels (one seed: how far chance reaches is not known)"
        return f"{self.mean:.1f} labels (95 % interval {self.low:.1f} to {self.high:.1f}, {self.n_seeds} seeds)"


@dataclass(frozen=True, eq=False)
class LabellingCurve:
    """One strategy.

    Parameters
    ----------
    strategy
        Its name.
    labels : (n,)
        Numbers of labels, growing.
    mean_px, sd_px : (n,)
        Mean radial error, mean and sample standard deviation over the seeds; the latter NaN for one seed.
    n_seeds : (n,)
        How many seeds there are of each.
    saved : (n,)
        How many labels fewer than `random` it needs for this error, mean over the seeds: positive is better. A network
        better than all of random's counts as random's last one, one worse than all as its first one, so a saving is
        never guessed beyond what was measured. NaN where random was not tried with a seed.
    saving
        Mean saving of a seed with its interval; `None` for random itself and where nothing can be held against it.
    """

    strategy: str
    labels: NDArray[np.int64]
    mean_px: NDArray[np.float64]
    sd_px: NDArray[np.float64]
    n_seeds: NDArray[np.int64]
    saved: NDArray[np.float64]
    saving: Saving | None = None


def labelling_curves(measured: Iterable[Measurement]) -> tuple[LabellingCurve, ...]:
    """Sum up over seeds, strategies in the order of their first measurement."""
    rows = list(measured)
    names = list(dict.fromkeys(row.strategy for row in rows))
    n_others = len([name for name in names if name != REFERENCE])
    chains: dict[tuple[str, int], dict[int, float]] = {}
    for row in rows:
        chains.setdefault((row.strategy, row.seed), {})[row.labels] = row.error_px
    curves = []
    for name in names:
        labels, mean, sd, count = _pooled([row for row in rows if row.strategy == name])
        # Chains of one seed begin with the same images, so each is held against random's of its own seed.
        seeds = [seed for strategy, seed in chains if strategy == name and (REFERENCE, seed) in chains]
        saved = np.array([_saved(labels, chains[name, seed], chains[REFERENCE, seed]) for seed in seeds])
        saved = saved.reshape(len(seeds), len(labels))
        known = ~np.isnan(saved)
        means = np.where(known.any(axis=0), np.nansum(saved, axis=0) / np.maximum(known.sum(axis=0), 1), np.nan)
        saving = None if name == REFERENCE else _saving(saved, n_others)
        curves.append(LabellingCurve(name, labels, mean, sd, count, saved=means, saving=saving))
    return tuple(curves)


def verdict(curves: Sequence[LabellingCurve]) -> str:
    """Say which strategies save labels against random beyond the spread over seeds, or that none is shown to."""
    savings = {curve.strategy: curve.saving for curve in curves if curve.saving is not None}
    if not savings:
        return "Nothing can be said against random: it was not tried with the same seeds."
    shown = [f"{name} saves {one.text()}" for name, one in savings.items() if one.low > 0]
    if shown:
        return f"Labels saved against random at equal error: {'; '.join(shown)}."
    best = max(savings, key=lambda name: savings[name].mean)
    return f"No strategy is shown to save labels against random; closest is {best}: {savings[best].text()}."


def text_of(curves: Sequence[LabellingCurve]) -> str:
    """Give a table: a line a number of labels, a column a strategy, mean error and spread over the seeds in pixels."""
    labels = sorted({int(k) for curve in curves for k in curve.labels})
    lines = ["labels  " + "".join(f"{curve.strategy:>20}" for curve in curves)]
    for k in labels:
        cells = []
        for curve in curves:
            place = np.flatnonzero(curve.labels == k)
            value = "-" if not len(place) else f"{curve.mean_px[place[0]]:.1f} ({curve.sd_px[place[0]]:.1f})"
            cells.append(f"{value:>20}")
        lines.append(f"{k:>6}  " + "".join(cells))
    return "\n".join([*lines, verdict(curves)])


def to_json(curves: Sequence[LabellingCurve]) -> dict[str, Any]:
    """Give plain values."""
    plain: dict[str, Any] = plain_values(
        {curve.strategy: vars(curve) | {"saving": curve.saving and asdict(curve.saving)} for curve in curves}
    )
    return {"curves": plain, "verdict": verdict(curves)}


def _pooled(
    rows: Sequence[Measurement],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    labels = sorted({row.labels for row in rows})
    errors = [np.array([row.error_px for row in rows if row.labels == k]) for k in labels]
    means = np.array([values.mean() for values in errors])
    sd = np.array([values.std(ddof=1) if len(values) > 1 else math.nan for values in errors])
    return np.array(labels, dtype=np.int64), means, sd, np.array([len(values) for values in errors], dtype=np.int64)


def _saved(labels: NDArray[np.int64], errors: dict[int, float], reference: dict[int, float]) -> NDArray[np.float64]:
    """Give what each step of one chain saved against random's chain of the same seed; NaN where it was not measured."""
    counts = sorted(reference)
    # More labels never count as worse: what was reached with fewer is reached.
    best = np.minimum.accumulate([reference[k] for k in counts])
    reached, first = np.unique(-best, return_index=True)
    own = np.array([errors.get(int(k), math.nan) for k in labels])
    needed: NDArray[np.float64] = np.interp(-own, reached, np.array(counts, dtype=np.float64)[first])
    return needed - labels


def _saving(saved: NDArray[np.float64], n_strategies: int) -> Saving | None:
    """Sum up savings (S, n) of S seeds; the first step is the same images for all strategies and is left out."""
    from scipy import stats

    later = saved[:, 1:]
    means = np.array([np.nanmean(one) for one in later if np.isfinite(one).any()])
    if not len(means):
        return None
    mean, n = float(means.mean()), len(means)
    if n < 2:
        return Saving(mean, math.nan, math.nan, n)
    reach = stats.t.ppf(1 - 0.025 / max(1, n_strategies), n - 1) * means.std(ddof=1) / math.sqrt(n)
    return Saving(mean, mean - float(reach), mean + float(reach), n)
