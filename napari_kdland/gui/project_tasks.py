"""What the user can do to a project as a whole: make, open, import, export, mend; each asks what it must know."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_kdland import jobs
from napari_kdland.anatomy import load_scheme
from napari_kdland.gui.dialogs import DrawSplitsDialog, ImportDialog, NewProjectDialog, SkippedDialog
from napari_kdland.session.sample import SCHEME, import_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_kdland.events import Job
    from napari_kdland.gui.desk import Desk
    from napari_kdland.gui.job_row import JobRow
    from napari_kdland.jobs import ImportResult, RelinkResult, Skipped

_SAMPLE = "kdland-sample.kdland"


class ProjectTasks:
    """The tasks behind the buttons of the Project panel.

    Parameters
    ----------
    desk
        What they work on.
    row
        Runs those that take time.
    parent
        Of the dialogs.
    sample_home
        Folder in which the sample project is made.
    """

    def __init__(self, desk: Desk, row: JobRow, parent: QWidget, sample_home: Path | None = None) -> None:
        self._desk = desk
        self._session = desk.session
        self._row = row
        self._parent = parent
        self._sample_home = sample_home or Path.home()
        self.skipped: tuple[Skipped, ...] = ()

    def try_sample(self) -> None:
        """Open the sample project; make it from the sample radiographs where it is not there or still empty."""
        path = self._sample_home / _SAMPLE
        is_there = (path / "project.toml").exists()
        opening = partial(self._session.open, path) if is_there else partial(self._make_sample, path)
        if not self._desk.attempt(opening):
            return
        project = self._session.the_project()
        if not project.records.count():
            job = self._desk.apart(partial(import_sample, project.path))
            self._row.start("Import", job, on_done=self._sample_imported, on_end=lambda _: self._sample_ended())

    def open(self, path: Path) -> None:
        """Open a project folder."""
        self._desk.attempt(self._session.open, path)

    def new(self) -> None:
        """Ask for a new project and make it."""
        dialog = NewProjectDialog(self._parent)
        if dialog.exec():
            self._desk.attempt(lambda: self._session.create(dialog.path, dialog.scheme()))

    def choose_project(self) -> None:
        """Ask for a project folder and open it."""
        found = QFileDialog.getExistingDirectory(self._parent, "Open project: choose its .kdland folder")
        if found:
            self.open(Path(found))

    def choose_folder(self) -> None:
        """Ask for a folder of radiographs and import it."""
        found = QFileDialog.getExistingDirectory(self._parent, "Import the radiographs of a folder")
        if found:
            self._ask_import([Path(found)])

    def choose_files(self) -> None:
        """Ask for radiographs and import them."""
        found, _ = QFileDialog.getOpenFileNames(self._parent, "Import radiographs")
        if found:
            self._ask_import([Path(name) for name in found])

    def start_import(
        self,
        paths: Sequence[Path],
        *,
        into: str = "pool",
        side_files: jobs.SideFiles | None = None,
        allow_lateral: bool = False,
    ) -> None:
        """Import images in the background."""
        job = partial(
            jobs.import_images,
            self._session.the_project().path,
            tuple(paths),
            into=into,
            side_files=side_files,
            allow_lateral=allow_lateral,
            reader=self._session.reader,
        )
        self.skipped = ()
        self._row.start(
            "Import", self._desk.apart(job), on_done=self._imported, on_end=lambda _: self._session.reload_images()
        )

    def show_skipped(self) -> None:
        """List what the last import left out, and why."""
        SkippedDialog(self.skipped, self._parent).exec()

    def import_landmarks(self) -> None:
        """Ask for a file of landmarks and read it."""
        found, _ = QFileDialog.getOpenFileName(self._parent, "Import landmarks", filter="Landmarks (*.csv *.json)")
        if not found:
            return
        project = self._session.the_project()
        job = partial(jobs.import_annotations, project.path, Path(found), reader=self._session.reader)
        self._read("Import landmarks", job, "landmarks were read.")

    def export(self, file_format: str, pattern: str) -> None:
        """Ask where to write the landmarks, and write them."""
        found, _ = QFileDialog.getSaveFileName(self._parent, "Export landmarks", filter=f"Landmarks ({pattern})")
        if not found:
            return
        out = Path(found) if Path(found).suffix else Path(found).with_suffix(pattern.removeprefix("*"))
        job = partial(jobs.export_annotations, self._session.the_project().path, file_format, out)
        self._row.start(
            "Export landmarks", job, on_done=lambda count: self._row.say(f"{count} landmarks are in {out}.")
        )

    def import_masks(self) -> None:
        """Ask for a folder of region masks and read it."""
        found = QFileDialog.getExistingDirectory(self._parent, "Import region masks: one PNG of bit flags an image")
        if found:
            project = self._session.the_project()
            job = partial(jobs.import_masks, project.path, Path(found), reader=self._session.reader)
            self._read("Import masks", job, "masks were read.")

    def import_channels(self) -> None:
        """Ask for a table of further channels and read it."""
        found, _ = QFileDialog.getOpenFileName(self._parent, "Import channels", filter="Tables (*.csv)")
        if found:
            self._read(
                "Import channels",
                partial(jobs.import_channels, self._session.the_project().path, Path(found)),
                "channels were read.",
            )

    def export_masks(self) -> None:
        """Ask where to write the region masks, and write them into a new folder."""
        found, _ = QFileDialog.getSaveFileName(self._parent, "Export region masks: name a new folder")
        if found:
            job = partial(jobs.export_masks, self._session.the_project().path, Path(found))
            self._row.start("Export masks", job, on_done=lambda count: self._row.say(f"{count} masks are in {found}."))

    def relink(self) -> None:
        """Ask where the images have gone, and find them by their pixels."""
        found = QFileDialog.getExistingDirectory(self._parent, "Folder to search for moved radiographs")
        if found:
            job = self._desk.apart(partial(jobs.relink_images, self._session.the_project().path, Path(found)))
            self._row.start("Find moved images", job, on_done=self._relinked)

    def check(self) -> None:
        """Look for damage."""
        job = self._desk.apart(partial(jobs.check_project, self._session.the_project().path))
        self._row.start("Check project", job, on_done=self._checked)

    def assign(self, image_ids: Sequence[int], split: str) -> None:
        """Put images into a split."""
        if not image_ids:
            self._desk.refuse("No image is selected. Select some in the list first.")
            return
        splits = self._session.the_project().splits
        if self._desk.attempt(splits.assign_many, dict.fromkeys(image_ids, split)):
            self._session.reload_images()

    def draw_splits(self) -> None:
        """Ask for shares and draw the splits by patient."""
        dialog = DrawSplitsDialog(self._parent)
        if not dialog.exec():
            return
        splits = self._session.the_project().splits
        if self._desk.attempt(splits.draw, dialog.fractions(), dialog.seed.value()):
            self._session.reload_images()
            self._desk.say(", ".join(f"{count} {split}" for split, count in splits.counts().items()))

    def _read(self, title: str, job: Callable[[], Job[int]], words: str) -> None:
        """Read a side file in the background and look at the images anew."""
        self._row.start(
            title,
            job,
            on_done=lambda count: self._row.say(f"{count} {words}"),
            on_end=lambda _: self._session.reload_images(),
        )

    def _make_sample(self, path: Path) -> None:
        self._session.create(path, load_scheme(SCHEME))

    def _ask_import(self, paths: Sequence[Path]) -> None:
        dialog = ImportDialog(paths, self._parent)
        if dialog.exec():
            self.start_import(
                paths,
                into=dialog.into.currentData(),
                side_files=dialog.side_files(),
                allow_lateral=dialog.allow_lateral.isChecked(),
            )

    def _imported(self, result: ImportResult) -> None:
        self.skipped = result.skipped
        parts = [f"{len(result.added)} images were added"]
        if result.n_annotations:
            parts.append(f"{result.n_annotations} landmarks read")
        if result.n_masks:
            parts.append(f"{result.n_masks} masks read")
        if result.n_channels:
            parts.append(f"{result.n_channels} channels read")
        if result.skipped:
            parts.append(f"{len(result.skipped)} files left out")
        self._row.say(", ".join(parts) + ".")

    def _sample_imported(self, result: ImportResult) -> None:
        self._imported(result)
        self._desk.tour_wanted.emit()

    def _sample_ended(self) -> None:
        self._session.reload_images()
        self._session.runs_changed.emit()

    def _relinked(self, result: RelinkResult) -> None:
        missing = f" Still missing: {', '.join(result.still_missing[:5])}." if result.still_missing else ""
        self._row.say(f"{result.n_found} of {result.n_missing} missing images were found again.{missing}")

    def _checked(self, problems: Sequence[object]) -> None:
        self._row.say("\n".join(str(problem) for problem in problems) or "All is well.")
