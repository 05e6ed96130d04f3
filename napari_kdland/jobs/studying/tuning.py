"""Search of a recipe's settings on val: Optuna proposes each trial from those before it, the same again for a seed."""

from __future__ import annotations

import json
import logging
import zlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.errors import ProjectError, TrainingError
from napari_kdland.recipes.study import as_setting

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.study import RecipePart, TuningPart, Value

# Optuna's own default; a smaller budget spends half of its trials on looking around.
_LOOKING_AROUND = 10


@dataclass(frozen=True)
class Trial:
    """One set of values and what it came to.

    `score` is what is kept low: the mean radial error on val in pixels, or 1 - mean Dice where there are only regions.
    Where there is none, `message` says why.
    """

    values: dict[str, Value]
    run: str
    score: float | None = None
    message: str = ""


@dataclass(frozen=True)
class TrialBook:
    """The finished trials of a study's searches, in a file that is written whole after each of them."""

    path: Path
    _pages: dict[str, list[Trial]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> TrialBook:
        """Read the book, empty where there is none yet.

        Raises
        ------
        ProjectError
            If the file is damaged.
        """
        if not path.exists():
            return cls(path)
        try:
            pages = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, {key: [Trial(**trial) for trial in trials] for key, trials in pages.items()})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ProjectError(
                f"The record of trials {path} cannot be read: {error}. Put it aside: the trainings that are done are "
                "found again."
            ) from error

    def trials(self, key: str) -> list[Trial]:
        """Give the finished trials of one search, in their order."""
        return list(self._pages.get(key, []))

    def add(self, key: str, trial: Trial) -> None:
        """Keep a finished trial.

        Raises
        ------
        ProjectError
            If the file cannot be written; what it held before is untouched.
        """
        self._pages.setdefault(key, []).append(trial)
        text = json.dumps({key: [asdict(trial) for trial in trials] for key, trials in self._pages.items()}, indent=1)
        beside = self.path.with_name(f".{self.path.name}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise ProjectError(f"Cannot write {self.path}: {error}. Free space or make it writable.") from error


class Tuner:
    """The search of one row.

    Parameters
    ----------
    row
        Its name and what is searched.
    recipe
        As the row stands, without anything tuned.
    part
        Number of trials and seed.
    book, key
        Where finished trials are kept; the key stands for all that they depend on.
    """

    def __init__(self, row: RecipePart, recipe: Recipe, part: TuningPart, *, book: TrialBook, key: str) -> None:
        self.row = row
        self._recipe = recipe
        self._part = part
        self._book = book
        self._key = key

    @property
    def trials(self) -> list[Trial]:
        """Finished trials."""
        return self._book.trials(self._key)

    @property
    def is_over(self) -> bool:
        """Whether all trials are made."""
        return len(self.trials) >= self._part.trials

    def tell(self, trial: Trial) -> None:
        """Keep what a trial came to."""
        self._book.add(self._key, trial)

    def best(self) -> Trial:
        """Give the trial with the lowest score, the earliest of several.

        Raises
        ------
        TrainingError
            If none came to an end.
        """
        ended = [trial for trial in self.trials if trial.score is not None]
        if not ended:
            said = self.trials[0].message if self.trials else "there was none"
            raise TrainingError(f"None of the {len(self.trials)} trials of {self.row.name} came to an end: {said}")
        return min(ended, key=lambda trial: trial.score if trial.score is not None else np.inf)

    def propose(self) -> dict[str, Value]:
        """Give the values of the next trial: the recipe as it stands at first, then what Optuna makes of the trials."""
        trials = self.trials
        as_it_stands = {path: _value_at(self._recipe, path) for path in self.row.search}
        if not trials and all(search.holds(as_it_stands[path]) for path, search in self.row.search.items()):
            return as_it_stands
        return self._ask(trials)

    def _ask(self, trials: list[Trial]) -> dict[str, Value]:
        # A study of Optuna's that lives for one question: its own memory of its generator would not survive a restart.
        import optuna

        logging.getLogger("optuna").setLevel(logging.WARNING)
        entropy = (self._part.seed, len(trials), zlib.crc32(self.row.name.encode()))
        sampler = optuna.samplers.TPESampler(
            seed=int(np.random.SeedSequence(entropy).generate_state(1)[0]),
            n_startup_trials=min(_LOOKING_AROUND, max(1, self._part.trials // 2)),
        )
        asked = optuna.create_study(direction="minimize", sampler=sampler)
        ranges = self._ranges()
        for trial in trials:
            has_ended = trial.score is not None
            state = optuna.trial.TrialState.COMPLETE if has_ended else optuna.trial.TrialState.FAIL
            asked.add_trial(
                optuna.trial.create_trial(
                    state=state, params=trial.values, distributions=ranges, value=trial.score if has_ended else None
                )
            )
        values: dict[str, Value] = asked.ask(ranges).params
        return values

    def _ranges(self) -> dict[str, Any]:
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        ranges: dict[str, Any] = {}
        for path, search in self.row.search.items():
            if search.range is None:
                ranges[path] = CategoricalDistribution(search.choices)
            elif all(isinstance(end, int) for end in search.range):
                ranges[path] = IntDistribution(int(search.range[0]), int(search.range[1]), log=search.log)
            else:
                ranges[path] = FloatDistribution(search.range[0], search.range[1], log=search.log)
        return ranges


def as_settings(values: dict[str, Value]) -> tuple[str, ...]:
    """Write the values of a trial as settings."""
    return tuple(as_setting(path, value) for path, value in values.items())


def _value_at(recipe: Recipe, path: str) -> Any:
    value: Any = recipe.model_dump(mode="json")
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value
