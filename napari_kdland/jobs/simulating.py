"""Replay an annotated set as if it were unlabelled, and measure what each strategy of labelling is worth."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from napari_kdland.errors import RunError, UsageError
from napari_kdland.evaluation import image_means, radial_errors
from napari_kdland.evaluation.acquisition import strategy
from napari_kdland.evaluation.labelling_curves import Measurement, labelling_curves, to_json
from napari_kdland.evaluation.uncertainty_figures import labelling_chart, on_paper
from napari_kdland.events import Advanced, Measured, Saved, Started, Warned
from napari_kdland.jobs.asking_runs import asked
from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.jobs.measuring_regions import frozen
from napari_kdland.jobs.seeing import cached, inputs_of
from napari_kdland.jobs.training_inputs import training_data
from napari_kdland.project import Project
from napari_kdland.recipes.identity import identity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.evaluation.acquisition import Strategy
    from napari_kdland.evaluation.labelling_curves import LabellingCurve
    from napari_kdland.events import Job
    from napari_kdland.jobs.freezing import FrozenImage
    from napari_kdland.recipes import Recipe

T = TypeVar("T")

_FILE = "steps.jsonl"
_PLAN_FILE = "plan.json"


@dataclass(frozen=True)
class Simulation:
    """What to replay.

    Parameters
    ----------
    recipe
        How each network is trained, on the labelled images alone.
    strategies
        Names of strategies; all begin each seed with the same drawn images.
    start, to, step
        Labels at first, at last, and how many are added at a time.
    seeds
        How often all is repeated.
    split
        What errors are measured on.

    Raises
    ------
    UsageError
        If the numbers do not fit each other, a strategy does not exist, or the recipe has a teacher.
    """

    recipe: Recipe
    strategies: tuple[str, ...] = ("random", "epistemic", "core-set", "hybrid")
    start: int = 5
    to: int = 50
    step: int = 5
    seeds: int = 5
    split: str = "val"

    def __post_init__(self) -> None:
        for name in self.strategies:
            strategy(name)
        if not self.strategies or len(set(self.strategies)) < len(self.strategies):
            raise UsageError(f"Name one or more different strategies, not {', '.join(self.strategies) or 'none'}.")
        if not (1 <= self.start <= self.to and self.step >= 1 and self.seeds >= 1):
            raise UsageError(
                "Labels must run from 1 or more upwards in steps of 1 or more, for 1 seed or more; found "
                f"{self.start} to {self.to} in steps of {self.step}, {self.seeds} seeds."
            )
        if self.recipe.teacher.source != "none":
            raise UsageError(
                f"A simulation trains on labels alone, and the recipe {self.recipe.name} has a teacher. Choose one "
                "without, such as supervised."
            )

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of labels."""
        return tuple(range(self.start, self.to + 1, self.step))


@dataclass(frozen=True)
class _Step:
    """One network of a chain: how wrong it was, and which images came next."""

    strategy: str
    seed: int
    labels: int
    error_px: float
    next: tuple[str, ...]


def simulate_labelling(
    project_path: Path, plan: Simulation, folder: Path, *, device: str = "auto"
) -> Job[tuple[LabellingCurve, ...]]:
    """Train on few labels, let a strategy choose more, train again; one chain a strategy and seed.

    Every finished network is one line of ``steps.jsonl`` in `folder`: the same simulation goes on where it was stopped.
    The project itself is not changed, but that measuring on test freezes the test split.

    Raises
    ------
    UsageError
        If the project has fewer annotated images in train than the simulation ends with, the split has none, or
        `folder` holds another simulation.
    TrainingError
        If a network cannot be trained.
    """
    with Project.open(project_path, announce=False) as project:
        everything = freeze(project, labels=None, seed=0)
        if len(everything.labelled) < plan.counts[-1]:
            raise UsageError(
                f"{project.name} has {len(everything.labelled)} annotated images in train, and the simulation ends "
                f"with {plan.counts[-1]} labels. End with fewer (--to)."
            )
        judged = _judged(project, plan.split)
        yield from frozen(project, plan.split)
        diary = _Diary(folder, plan)
        bench = _Bench(project, plan, everything.validation, judged, device)
        yield Started("Simulating", len(plan.strategies) * plan.seeds * len(plan.counts))
        for seed in range(plan.seeds):
            for name in plan.strategies:
                yield from _chain(bench, diary, strategy(name), seed, everything.labelled)
    curves = labelling_curves(diary.measurements)
    (folder / "curves.json").write_text(json.dumps(to_json(curves), indent=1) + "\n", encoding="utf-8")
    (folder / "curves.svg").write_text(on_paper(labelling_chart(curves)), encoding="utf-8")
    yield Saved("curves", str(folder / "curves.svg"))
    return curves


def _chain(bench: _Bench, diary: _Diary, way: Strategy, seed: int, images: Sequence[FrozenImage]) -> Job[None]:
    by_hash = {image.content_hash: image for image in images}
    drawn = np.random.default_rng(seed).permutation(len(images))[: bench.plan.start]
    labelled = [sorted(by_hash)[place] for place in drawn]
    for labels in bench.plan.counts:
        step = diary.find(way.name, seed, labels)
        if step is None:
            rest = [key for key in sorted(by_hash) if key not in set(labelled)]
            place = diary.folder / f"{way.name}-s{seed}-k{labels}"
            work = bench.step(way, seed, [by_hash[key] for key in labelled], rest, place)
            error, chosen = yield from _quietly(work, diary.n_done, f"{way.name}, seed {seed}, {labels} labels")
            step = _Step(way.name, seed, labels, error, tuple(chosen))
            diary.add(step)
            shutil.rmtree(place, ignore_errors=True)
            yield Measured(labels, {f"{way.name} error_px": error})
        yield Advanced(diary.n_done, f"{way.name}, seed {seed}, {labels} labels")
        labelled += step.next


class _Bench:
    """Trains networks of one simulation and measures them."""

    def __init__(
        self,
        project: Project,
        plan: Simulation,
        validation: tuple[FrozenImage, ...],
        judged: dict[int, Landmarks],
        device: str,
    ) -> None:
        self.plan = plan
        self._project, self._validation, self._judged, self._device = project, validation, judged, device
        self._records = {record.content_hash: record for record in project.records.page(0, -1)}

    def step(
        self, way: Strategy, seed: int, labelled: Sequence[FrozenImage], rest: Sequence[str], folder: Path
    ) -> Job[tuple[float, list[str]]]:
        """Train, measure, and choose what is labelled next; nothing where this was the last number of labels."""
        is_last = len(labelled) + self.plan.step > self.plan.counts[-1]
        count = 1 if is_last else max(1, way.n_runs)
        shutil.rmtree(folder, ignore_errors=True)
        folders = [folder / str(member) for member in range(count)]
        for member, place in enumerate(folders):
            # The measured network of all strategies begins with the same weights.
            yield from self._trained(labelled, place, 1000 * member + seed)
        error = yield from self._error(folders[0])
        if is_last:
            return error, []
        return error, (yield from self._next(way, seed, folders, labelled, rest))

    def _trained(self, labelled: Sequence[FrozenImage], folder: Path, seed: int) -> Job[None]:
        from napari_kdland.engine.training import TrainingSetup, train

        scheme = self._project.scheme
        data = yield from training_data(
            self._project, FrozenData(tuple(labelled), (), self._validation), self.plan.recipe
        )
        setup = TrainingSetup(landmarks=scheme.landmark_names, mirrored_order=scheme.mirrored_order, scheme=scheme.name)
        yield from train(data, self.plan.recipe, folder, setup, seed=seed, device=self._device)

    def _error(self, folder: Path) -> Job[float]:
        from napari_kdland.engine.prediction import Predictor

        predictor = Predictor(folder, device=self._device)
        wanted = [record for record in self._records.values() if record.image_id in self._judged]
        pool, ready = yield from cached(self._project, predictor, wanted)
        if not ready:
            raise RunError("No image that errors are to be measured on can be read any more.")
        seen = predictor.predict(*inputs_of(self._project, pool, predictor, ready))
        true = [self._judged[record.image_id].reordered(predictor.landmarks).points for record in ready]
        errors = radial_errors(np.stack([one.landmarks.points for one in seen]), np.stack(true))
        return float(np.nanmean(image_means(errors)))

    def _next(
        self, way: Strategy, seed: int, folders: Sequence[Path], labelled: Sequence[FrozenImage], rest: Sequence[str]
    ) -> Job[list[str]]:
        from napari_kdland.engine.prediction import Predictor

        predictor = Predictor(folders[0], device=self._device)
        known = [self._records[image.content_hash] for image in labelled]
        pool, ready = yield from cached(self._project, predictor, [*(self._records[key] for key in rest), *known])
        there = {record.content_hash for record in ready}
        mine = [self._records[key] for key in rest if key in there]
        known = [record for record in known if way.looks and record.content_hash in there]
        images, placements = inputs_of(self._project, pool, predictor, mine)
        others, _ = inputs_of(self._project, pool, predictor, known)
        found = yield from asked(way, folders, images, placements, others, device=self._device)
        order = way.order(found, self.plan.step, seed + len(labelled))
        return [mine[place].content_hash for place in order[: self.plan.step]]


class _Diary:
    """The finished steps of a simulation, a line each."""

    def __init__(self, folder: Path, plan: Simulation) -> None:
        self.folder = folder
        self._path = folder / _FILE
        folder.mkdir(parents=True, exist_ok=True)
        self._refuse_another(plan)
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        steps = [_step(line) for line in lines]
        self._steps = {(step.strategy, step.seed, step.labels): step for step in steps if step is not None}

    @property
    def n_done(self) -> int:
        """How many networks are done."""
        return len(self._steps)

    @property
    def measurements(self) -> list[Measurement]:
        """What was measured."""
        return [Measurement(step.strategy, step.seed, step.labels, step.error_px) for step in self._steps.values()]

    def find(self, name: str, seed: int, labels: int) -> _Step | None:
        return self._steps.get((name, seed, labels))

    def add(self, step: _Step) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(step)) + "\n")
        self._steps[step.strategy, step.seed, step.labels] = step

    def _refuse_another(self, plan: Simulation) -> None:
        # More strategies or seeds may be added to a simulation; anything else would mix what cannot be compared.
        same = replace(plan, strategies=("random",), seeds=1)
        text = json.dumps({**vars(same), "recipe": identity(plan.recipe)}, sort_keys=True)
        path = self.folder / _PLAN_FILE
        if path.exists() and path.read_text(encoding="utf-8") != text:
            raise UsageError(f"{self.folder} holds a simulation with other settings. Give another folder (--out).")
        path.write_text(text, encoding="utf-8")


def _step(line: str) -> _Step | None:
    try:
        values: dict[str, Any] = json.loads(line)
    except ValueError:
        # The program was stopped while it wrote the line.
        return None
    return _Step(**{**values, "next": tuple(values["next"])})


def _judged(project: Project, split: str) -> dict[int, Landmarks]:
    if split not in ("val", "test"):
        raise UsageError(f"A simulation can be measured on val or test, not on {split}.")
    ids = project.annotations.labelled_ids(split=split)
    if not ids:
        raise UsageError(
            f"No image of {split} in {project.name} has landmarks, so nothing can be measured. Annotate some."
        )
    # What a model proposed and a reader accepted does not say how wrong a model is.
    return project.annotations.labels(ids, with_accepted=False)


def _quietly(job: Job[T], done: int, message: str) -> Job[T]:
    """Show a part of the work as the same place of the whole bar, without its own bars and figures; warnings pass."""
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result: T = stop.value
                return result
            yield event if isinstance(event, Warned) else Advanced(done, message)
    finally:
        job.close()
