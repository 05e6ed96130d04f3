"""Ablations among recipes: methods that are another one with parts left out, found by their recipes, not by names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.effects import mean_interval
from napari_kdland.evaluation.judging import judge
from napari_kdland.evaluation.metrics import image_means
from napari_kdland.evaluation.recipe_parts import READERS, frame_of, parts_of, settings_of
from napari_kdland.evaluation.statistics import bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from napari_kdland.evaluation.judging import PairTest
    from napari_kdland.evaluation.scoring import Evaluation
    from napari_kdland.recipes.model import Recipe


@dataclass(frozen=True)
class Ablation:
    """A method, and those that are the same with some of its parts left out.

    Parameters
    ----------
    full
        The method that has all parts.
    parts
        In which the methods differ; parts that are only ever there together are one.
    has
        Parts of each method, the full one first, then those with more parts before those with fewer.
    departs
        Other settings in which a method departs from the full one, as (key, its value, the full one's).
    """

    full: str
    parts: tuple[str, ...]
    has: Mapping[str, frozenset[str]]
    departs: Mapping[str, tuple[tuple[str, object, object], ...]]


@dataclass(frozen=True)
class MeasuredAblation:
    """An ablation with what its methods came to.

    Parameters
    ----------
    unit
        Millimetres where every image has a spacing, else pixels.
    means
        By method, mean radial error with its 95 % interval over seeds and images (over images for one training); no
        interval with fewer than two images.
    n_seeds
        Trainings of each method.
    tests
        Every other method against the full one; Holm's adjustment is over these.
    """

    ablation: Ablation
    unit: Literal["px", "mm"]
    means: Mapping[str, tuple[float, tuple[float, float] | None]]
    n_seeds: Mapping[str, int]
    tests: Mapping[str, PairTest]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say whether a method with fewer parts is shown to be better, and by how much one could be."""
        full = self.ablation.full
        fewer = {name: test for name, test in self.tests.items() if self.ablation.has[name] < self.ablation.has[full]}
        better = [name for name, test in fewer.items() if test.is_shown and test.mean < 0]
        worse = [name for name, test in fewer.items() if test.is_shown and test.mean > 0]
        said = [f"Shown to be better than {full} with fewer parts: {', '.join(better) or 'none'}."]
        said.append(f"Shown to be worse with fewer parts: {', '.join(worse) or 'none'}.")
        room = {name: -test.mean_interval[0] for name, test in fewer.items() if test.mean_interval is not None}
        most = max(room, key=lambda name: room[name], default=None)
        if most is not None and not better:
            said.append(
                f"The intervals leave room for {most} to be better by up to {room[most]:.1f} {self.unit}."
                if room[most] > 0
                else "No interval leaves room for one of them to be better."
            )
        return tuple(said)


def find_ablations(recipes: Mapping[str, Recipe]) -> list[Ablation]:
    """Give the ablations among methods that were trained on the same labels; mostly none or one.

    There is one where a method has all parts of another one and more, and the other has some of them: a method without
    any part, such as plain supervision, joins an ablation and makes none. An ablation within another is not given.
    """
    parts = {name: parts_of(recipe) for name, recipe in recipes.items()}
    if all("base" in of for of in parts.values()):
        parts = {name: {key: part for key, part in of.items() if part != READERS} for name, of in parts.items()}
    sets = {name: frozenset(of.values()) for name, of in parts.items()}
    within = {full: [n for n in sets if _is_within(n, full, sets, recipes)] for full in sets}
    fulls = [full for full, of in within.items() if any(sets[n] and sets[n] < sets[full] for n in of)]
    largest = [full for full in fulls if not any(sets[full] < sets[other] and full in within[other] for other in fulls)]
    first = {sets[full]: full for full in reversed(largest)}
    return [_ablation(full, within[full], parts, recipes) for full in largest if first[sets[full]] == full]


def measure_ablation(ablation: Ablation, trained: Mapping[str, Sequence[Evaluation]]) -> MeasuredAblation:
    """Measure an ablation.

    Parameters
    ----------
    trained
        Evaluations of each of its methods on the same images, one a training (a seed).
    """
    chosen = {name: list(trained[name]) for name in ablation.has}
    judgement = judge(chosen, ablation.full)
    unit: Literal["px", "mm"] = "mm" if judgement.unit == "mm" else "px"
    return MeasuredAblation(
        ablation,
        unit,
        {name: _mean([one.errors_in(unit) for one in of]) for name, of in chosen.items()},
        {name: len(of) for name, of in chosen.items()},
        {test.name: test for test in judgement.against_baseline},
    )


def _is_within(name: str, full: str, sets: Mapping[str, frozenset[str]], recipes: Mapping[str, Recipe]) -> bool:
    return name != full and sets[name] <= sets[full] and frame_of(recipes[name]) == frame_of(recipes[full])


def _ablation(
    full: str, within: Sequence[str], parts: Mapping[str, Mapping[str, str]], recipes: Mapping[str, Recipe]
) -> Ablation:
    names = [full, *sorted(within, key=lambda name: -len(parts[name]))]
    rows: dict[str, tuple[bool, ...]] = {
        part: tuple(part in parts[name].values() for name in names) for part in parts[full].values()
    }
    together: dict[tuple[bool, ...], list[str]] = {}
    for part, where in rows.items():
        if not all(where):
            together.setdefault(where, []).append(part)
    titles = {where: " + ".join(of) for where, of in together.items()}
    has = {
        name: frozenset(title for where, title in titles.items() if where[place]) for place, name in enumerate(names)
    }
    departs = {name: _departs(recipes[name], recipes[full], parts[name], parts[full]) for name in names[1:]}
    return Ablation(full, tuple(titles.values()), has, departs)


def _departs(
    recipe: Recipe, full: Recipe, parts: Mapping[str, str], of_full: Mapping[str, str]
) -> tuple[tuple[str, object, object], ...]:
    """Give the settings that differ, without those of the parts that only one has."""
    told = {key for key in (*parts, *of_full) if parts.get(key) != of_full.get(key)}
    own, others = settings_of(recipe), settings_of(full)
    return tuple(
        (key, own[key], others[key])
        for key in own
        if key in others and own[key] != others[key] and not any(key == of or key.startswith(f"{of}.") for of in told)
    )


def _mean(errors: Sequence[NDArray[np.float64]]) -> tuple[float, tuple[float, float] | None]:
    """Give the mean over trainings of errors (N, L) each, and its interval."""
    means = np.stack([image_means(of) for of in errors])
    means = means[:, np.isfinite(means).all(axis=0)]
    if means.shape[1] < 2:
        return float(means.mean()) if means.size else float("nan"), None
    return float(means.mean()), bootstrap_interval(means[0]) if len(means) == 1 else mean_interval([means])
