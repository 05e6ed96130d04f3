"""A study from its file to its table: plan, train, measure once, write."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import tomli_w

from napari_kdland.errors import ProjectError, TrainingError
from napari_kdland.evaluation.overview import write_overview
from napari_kdland.events import Job, Saved, Warned
from napari_kdland.jobs.ablating import ablations_of
from napari_kdland.jobs.comparing import compare_runs
from napari_kdland.jobs.following import followed
from napari_kdland.jobs.index_sources import read_index_sources
from napari_kdland.jobs.studying.checking import check_plan, check_study, what_is_unequal
from napari_kdland.jobs.studying.conducting import Conductor
from napari_kdland.jobs.studying.crews import Cluster, OwnHands
from napari_kdland.jobs.studying.measuring import floor, measure
from napari_kdland.jobs.studying.overview import OVERVIEW, overview_of, pages_of
from napari_kdland.jobs.studying.paging import drawn_runs, study_part
from napari_kdland.jobs.studying.results import RunFigures, Search, StudyResult, read_result, write_result
from napari_kdland.jobs.studying.subsets import Subsets
from napari_kdland.jobs.studying.summing_up import Summary, values_of
from napari_kdland.jobs.studying.tuning import as_settings
from napari_kdland.jobs.studying.working import TRAINING
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from napari_kdland.evaluation import Evaluation
    from napari_kdland.jobs.index_sources import IndexSource
    from napari_kdland.jobs.studying.crews import Crew
    from napari_kdland.jobs.studying.measuring import Measured
    from napari_kdland.jobs.studying.subsets import Cell
    from napari_kdland.project.training_lock import StudyLock
    from napari_kdland.recipes.study import RecipePart, Study

_STUDY_FILE = "study.toml"
# Raised where a result holds more than before, so that a study of an earlier version is measured again.
_TABLES = 4


def run_study(
    project_path: Path,
    study: Study,
    *,
    device: str = "auto",
    scheduler: str | None = None,
    report: bool = False,
    index_sources: Sequence[IndexSource] = (),
    pictures: bool = True,
) -> Job[StudyResult]:
    """Train what a study wants and is not done, measure it once, and write the comparison.

    Closed early, or killed, it goes on where it was when it is run again; the result is that of an unbroken one.

    Parameters
    ----------
    project_path
        The project; results go to ``reports/<study>`` in it.
    study
        What is compared.
    device
        auto, cpu, cuda, cuda:N or mps.
    scheduler
        Address of a Dask scheduler whose workers train; by default this process does.
    report
        Write an HTML page for each number of labels and draw: tests of all seeds, charts of one.
    index_sources
        Tables of indices measured elsewhere, for these pages to hold those of the runs against.
    pictures
        Show radiographs on these pages.

    Raises
    ------
    RecipeError, RunError, AnnotationError, TrainingError
        If the study cannot be made in this project; before anything is trained.
    UsageError
        If there is no such scheduler.
    ProjectBusy
        If something else trains in the project.
    TrainingError
        If no run could be trained.
    """
    read_index_sources(project_path, index_sources)  # refused before anything is trained
    with Project.open(project_path, announce=False) as project:
        study = check_study(project, study)
        subsets = Subsets(project)
        conductor = Conductor(project, study, subsets)
        check_plan(project, study, conductor.planner, subsets)
        work = _Study(project, study, subsets, conductor, device, index_sources, pictures=pictures)
        known = work.known_result()
        if known is not None and not report:
            return known
        with _hired(project_path, device, scheduler) as crew, project.runs.study_lock(study.name) as lock:
            work.write_study()
            for note in what_is_unequal(study):
                yield Warned(note)
            yield from conductor.train(lock, crew)
            return (yield from work.result(lock, report=report))


@contextmanager
def _hired(project_path: Path, device: str, scheduler: str | None) -> Iterator[Crew]:
    crew = OwnHands(project_path, device) if scheduler is None else Cluster(scheduler, project_path, device)
    try:
        yield crew
    finally:
        crew.dismiss()


class _Study:
    """What is trained, and how it is measured and written."""

    def __init__(
        self,
        project: Project,
        study: Study,
        subsets: Subsets,
        conductor: Conductor,
        device: str,
        index_sources: Sequence[IndexSource] = (),
        *,
        pictures: bool = True,
    ) -> None:
        self._index_sources = tuple(index_sources)
        self._pictures = pictures
        self._project = project
        self._study = study
        self._subsets = subsets
        self._conductor = conductor
        self._device = device

    def known_result(self) -> StudyResult | None:
        """Give the result of an earlier time, if it rests on the same runs and the same truth."""
        known = read_result(self._conductor.folder)
        is_whole = self._conductor.is_over and not self._conductor.failed
        return known if known is not None and is_whole and known.key == self._key() else None

    def write_study(self) -> None:
        """Keep the study beside its results."""
        folder = self._conductor.folder
        values = self._study.model_dump(mode="json", exclude_none=True)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _STUDY_FILE).write_text(tomli_w.dumps(values), encoding="utf-8")
        except OSError as error:
            raise ProjectError(f"Cannot write into {folder}: {error}. Free space or make it writable.") from error

    def result(self, lock: StudyLock, *, report: bool) -> Job[StudyResult]:
        """Measure, sum up and write."""
        students, teachers = self._students(), self._teachers()
        runs = list(dict.fromkeys(run for groups in (students, teachers) for run in _names(groups)))
        done = [run for run in runs if run in self._conductor.done]
        if not any(run in self._conductor.done for run in _names(students)):
            raise TrainingError(f"No run of the study came to its end: {next(iter(self._conductor.failed.values()))}")
        job = measure(self._project, done, split=self._study.split, device=self._device)
        measured = yield from followed(job, lambda _: lock.heartbeat())
        floors = yield from followed(self._floors(students, measured), lambda _: lock.heartbeat())
        result = self._summed_up(students, teachers, measured, floors)
        for file in write_result(self._conductor.folder, result):
            yield Saved("study", str(file))
        if report:
            yield from followed(self._pages(students, teachers, measured, result), lambda _: lock.heartbeat())
        return result

    def _floors(
        self, students: dict[str, dict[Cell, tuple[str, ...]]], measured: dict[str, Measured]
    ) -> Job[dict[Cell, Evaluation]]:
        """Measure the mean shape of each cell's labels, by one of its runs that learnt landmarks."""
        runs = {cell: run for _, cell, run in _each(students) if run in measured and measured[run].best.names}
        floors = {}
        for cell, run in runs.items():
            floors[cell] = yield from floor(self._project, run, split=self._study.split, device=self._device)
        return floors

    def _summed_up(
        self,
        students: dict[str, dict[Cell, tuple[str, ...]]],
        teachers: dict[str, dict[Cell, tuple[str, ...]]],
        measured: dict[str, Measured],
        floors: dict[Cell, Evaluation],
    ) -> StudyResult:
        baseline = self._study.baseline_name
        summary = Summary(students, teachers, measured=measured, floors=floors, baseline=baseline)
        return StudyResult(
            key=self._key(),
            study=self._study.model_dump(mode="json"),
            project=self._project.name,
            split=self._study.split,
            images=next(iter(measured.values())).best.images,
            baseline=baseline,
            blocks=summary.blocks(),
            runs=tuple(self._run_figures(run, row, cell, measured) for row, cell, run in _each(students, teachers)),
            searches=tuple(self._search(row) for row in self._study.recipes if row.search),
            failed=self._conductor.failed,
            notes=what_is_unequal(self._study),
        )

    def _students(self) -> dict[str, dict[Cell, tuple[str, ...]]]:
        found: dict[str, dict[Cell, tuple[str, ...]]] = {row.name: {} for row in self._study.recipes}
        for (row, cell), steps in self._conductor.students.items():
            found[row][cell] = tuple(step.name for step in steps)
        return found

    def _teachers(self) -> dict[str, dict[Cell, tuple[str, ...]]]:
        """Group the teachers by how they are trained; each group is called after those who learn from it."""
        groups: dict[str, dict[Cell, dict[str, None]]] = {}
        learners: dict[str, list[str]] = {}
        project_runs = {run.name for run in self._project.runs.all()}
        for row in self._study.recipes:
            recipe = self._study.recipe_of(row)
            if not recipe.teacher.count:
                continue
            how = "" if self._study.teachers.runs else self._study.teacher_recipe_of(recipe).model_dump_json()
            learners.setdefault(how, []).append(row.name)
            for cell in self._conductor.planner.cells(row):
                names = (name for name in self._conductor.planner.teachers(recipe, cell) if name in project_runs)
                groups.setdefault(how, {}).setdefault(cell, {}).update(dict.fromkeys(names))
        titles = {how: "teachers" if len(groups) == 1 else f"teachers of {_listed(learners[how])}" for how in groups}
        return {titles[how]: {c: tuple(names) for c, names in by_cell.items()} for how, by_cell in groups.items()}

    def _run_figures(self, run: str, row: str, cell: Cell, measured: dict[str, Measured]) -> RunFigures:
        step = self._conductor.planner.steps.get(run)
        record = self._project.runs.get(run)
        found = measured.get(run)
        return RunFigures(
            run=run,
            row=row,
            labels=cell.labels,
            draw=cell.draw,
            seed=record.seed,
            teachers=() if step is None else step.teachers,
            start="" if step is None or step.start is None else step.start,
            best={} if found is None else values_of(found.best),
            last={} if found is None or found.last is None else values_of(found.last),
            seconds=self._project.metrics.load(run, TRAINING).get("seconds"),
        )

    def _search(self, row: RecipePart) -> Search:
        tuner = self._conductor.tuners[row.name]
        trials = tuple((as_settings(trial.values), trial.run, trial.score, trial.message) for trial in tuner.trials)
        is_planned = any(name == row.name for name, _ in self._conductor.students)
        return Search(row=row.name, chosen=self._conductor.settings_of(row) if is_planned else (), trials=trials)

    def _key(self) -> str:
        runs = [sorted(_names(self._students())), sorted(_names(self._teachers()))]
        study = self._study.model_dump(mode="json")
        values = {"study": study, "runs": runs, "truth": self._truth(), "tables": _TABLES}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def _truth(self) -> dict[str, object]:
        """Give what the readers say of the split, as plain values."""
        project, split = self._project, self._study.split
        labels = project.annotations.labels(project.annotations.labelled_ids(split=split))
        points = {
            str(image_id): [(name, state.value, *point.tolist()) for name, state, point in landmarks]
            for image_id, landmarks in labels.items()
        }
        masks = project.masks.current(project.masks.labelled_ids(split))
        return {"landmarks": points, "masks": {str(image_id): mask.sha256 for image_id, mask in masks.items()}}

    def _pages(
        self,
        students: dict[str, dict[Cell, tuple[str, ...]]],
        teachers: dict[str, dict[Cell, tuple[str, ...]]],
        measured: dict[str, Measured],
        result: StudyResult,
    ) -> Job[None]:
        """Write a page for each cell, with the tests of all seeds and one seed of each row drawn, and one over all."""
        by_cell = {
            cell: drawn_runs({row: of[cell] for row, of in students.items() if cell in of}, self._conductor.done)
            for cell in dict.fromkeys(cell for of in students.values() for cell in of)
        }
        paged, folder = [cell for cell, drawn in by_cell.items() if drawn], self._project.path.name
        options = [f"--index-values={source.without_folder}" for source in self._index_sources]
        options += [] if self._pictures else ["--no-pictures"]
        overview = overview_of(result, paged, folder=folder, options=options)
        if overview is not None:
            yield Saved("report", str(write_overview(self._conductor.folder / OVERVIEW, overview)))
        for cell in paged:
            drawn = by_cell[cell]
            taught_by = drawn_runs({row: of[cell] for row, of in teachers.items() if cell in of}, self._conductor.done)
            first, *others = drawn.values()
            runs = list(dict.fromkeys([first, *taught_by.values(), *others]))
            page = self._conductor.folder / f"{cell.slug}.html"
            pages = () if overview is None else pages_of(paged, page.name)
            trained = {row: [measured[run].best for run in students[row][cell] if run in measured] for row in drawn}
            part = study_part(result, cell.title, folder=folder, drawn=drawn, pages=pages, options=options)
            yield from compare_runs(
                self._project.path,
                runs,
                baseline=drawn.get(self._study.baseline_name),
                split=self._study.split,
                report=page,
                study=replace(part, ablations=ablations_of(self._project, drawn, trained)),
                index_sources=self._index_sources,
                pictures=self._pictures,
                device=self._device,
            )


def _names(groups: dict[str, dict[Cell, tuple[str, ...]]]) -> list[str]:
    return [run for by_cell in groups.values() for runs in by_cell.values() for run in runs]


def _each(*kinds: dict[str, dict[Cell, tuple[str, ...]]]) -> list[tuple[str, Cell, str]]:
    return [
        (row, cell, run)
        for groups in kinds
        for row, by_cell in groups.items()
        for cell, runs in by_cell.items()
        for run in runs
    ]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
