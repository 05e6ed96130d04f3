"""The runs of a project: one execution of a recipe each, with its folder."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from sqlalchemy import Row, delete, insert, select, update

from napari_kdland.errors import ProjectError, RunError
from napari_kdland.project import training_lock, waiting
from napari_kdland.project.database import now
from napari_kdland.project.run_record import STATUSES, RunChanges, RunRecord
from napari_kdland.project.tables import runs
from napari_kdland.recipes.shelf import recipe_from_values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database
    from napari_kdland.project.layout import Layout
    from napari_kdland.project.training_lock import StudyLock, TrainingLock
    from napari_kdland.recipes.model import Recipe


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# Names that Windows keeps for devices.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Runs:
    """The runs of one project."""

    def __init__(self, database: Database, layout: Layout) -> None:
        self._database = database
        self._layout = layout

    def create(
        self,
        name: str | None = None,
        *,
        recipe: Recipe,
        labels: int | None = None,
        seed: int = 0,
        device: str = "auto",
        teachers: Iterable[str] = (),
        start: str = "",
    ) -> RunRecord:
        """Plan a run and make its folder.

        Parameters
        ----------
        name
            Made of recipe, labels and seed where not given: ``kd-k10-s0``, ``kd-k10-s0-2``.
        recipe, labels, seed, device, teachers, start
            What is to be run.

        Raises
        ------
        RunError
            If the name is taken, or cannot be the name of a folder.
        """
        base = f"{recipe.name}-k{labels}-s{seed}" if labels is not None else f"{recipe.name}-s{seed}"
        with self._database.writing() as connection:
            name = self._free_name(connection, base) if name is None else self._checked(connection, name)
            new = {"name": name, "status": "planned", "created": now(), "steps_done": 0, "message": ""}
            given = {"labels": labels, "seed": seed, "device": device, "teachers": list(teachers)}
            given["start"] = start
            settings = {"recipe": recipe.name, "settings": recipe.model_dump(mode="json")}
            connection.execute(insert(runs).values({**new, **given, **settings}))
            self._make_folder(name)
        return self.get(name)

    def problem_of(self, name: str) -> str:
        """Say why a new run cannot have a name; empty where it can."""
        try:
            with self._database.reading() as connection:
                self._checked(connection, name)
        except RunError as error:
            return str(error)
        return ""

    def get(self, name: str) -> RunRecord:
        """Give one run.

        Raises
        ------
        RunError
            If there is none of that name; the message names those that come close.
        """
        with self._database.reading() as connection:
            return self._record(_row(connection, name))

    def recipe_of(self, name: str) -> Recipe:
        """Give the recipe that a run was planned with.

        Raises
        ------
        RunError
            If there is no such run, or it was planned by a version that did not keep the recipe.
        """
        with self._database.reading() as connection:
            settings = _row(connection, name).settings
        if settings is None:
            raise RunError(f"The project does not know the recipe of run {name}. Train it anew.")
        return recipe_from_values(settings, where=f"of run {name}")

    def all(self) -> list[RunRecord]:
        """Give every run, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(runs).order_by(runs.c.run_id)).all()
        return [self._record(row) for row in rows]

    def states(self) -> dict[str, str]:
        """Give the status of every run by its name, oldest first."""
        with self._database.reading() as connection:
            query = select(runs.c.name, runs.c.status).order_by(runs.c.run_id)
            return {row.name: row.status for row in connection.execute(query)}

    def update(self, name: str, **changes: Unpack[RunChanges]) -> None:
        """Change what is known of a run.

        Raises
        ------
        RunError
            If there is no such run.
        ValueError
            If a status or a field does not exist.
        """
        unknown = set(changes) - set(RunChanges.__annotations__)
        if unknown or changes.get("status", "done") not in STATUSES:
            raise ValueError(f"not a change of a run: {changes}; statuses are {', '.join(STATUSES)}")
        values = {key: list(value) if isinstance(value, tuple) else value for key, value in changes.items()}
        with self._database.writing() as connection:
            connection.execute(update(runs).where(runs.c.run_id == _row(connection, name).run_id).values(values))

    def rename(self, name: str, new_name: str) -> RunRecord:
        """Give a run and its folder another name; runs that were taught by it follow, and trainings that wait.

        Raises
        ------
        RunError
            If the new name is taken or impossible, or the run is running.
        """
        with self._database.writing() as connection:
            row = self._idle(connection, name)
            self._checked(connection, new_name)
            connection.execute(update(runs).where(runs.c.run_id == row.run_id).values(name=new_name))
            for other in connection.execute(select(runs)).all():
                if name in other.teachers:
                    teachers = [new_name if teacher == name else teacher for teacher in other.teachers]
                    connection.execute(update(runs).where(runs.c.run_id == other.run_id).values(teachers=teachers))
                if name == other.start:
                    connection.execute(update(runs).where(runs.c.run_id == other.run_id).values(start=new_name))
            waiting.rename_run(connection, name, new_name)
            try:
                self._layout.run_folder(name).rename(self._layout.run_folder(new_name))
            except FileNotFoundError:
                pass
            except OSError as error:
                raise RunError(f"Cannot rename the folder of run {name}: {error.strerror}.") from error
        return self.get(new_name)

    def delete(self, name: str) -> None:
        """Delete a run with its folder, predictions and metrics.

        Raises
        ------
        RunError
            If there is no such run, or it is running.
        """
        with self._database.writing() as connection:
            row = self._idle(connection, name)
            connection.execute(delete(runs).where(runs.c.run_id == row.run_id))
        try:
            shutil.rmtree(self._layout.run_folder(name))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise RunError(f"Run {name} is deleted, but its folder is not: {error}. Delete it by hand.") from error

    def disk_use(self) -> int:
        """Give what all run folders take on the disk, in bytes."""
        return _size_of(self._layout.runs_folder)

    def training_lock(self, owner: str, device: str = "") -> AbstractContextManager[TrainingLock]:
        """Hold what is needed to train on a device; `owner` is the name of the run. See `training_lock.held`."""
        return training_lock.held(self._database, owner, device)

    def study_lock(self, study: str) -> AbstractContextManager[StudyLock]:
        """Hold the project's training queue for a study. See `training_lock.held_by_study`."""
        return training_lock.held_by_study(self._database, study)

    def is_admitted(self, run: str) -> bool:
        """Say whether a study that is going on, in whatever process, has admitted a run."""
        with self._database.reading() as connection:
            return training_lock.is_admitted(connection, run)

    def forget_trainings(self) -> None:
        """Forget who trains: for a copy of a project, whose trainings go on in the project itself."""
        with self._database.writing() as connection:
            training_lock.forget_all(connection)

    def keep_alive(self, run: str) -> None:
        """Say of a training that the user has paused, and that tells nothing itself, that it is still there."""
        with self._database.writing() as connection:
            training_lock.speak_for(connection, run)

    def training_now(self) -> tuple[str, ...]:
        """Give the runs that are training now, in whatever process."""
        with self._database.reading() as connection:
            return tuple(training_lock.trainers(connection))

    def training_on(self, device: str) -> str:
        """Give a run that is training on a device, or may be; empty where none is. ``auto`` may be any device."""
        with self._database.reading() as connection:
            return next(iter(training_lock.rivals(connection, "" if device == "auto" else device)), "")

    def training_owner(self) -> str | None:
        """Give the run that is training now, one of them where a study trains several; `None` where none is."""
        return next(iter(self.training_now()), None)

    def recover(self) -> list[str]:
        """Mark as stopped the runs whose process died; gives their names."""
        with self._database.reading() as connection:
            query = select(runs.c.name).where(runs.c.status == "running")
            living = training_lock.trainers(connection)
            lost = [name for name in connection.execute(query).scalars() if name not in living]
        for name in lost:
            self.update(name, status="stopped", message="The program ended during the training. Resume it to go on.")
        return lost

    def orphans(self) -> tuple[list[str], list[str]]:
        """Give the runs without a folder, and the folders without a run."""
        names = {run.name for run in self.all()}
        folder = self._layout.runs_folder
        found = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
        return sorted(names - found), sorted(found - names)

    def _idle(self, connection: Connection, name: str) -> Row[tuple[object, ...]]:
        row = _row(connection, name)
        if name in training_lock.trainers(connection):
            raise RunError(f"Run {name} is training. Stop it first.")
        return row

    def _free_name(self, connection: Connection, base: str) -> str:
        name, number = base, 1
        while self._is_taken(connection, name):
            number += 1
            name = f"{base}-{number}"
        return name

    def _checked(self, connection: Connection, name: str) -> str:
        if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name.endswith("."):
            raise RunError(
                f"A run cannot be called {name!r}. Use at most 100 letters, digits, '.', '_' and '-', "
                "beginning with a letter or digit."
            )
        if self._is_taken(connection, name):
            raise RunError(f"There is a run or a run folder {name} already. Choose another name.")
        return name

    def _is_taken(self, connection: Connection, name: str) -> bool:
        # Folders of some systems know no difference between large and small letters.
        names = connection.execute(select(runs.c.name)).scalars()
        return name.lower() in {other.lower() for other in names} or self._layout.run_folder(name).exists()

    def _make_folder(self, name: str) -> None:
        try:
            self._layout.run_folder(name).mkdir(parents=True)
        except OSError as error:
            raise ProjectError(f"Cannot make {self._layout.run_folder(name)}: {error.strerror}.") from error

    def _record(self, row: Row[tuple[object, ...]]) -> RunRecord:
        folder = self._layout.run_folder(row.name)
        return RunRecord(
            name=row.name,
            recipe=row.recipe,
            folder=folder,
            status=row.status,
            created=row.created,
            labels=row.labels,
            seed=row.seed,
            device=row.device,
            teachers=tuple(row.teachers),
            steps_done=row.steps_done,
            best_error_px=row.best_error_px,
            message=row.message,
            size_bytes=_size_of(folder),
            start=row.start or "",
            best_dice=row.best_dice,
        )


def run_id_of(connection: Connection, name: str) -> int:
    """Give the number under which a run's results are kept.

    Raises
    ------
    RunError
        If there is no run of that name.
    """
    return int(_row(connection, name).run_id)


def _row(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    row = connection.execute(select(runs).where(runs.c.name == name)).one_or_none()
    if row is not None:
        return row
    names = list(connection.execute(select(runs.c.name)).scalars())
    close = get_close_matches(name, names, n=3, cutoff=0.4)
    hint = f"Close to it: {', '.join(close)}." if close else f"There are: {', '.join(names[-10:]) or 'none yet'}."
    raise RunError(f"The project has no run {name!r}. {hint}")


def _size_of(folder: Path) -> int:
    size = 0
    for inner, _, names in os.walk(folder):
        for name in names:
            # A training writes here meanwhile, and puts its files in place under other names.
            with suppress(FileNotFoundError):
                size += (Path(inner) / name).stat().st_size
    return size
