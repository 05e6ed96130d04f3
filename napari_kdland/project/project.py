"""The open project: its folder, its database, and everything that is asked of it."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from sqlalchemy import insert

from napari_kdland.errors import ProjectError
from napari_kdland.project import checks, patients
from napari_kdland.project.annotations import Annotations
from napari_kdland.project.backups import back_up
from napari_kdland.project.channels import Channels
from napari_kdland.project.database import Database, now
from napari_kdland.project.flags import Flags
from napari_kdland.project.layout import SUFFIX, Layout
from napari_kdland.project.locks import Locks
from napari_kdland.project.manifest import Manifest, read_manifest, write_manifest
from napari_kdland.project.masks import Masks
from napari_kdland.project.migrations import migrate
from napari_kdland.project.predictions import Predictions
from napari_kdland.project.records import Records
from napari_kdland.project.reviews import Reviews
from napari_kdland.project.run_metrics import RunMetrics
from napari_kdland.project.runs import Runs
from napari_kdland.project.scheme_changes import SchemeChanges
from napari_kdland.project.scores import Scores
from napari_kdland.project.shares import network_filesystem
from napari_kdland.project.splits import Splits
from napari_kdland.project.steps import Steps
from napari_kdland.project.tables import SCHEMA_VERSION, create_tables, facts
from napari_kdland.project.verdicts import Verdicts
from napari_kdland.project.waiting import WaitingTrainings
from napari_kdland.project.windows import Windows

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from napari_kdland.anatomy.scheme import Scheme


class Project:
    """One project, open; close it when done, or use it in a ``with`` block. Made by `create` and `open`.

    It holds no annotations of its own: every answer comes from the disk, so that several openings of one project, also
    in other threads and processes, always agree.

    Attributes
    ----------
    layout, name, scheme
        The folder's places, the project's name, what is annotated.
    records, channels, annotations, locks, masks, verdicts, reviews, flags, splits, runs, waiting, predictions, scores
    metrics
        What the project keeps.
    steps
        Undo and redo over landmarks and regions.
    scheme_changes
        Another scheme in place of this one, and what it once had.
    windows
        Who else has the project open.
    notes
        Sentences that the user should see on opening.
    database
        The open database.
    """

    def __init__(self, layout: Layout, manifest: Manifest, database: Database) -> None:
        names = manifest.scheme.landmark_names
        self.layout = layout
        self.name = manifest.name
        self.scheme = manifest.scheme
        self.database = database
        self.records = Records(database, layout.folder, len(names))
        self.channels = Channels(database, layout.folder, manifest.scheme)
        self.annotations = Annotations(database, names)
        self.locks = Locks(database, names)
        self.masks = Masks(database, layout.masks_folder, manifest.scheme)
        self.steps = Steps(database)
        self.verdicts = Verdicts(database)
        self.scheme_changes = SchemeChanges(database, layout, manifest.scheme)
        self.reviews = Reviews(database)
        self.flags = Flags(database)
        self.splits = Splits(database)
        self.runs = Runs(database, layout)
        self.waiting = WaitingTrainings(database)
        self.predictions = Predictions(database, names)
        self.scores = Scores(database)
        self.metrics = RunMetrics(database)
        self.windows = Windows(database)
        self.notes: tuple[str, ...] = ()
        self._is_announced = False

    @classmethod
    def create(cls, path: Path | str, scheme: Scheme, name: str | None = None) -> Project:
        """Make a new project folder and open it.

        Parameters
        ----------
        path
            The folder; it gets the ending ``.kdland`` if it has none.
        scheme
            What is annotated; the whole scheme is stored with the project.
        name
            For people; the folder's name where not given.

        Raises
        ------
        ProjectError
            If there is something at `path` already, or it cannot be written.
        """
        folder = Layout.at(path).folder
        layout = Layout(folder if folder.suffix == SUFFIX else folder.parent / f"{folder.name}{SUFFIX}")
        title = (name or "").strip() or layout.folder.stem
        manifest = Manifest(name=title, schema_version=SCHEMA_VERSION, scheme=scheme)
        _make_folders(layout)
        try:
            _make_database(layout)
            # Last: a folder without it is no project yet.
            write_manifest(manifest, layout.manifest_path)
        except ProjectError:
            shutil.rmtree(layout.folder, ignore_errors=True)
            raise
        return cls.open(layout.folder)

    @classmethod
    def open(cls, path: Path | str, *, announce: bool = True, replaces: Project | None = None) -> Project:
        """Open a project folder; read-only where it cannot be written.

        Parameters
        ----------
        path
            The project folder.
        announce
            Say so to other windows, and hear of them. Jobs, which open a project beside the window that started them,
            do not.
        replaces
            What will be closed once this is open: should it be the same project, it is nobody else's window.

        Raises
        ------
        NewerProject
            If a newer version of the program made it; nothing is changed.
        ProjectError
            If it is no project, or is damaged.
        """
        layout = Layout.at(path)
        manifest = read_manifest(layout.manifest_path)
        if not layout.database_path.is_file():
            raise ProjectError(f"{layout.folder} has no project.db. Put it back from a copy of the project.")
        share = network_filesystem(layout.folder)
        is_read_only = not _is_writable(layout)
        database = Database(layout.database_path, is_read_only=is_read_only, is_on_share=bool(share))
        try:
            note = migrate(database, layout, manifest)
            project = cls(layout, manifest, database)
            project.notes = project._first_notes(share, note, announce=announce, replaces=replaces)
        except ProjectError:
            database.close()
            raise
        return project

    @property
    def path(self) -> Path:
        """The project folder."""
        return self.layout.folder

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be changed."""
        return self.database.is_read_only

    def check(self) -> list[checks.Problem]:
        """Look for everything that may be wrong with the project; see `checks`."""
        return checks.check(self)

    def repair(self) -> list[str]:
        """Mend what can be mended, after a backup; gives what was done, in sentences."""
        return checks.repair(self)

    def back_up(self, path: Path | None = None) -> Path:
        """Copy the database to `path`, or into the project's ``backups`` folder; gives the copy's path."""
        return back_up(self.database, self.layout, path=path)

    def close(self) -> None:
        """Close the project; everything is on the disk already."""
        if self._is_announced:
            self._is_announced = False
            # The disk may be gone or full; the others will notice that this window is silent.
            with suppress(ProjectError):
                self.windows.leave()
        self.database.close()

    def _first_notes(self, share: str, migrated: str, *, announce: bool, replaces: Project | None) -> tuple[str, ...]:
        notes = [migrated] if migrated else []
        if share:
            notes.append(
                f"The project lies on a network share ({share}), so it is kept with a rollback journal: safe, "
                "but slower. A local folder is better where several computers edit it."
            )
        if self.is_read_only:
            notes.append("The project is open read-only: this folder cannot be written, so nothing can be changed.")
        else:
            interrupted = self.runs.recover()
            if interrupted:
                notes.append(f"The program ended while training {', '.join(interrupted)}. Resume to go on.")
        if announce:
            notes.extend(self.windows.others(but=None if replaces is None else replaces.windows))
            if not self.is_read_only:
                self.windows.announce()
                self._is_announced = True
        return tuple(notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _make_folders(layout: Layout) -> None:
    try:
        if layout.folder.exists() and (not layout.folder.is_dir() or any(layout.folder.iterdir())):
            raise ProjectError(f"{layout.folder} exists already and is not empty. Choose another name, or open it.")
        for folder in (layout.cache_folder, layout.runs_folder, layout.reports_folder):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"Cannot make {layout.folder}: {error.strerror}. Choose another folder.") from error


def _make_database(layout: Layout) -> None:
    database = Database(layout.database_path, is_on_share=bool(network_filesystem(layout.folder)))
    try:
        with database.writing() as connection:
            create_tables(connection)
            patients.make_key(connection)
            connection.execute(insert(facts).values(key="created", value=now()))
    finally:
        database.close()


def _is_writable(layout: Layout) -> bool:
    if not os.access(layout.database_path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return False
    try:
        # Asking is not enough: rights on shares and on Windows show only when something is written.
        tempfile.TemporaryFile(dir=layout.folder).close()
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return True
