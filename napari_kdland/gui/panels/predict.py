"""The Predict panel: a run on one image, a split, the whole project or files, to layers, project and CSV."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QCheckBox, QComboBox, QFileDialog, QFormLayout, QVBoxLayout

from napari_kdland import jobs
from napari_kdland.gui.certainty import CertaintyChoice
from napari_kdland.gui.dialogs import PathField
from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.layers.conversion import heat_image, heat_transform, marks_of
from napari_kdland.gui.layers.drawing import clear_marks, draw_marks, draw_picture, draw_rims, lay, let_see
from napari_kdland.gui.layers.style import STUDENTS
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.widgets import Section, button, label, row
from napari_kdland.jobs.limits import choose_limit, chosen_limit
from napari_kdland.recipes.asking import Asking

if TYPE_CHECKING:
    from napari_kdland.evaluation.abstention import Limit
    from napari_kdland.gui.compat import Labels, Points
    from napari_kdland.gui.desk import Desk
    from napari_kdland.jobs import PredictionResult
    from napari_kdland.session.forecasts import Forecast

_THIS, _ALL, _FOLDER, _FILES = "this", "all", "folder", "files"
_SPLITS = ("pool", "train", "val", "test")
_LISTED = 8
_SHOWS = "Show this run's prediction on every image"


class PredictPanel(Panel):
    """Predicts landmarks with a run and shows them.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    without_project = "Here its runs say where the landmarks are, on its images or on files."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.run, self.where = QComboBox(), QComboBox()
        self.where.addItem("The image on screen", _THIS)
        for split in _SPLITS:
            self.where.addItem(f"All images of {split}", split)
        self.where.addItem("All images of the project", _ALL)
        self.where.addItem("A folder of radiographs ...", _FOLDER)
        self.where.addItem("Radiograph files ...", _FILES)
        self.out = PathField("CSV to write", pattern="Tables (*.csv)", is_new=True)
        self.shows = QCheckBox(_SHOWS)
        self.shows.setToolTip("Ask it of each image that comes on screen; the reader's landmarks stay as they are")
        self.heatmap = QCheckBox("with its heatmap")
        self.heatmap.setToolTip("Of the current landmark; the maximum over all where none is current")
        self.heatmap.setChecked(True)
        self.certainty = CertaintyChoice()
        self.jobs = JobRow(desk.runner, desk.names.all)
        self._hint = EmptyState().offer(
            "To the Train panel", partial(desk.wanted.emit, "Train"), "Train a run, which can predict then"
        )
        self.predict_button = button(
            "Predict", self.predict, "Find the landmarks of these images, to layers, project and CSV"
        )
        self._build()
        self.run.currentIndexChanged.connect(self._on_run)
        self.shows.toggled.connect(self._show)
        self.heatmap.toggled.connect(self._show)
        self.session.project_changed.connect(self._on_project)
        self.session.runs_changed.connect(self._on_project)
        self.session.image_changed.connect(self._show)
        self.session.current_changed.connect(self._show)
        self.session.blind.changed.connect(self._on_blind)
        desk.forecasts.arrived.connect(self._draw)
        desk.companions.masks_changed.connect(self._draw)
        desk.proofreading.changed.connect(self._draw)
        self._on_project()
        self._on_blind()

    def predict(self) -> None:
        """Predict what is chosen."""
        self.desk.attempt(self._predict)

    def _predict(self) -> None:
        run, where = self.run.currentData(), self.where.currentData()
        project, asking, limit = self.session.the_project(), self.certainty.asking(), self.certainty.limit()
        if where == _THIS and self.out.path is None and asking == Asking():
            self._keep(limit)
            self.shows.setChecked(True)
            self._show()
            return
        chosen = self._chosen(where)
        if chosen is None:
            return
        job = self.desk.apart(
            partial(jobs.predict_run, project.path, run, chosen, out=self.out.path, asking=asking, limit=limit)
        )
        self.jobs.start("Predict", job, on_done=self._predicted)

    def _keep(self, limit: Limit) -> None:
        """Keep a limit with the run, and let what it says be asked again where the limit is another."""
        project, run = self.session.the_project(), self.run.currentData()
        if limit != chosen_limit(project, run):
            choose_limit(project, run, limit)
            self.desk.forecasts.forget()

    def _chosen(self, where: str) -> jobs.ChosenImages | None:
        if where == _THIS:
            record = self.session.record
            return None if record is None else jobs.ChosenImages(names=(record.name,))
        if where == _FOLDER:
            found = QFileDialog.getExistingDirectory(self, "Predict the radiographs of a folder")
            return jobs.ChosenImages(paths=(Path(found),)) if found else None
        if where == _FILES:
            names, _ = QFileDialog.getOpenFileNames(self, "Predict radiographs")
            return jobs.ChosenImages(paths=tuple(Path(name) for name in names)) if names else None
        return jobs.ChosenImages(split=None if where == _ALL else where)

    def _predicted(self, result: PredictionResult) -> None:
        lines = [f"{result.n_images} images were predicted."]
        if self.out.path is not None:
            lines.append(f"The table is {self.out.path}.")
        if result.skipped:
            lines += [f"{len(result.skipped)} files were left out:", *result.skipped[:_LISTED]]
        self.jobs.say("\n".join(lines))
        self.desk.forecasts.forget()
        self._show()

    def _build(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(label("Run", "A trained run of the project, the newest first"), self.run)
        form.addRow(label("Images", "Of the project, or files outside it"), self.where)
        form.addRow(
            label("Also as CSV", "A table with x, y, standard deviation and confidence in px, and in mm"), self.out
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addLayout(form)
        layout.addWidget(Section("How sure", self.certainty, is_open=False))
        layout.addLayout(row(self.predict_button))
        layout.addWidget(self.jobs)
        layout.addWidget(self.shows)
        layout.addWidget(self.heatmap)
        layout.addWidget(self._hint)
        layout.addStretch(1)

    def _on_project(self) -> None:
        project, chosen = self.session.project, self.run.currentData()
        self.run.blockSignals(True)
        self.run.clear()
        for each in [] if project is None else project.runs.all()[::-1]:
            if each.steps_done:
                self.run.addItem(each.name, each.name)
        self.run.setCurrentIndex(max(0, self.run.findData(chosen)))
        self.run.blockSignals(False)
        has_runs = self.run.count() > 0
        self.predict_button.setEnabled(has_runs)
        self._hint.say("" if has_runs else "There is no trained run yet that could predict. Train one.")
        self._on_run()

    def _on_blind(self) -> None:
        self.shows.setText(f"{_SHOWS} (not while you read blind)" if self.session.blind.is_on else _SHOWS)

    def _on_run(self, *_: object) -> None:
        self.certainty.look_at(self.session.project, self.run.currentData())
        self._show()

    def _show(self, *_: object) -> None:
        record, project, run = self.session.record, self.session.project, self.run.currentData()
        if self.shows.isChecked() and run and record is not None and project is not None:
            self.desk.forecasts.want(project.path, [run], record.image_id)
        self._draw()

    def _draw(self) -> None:
        record, run = self.session.record, self.run.currentData()
        if record is None or not self.desk.pool.exists:
            return
        group = self.desk.pool.reader
        forecast = self.desk.forecasts.get(run, record.image_id) if run and self.shows.isChecked() else None
        self._draw_rims(group.predicted_masks, forecast)
        if not self.desk.proofreading.is_on and (forecast is not None or not self.desk.watched.is_seen):
            self._draw_points(group.prediction, forecast, record.size[0])
        self.desk.watched.give_way(forecast is not None)
        has_heat = forecast is not None and len(forecast.said.heatmaps) > 0
        let_see(group.heatmap, has_heat and self.heatmap.isChecked())
        if forecast is None or not has_heat:
            return
        shown = forecast.said
        current = self.session.current
        index = shown.landmarks.names.index(current) if current in shown.landmarks.names else None
        draw_picture(group.heatmap, heat_image(shown.heatmaps, index))
        scale, translate = heat_transform(self.desk.pool.frame, shown.scale, shown.translate)
        lay(group.heatmap, self.desk.pool.frame, scale=scale, translate=translate)

    def _draw_points(self, layer: Points, forecast: Forecast | None, height: int) -> None:
        let_see(layer, forecast is not None and self.desk.pool.shows_runs)
        if forecast is None:
            clear_marks(layer)
        else:
            draw_marks(layer, marks_of(forecast.said.landmarks, STUDENTS[0], height=height))

    def _draw_rims(self, layer: Labels | None, forecast: Forecast | None) -> None:
        """Show what the run says of regions, with gaps: the reader's own rims lie in the same cell."""
        if layer is None:
            return
        outlined = None if forecast is None else forecast.outlined
        draw_rims(layer, None if outlined is None else outlined.dashed)
        let_see(layer, outlined is not None and self.desk.companions.shows_masks)
