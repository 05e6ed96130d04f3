"""The Project panel: create, open, import, export, and choose the image on screen."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from napari_kdland.gui.image_browser import ImageBrowser
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.project_tasks import ProjectTasks
from napari_kdland.gui.recent import recent_projects, remember
from napari_kdland.gui.scheme_editor import edit_scheme
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import button, heading, menu_button, row, words

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.gui.desk import Desk


class ProjectPanel(Panel):
    """Shows the open project and its images, or how to come by one.

    Parameters
    ----------
    desk
        What every panel works on.
    sample_home
        Folder in which the sample project is made; the user's home by default.
    """

    def __init__(self, desk: Desk, sample_home: Path | None = None) -> None:
        super().__init__(desk)
        self.jobs = JobRow(desk.runner, desk.names.all)
        self.tasks = ProjectTasks(desk, self.jobs, self, sample_home)
        self.browser = ImageBrowser(desk, self.tasks)
        self._title, self._notes = words(), words(tone=Tone.NOTE)
        self._left_out = button(
            "What was left out ...", self.tasks.show_skipped, "Files that the import could not take, and why"
        )
        self._recent = QVBoxLayout()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._first_page())
        self._pages.addWidget(self._project_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.jobs)
        layout.addLayout(row(self._left_out))
        self.session.project_changed.connect(self._on_project)
        self.session.images_changed.connect(self._on_images)
        self._on_project()

    def _first_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(heading("Landmarks in chest radiographs, with few labels"))
        layout.addWidget(
            words(
                "Place landmarks on a few radiographs, train a teacher on the few, distil a light student with the "
                "many, and see which is better."
            )
        )
        sample = button(
            "Try the sample",
            self.tasks.try_sample,
            "40 synthetic radiographs, 8 of them annotated, a trained teacher and student; with a short tour",
        )
        sample.setMinimumHeight(44)
        layout.addWidget(sample)
        layout.addLayout(
            row(
                button("New project ...", self.tasks.new, "Make a project for your own radiographs"),
                button("Open project ...", self.tasks.choose_project, "Open a .kdland folder"),
            )
        )
        layout.addLayout(self._recent)
        layout.addStretch(1)
        return page

    def _project_page(self) -> QWidget:
        tasks = self.tasks
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        project_menu = menu_button(
            "Project",
            [
                ("New project ...", tasks.new),
                ("Open project ...", tasks.choose_project),
                ("Find moved images ...", tasks.relink),
                ("Edit scheme ...", partial(edit_scheme, self.desk, self)),
                ("Check project", tasks.check),
                ("Show the tour", self.desk.tour_wanted.emit),
                ("Close project", self.session.close),
            ],
            "Make, open, check and close projects; edit the scheme",
        )
        side_menu = menu_button(
            "In and out",
            [
                ("Import landmarks ...", tasks.import_landmarks),
                ("Import region masks ...", tasks.import_masks),
                ("Import channels ...", tasks.import_channels),
                ("Export landmarks as CSV ...", partial(tasks.export, "csv", "*.csv")),
                ("Export landmarks as COCO ...", partial(tasks.export, "coco", "*.json")),
                ("Export region masks ...", tasks.export_masks),
            ],
            "Landmarks, masks and channels from files, and into files",
        )
        folder = button("Import folder ...", tasks.choose_folder, "Radiographs in a folder and all below it")
        files = button("Import files ...", tasks.choose_files, "DICOM, PNG, JPEG, TIFF")
        layout.addLayout(row(self._title, project_menu, stretch=0))
        layout.addWidget(self._notes)
        layout.addLayout(row(folder, files, side_menu))
        layout.addWidget(self.browser, 1)
        return page

    def _on_project(self) -> None:
        project = self.session.project
        self._pages.setCurrentIndex(0 if project is None else 1)
        self._left_out.hide()
        if project is None:
            self._list_recent()
            return
        remember(project.path)
        self._title.setText(
            f"<b style='font-size: 15px'>{project.name}</b> &nbsp; {project.scheme.title or project.scheme.name}"
        )
        self._title.setToolTip(str(project.path))
        self._notes.setText("\n".join(project.notes))
        self._notes.setVisible(bool(project.notes))

    def _on_images(self) -> None:
        self._left_out.setVisible(bool(self.tasks.skipped))

    def _list_recent(self) -> None:
        while self._recent.count():
            self._recent.takeAt(0).widget().deleteLater()
        paths = recent_projects()
        if paths:
            self._recent.addWidget(heading("Recent"))
        for path in paths:
            entry = button(path.stem, partial(self.tasks.open, path), str(path))
            entry.setFlat(True)
            entry.setStyleSheet("text-align: left; padding: 4px;")
            self._recent.addWidget(entry)
