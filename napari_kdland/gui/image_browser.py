"""The images of a project: filters, the list, the way to the next and the previous one."""

# mypy: allow-subclassing-any
from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QAbstractItemView, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.image_filters import ImageFilters, choice
from napari_kdland.gui.image_list import ImageModel, ImageView
from napari_kdland.gui.widgets import button, menu_button, row, words

if TYPE_CHECKING:
    from qtpy.QtCore import QModelIndex
    from qtpy.QtGui import QShowEvent

    from napari_kdland.gui.desk import Desk
    from napari_kdland.gui.project_tasks import ProjectTasks

_SPLITS = ("train", "val", "test", "pool")

_SPLIT_TIP = "What the selected images are for: to train on, to validate, to test, or as a pool without labels"


class ImageBrowser(QWidget):
    """Shows the session's listing and lets the user choose the image on screen.

    Parameters
    ----------
    desk, tasks
        What it works on.
    """

    def __init__(self, desk: Desk, tasks: ProjectTasks) -> None:
        super().__init__()
        self._desk = desk
        self._session = desk.session
        self._tasks = tasks
        self.model = ImageModel(desk)
        self.view = ImageView(self.model)
        self._place = words()
        self._text = QLineEdit()
        self._text.setPlaceholderText("Name holds ...")
        self._text.setToolTip("Only images whose name holds this text, in large or small letters")
        self._split = choice(("All splits", None), *((split, split) for split in _SPLITS))
        self._known = choice(("Any", None), ("Not begun", "none"), ("Begun", "some"), ("Complete", "all"))
        self._split.setToolTip("Only images of this split")
        self._known.setToolTip("Only images of whose landmarks none, some or all are known")
        self.filters = ImageFilters(desk.session)
        self.empty = EmptyState()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row(self._text, self._split, self._known, stretch=0))
        layout.addWidget(self.filters)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)
        layout.addLayout(self._foot())
        self._text.textChanged.connect(self._on_filter)
        self._split.currentIndexChanged.connect(self._on_filter)
        self._known.currentIndexChanged.connect(self._on_filter)
        self.filters.changed.connect(self._on_filter)
        self.view.opened.connect(self._on_open)
        self._session.project_changed.connect(self._on_project)
        self._session.images_changed.connect(self._on_images)
        self._session.image_changed.connect(self._on_image)
        self._session.saved.connect(self._on_saved)
        self._on_project()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look again: elsewhere images may have been reviewed, flagged, predicted or ranked."""
        super().showEvent(event)
        if self._session.project is not None:
            self.filters.offer()
            self._on_filter()

    def _foot(self) -> QHBoxLayout:
        entries = [(f"Put selected images into {split}", partial(self._assign, split)) for split in _SPLITS]
        menu = menu_button("Split", [*entries, ("Draw splits ...", self._tasks.draw_splits)], _SPLIT_TIP)
        before = button("◀", self._session.paging.go_previous, "Previous image (B)", keeps_focus=True)
        after = button("▶", self._session.paging.go_next, "Next image (N)", keeps_focus=True)
        return row(before, after, self._place, menu, stretch=2)

    def _assign(self, split: str) -> None:
        self._tasks.assign([record.image_id for record in self.view.chosen()], split)

    def clear_filters(self) -> None:
        """List all images again, sorted as before."""
        widgets = (self._text, self._split, self._known, self.filters)
        for widget in widgets:
            widget.blockSignals(True)
        self._text.clear()
        self._split.setCurrentIndex(0)
        self._known.setCurrentIndex(0)
        self.filters.clear()
        for widget in widgets:
            widget.blockSignals(False)
        self._on_filter()

    def _say_why_it_is_empty(self) -> None:
        project = self._session.project
        is_empty = project is not None and self.model.rowCount() == 0
        self.view.setVisible(not is_empty)
        if project is None or not is_empty:
            self.empty.say("")
            return
        n_images = project.records.count()
        if n_images:
            self.empty.offer("Clear the filters", self.clear_filters, "Show all images of the project again")
            self.empty.say(f"None of the {n_images} images of the project fits the filters above.")
        else:
            self.empty.offer("Import folder ...", self._tasks.choose_folder, "Radiographs in a folder and all below it")
            self.empty.say("The project has no images yet. Import radiographs: DICOM, PNG, JPEG or TIFF.")

    def _on_project(self) -> None:
        project = self._session.project
        self.view.painter.n_landmarks = 0 if project is None else len(project.scheme.landmark_names)
        self._known.setVisible(project is None or bool(project.scheme.landmarks))
        self.filters.offer()
        self.model.forget_pictures()
        self.model.reload()
        self._on_image()

    def _on_images(self) -> None:
        self.model.reload()
        self._on_image()

    def _on_saved(self, _time: object) -> None:
        self.model.refresh()

    def _on_filter(self) -> None:
        before, record = self._session.listing, self._session.record
        self._session.listing = replace(
            before,
            text=self._text.text().strip(),
            split=self._split.currentData(),
            known=self._known.currentData(),
            marks=self.filters.marks,
            order=self.filters.order,
            ranking_id=self.filters.ranking_id,
        )
        self._on_images()
        # Else the list would stay as far down as it was, and the first of what was asked for be out of sight.
        is_elsewhere = record is None or self.model.row_of(record.image_id) is None
        if is_elsewhere and self._session.listing != before:
            self.view.scrollToTop()

    def _on_open(self, index: QModelIndex) -> None:
        record = self.model.record_at(index.row())
        if record is not None:
            self._desk.attempt(self._session.paging.go_to, record.image_id)

    def _on_image(self) -> None:
        record = self._session.record
        place = None if record is None else self.model.row_of(record.image_id)
        count = self.model.rowCount()
        self._say_why_it_is_empty()
        self._place.setText(f"{count} images" if place is None else f"{place + 1} of {count}")
        if self.view.is_walking:  # an image that arrives late does not take the walk back to it
            return
        if place is None:
            self.view.clearSelection()
            return
        index = self.model.index(place)
        if len(self.view.selectedIndexes()) < 2:
            self.view.setCurrentIndex(index)
        self.view.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
