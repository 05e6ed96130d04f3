"""Take a study from its plan to trained runs: what is done is skipped, what was interrupted goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import RecipeError, TrainingError
from napari_kdland.events import Advanced, Event, Job, Started, Warned
from napari_kdland.jobs.following import followed
from napari_kdland.jobs.studying.planning import Planner, Step
from napari_kdland.jobs.studying.tuning import Trial, TrialBook, Tuner, as_settings
from napari_kdland.jobs.studying.working import Outcome, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.jobs.studying.crews import Crew
    from napari_kdland.jobs.studying.subsets import Cell, Subsets
    from napari_kdland.project import Project, RunRecord
    from napari_kdland.project.training_lock import StudyLock
    from napari_kdland.recipes.study import RecipePart, Study, Value

_BOOK = "tuning.json"


class Conductor:
    """Knows of every run of a study whether it is done, can be begun, or has to wait.

    Attributes
    ----------
    planner
        The runs known so far; those of rows that are tuned become known when their trials are made.
    students
        Steps of each row in each cell, one a seed, as far as they are known.
    tuners
        Searches by row.
    failed
        Why runs cannot be done now, by name.
    """

    def __init__(self, project: Project, study: Study, subsets: Subsets) -> None:
        self._project = project
        self._study = study
        self._subsets = subsets
        self._done: set[str] = set()
        self._begun: set[str] = set()
        self._pending: dict[str, tuple[dict[str, Value], Step]] = {}
        self.planner = Planner(study, subsets)
        self.students: dict[tuple[str, Cell], tuple[Step, ...]] = {}
        self.failed: dict[str, str] = {}
        self._plan_known_rows()
        self.tuners = self._make_tuners()
        self.look()

    @property
    def n_runs(self) -> int:
        """Number of runs, those included that are not known yet."""
        study = self._study
        unknown = sum(
            (0 if study.tuning is None else study.tuning.trials - len(tuner.trials))
            + len(self.planner.cells(tuner.row)) * len(study.seeds)
            for tuner in self.tuners.values()
            if not self._is_planned(tuner.row)
        )
        return len(self.planner.steps) - len(self._pending) + unknown

    @property
    def n_done(self) -> int:
        """Number of its runs that are done; the project may hold others."""
        return len(self._done.intersection(self.planner.steps))

    @property
    def is_over(self) -> bool:
        """Whether every run is done, those that were tuned for included."""
        return self._done >= set(self.planner.steps) and all(self._is_planned(row) for row in self._study.recipes)

    @property
    def done(self) -> frozenset[str]:
        """Runs that are done."""
        return frozenset(self._done)

    def train(self, lock: StudyLock, crew: Crew) -> Job[None]:
        """Have all runs trained that are not done yet."""
        yield Started(f"Study {self._study.name}", self.n_runs)
        while True:
            self._go_on_with_searches()
            ready = self._ready()
            yield Advanced(self.n_done)
            if not ready:
                break
            for step in ready:
                if step.name not in self._begun:
                    prepare(self._project, step, self._subsets.data(step.cell, step.recipe))
                    lock.admit(step.name)
                    self._begun.add(step.name)
            for outcome in (yield from self._watched(crew.work([step.name for step in ready]), lock)):
                yield from self._note(outcome)

    def look(self) -> None:
        """Learn from the project which runs are done, and take the searches as far as that allows."""
        self._done = {name for name, record in self._records().items() if record.status == "done"}
        self._go_on_with_searches()

    def settings_of(self, row: RecipePart) -> tuple[str, ...]:
        """Give what was tuned; nothing where nothing is.

        Raises
        ------
        TrainingError
            If the search found nothing.
        """
        tuner = self.tuners.get(row.name)
        return () if tuner is None else as_settings(tuner.best().values)

    def _plan_known_rows(self) -> None:
        for row in self._study.recipes:
            if row.search:
                self.planner.teachers(self._study.recipe_of(row), self.planner.trial_cell())
            for cell in self.planner.cells(row):
                if row.search:
                    self.planner.prerequisites(row, cell)
                else:
                    self.students[row.name, cell] = self.planner.students(row, cell)

    def _make_tuners(self) -> dict[str, Tuner]:
        study, cell = self._study, self.planner.trial_cell()
        if study.tuning is None:
            return {}
        book = TrialBook.open(self.folder / _BOOK)
        tuners = {}
        for row in study.recipes:
            if row.search:
                recipe = study.recipe_of(row)
                searched = tuple(f"{path}: {search.model_dump_json()}" for path, search in row.search.items())
                needs = (row.name, *self.planner.teachers(recipe, cell), str(study.tuning.trials), *searched)
                key = self.planner.key(recipe, cell, study.tuning.seed, needs)
                tuners[row.name] = Tuner(row, recipe, study.tuning, book=book, key=key)
        return tuners

    @property
    def folder(self) -> Path:
        """Where the study keeps what is not a run's."""
        return self._project.layout.reports_folder / self._study.name

    def _records(self) -> dict[str, RunRecord]:
        return {record.name: record for record in self._project.runs.all()}

    def _is_planned(self, row: RecipePart) -> bool:
        return any(name == row.name for name, _ in self.students)

    def _go_on_with_searches(self) -> None:
        for tuner in self.tuners.values():
            while not tuner.is_over and self._has_made_trial(tuner):
                pass
            if tuner.is_over and not self._is_planned(tuner.row):
                self._plan_tuned(tuner)

    def _has_made_trial(self, tuner: Tuner) -> bool:
        """Plan the next trial; where it is done already, keep what it came to and say so."""
        row = tuner.row
        if row.name not in self._pending:
            values = tuner.propose()
            try:
                self._pending[row.name] = values, self.planner.trial(row, as_settings(values))
            except RecipeError as error:
                tuner.tell(Trial(values, "", message=str(error)))
                return True
        values, step = self._pending[row.name]
        if step.name not in self._done:
            return False
        del self._pending[row.name]
        tuner.tell(_judged(values, step, self._project.runs.get(step.name)))
        return True

    def _plan_tuned(self, tuner: Tuner) -> None:
        row = tuner.row
        try:
            settings = self.settings_of(row)
        except TrainingError as error:
            self.failed[f"{row.name}: students"] = str(error)
            return
        for cell in self.planner.cells(row):
            self.students[row.name, cell] = self.planner.students(row, cell, settings)

    def _ready(self) -> list[Step]:
        ready = []
        for name, step in self.planner.steps.items():
            if name in self._done or name in self.failed:
                continue
            waits_for = [need for need in step.needs if need in self.planner.steps and need not in self._done]
            lost = [need for need in waits_for if need in self.failed]
            if lost:
                self.failed[name] = f"{name} needs {lost[0]}, which is not done: {self.failed[lost[0]]}"
            elif not waits_for:
                ready.append(step)
        return ready

    def _watched(self, job: Job[list[Outcome]], lock: StudyLock) -> Job[list[Outcome]]:
        """Count runs instead of their steps, and keep the study's lock alive."""

        def told(event: Event) -> Event:
            return Advanced(self.n_done, event.message) if isinstance(event, Advanced) else event

        inner = followed(job, lambda _: lock.heartbeat())
        try:
            while True:
                try:
                    yield told(next(inner))
                except StopIteration as stop:
                    outcomes: list[Outcome] = stop.value
                    return outcomes
        finally:
            inner.close()

    def _note(self, outcome: Outcome) -> Job[None]:
        if not outcome.message:
            self._done.add(outcome.run)
            return
        tuner, values = self._trial_of(outcome.run)
        if tuner is not None and outcome.has_diverged:
            # No failure of the study: these values are no good.
            del self._pending[tuner.row.name], self.planner.steps[outcome.run]
            tuner.tell(Trial(values, outcome.run, message=outcome.message))
        else:
            self.failed[outcome.run] = outcome.message
        yield Warned(f"{outcome.run} is not done: {outcome.message}")

    def _trial_of(self, run: str) -> tuple[Tuner | None, dict[str, Value]]:
        for row, (values, step) in self._pending.items():
            if step.name == run:
                return self.tuners[row], values
        return None, {}


def _judged(values: dict[str, Value], step: Step, record: RunRecord) -> Trial:
    if step.recipe.heads.landmarks:
        return Trial(values, step.name, record.best_error_px)
    return Trial(values, step.name, None if record.best_dice is None else 1 - record.best_dice)
