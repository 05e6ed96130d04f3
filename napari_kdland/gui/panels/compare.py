"""The Compare panel: several runs on the image on screen, side by side or overlaid, and their errors on a split."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_kdland import jobs
from napari_kdland.anatomy import Landmarks
from napari_kdland.gui.error_tables import ImageErrors, RegionErrors, SplitErrors, image_dice
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.layers.comparing import CURRENT, MAXIMUM, OFF, Scene, Shown, Wish
from napari_kdland.gui.layers.style import styles_of
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.widgets import button, heading, row, scrolling, vertical, words
from napari_kdland.session.preparing import prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy.regions import Regions
    from napari_kdland.evaluation import Comparison
    from napari_kdland.events import Job
    from napari_kdland.gui.desk import Desk
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.project import RunRecord
    from napari_kdland.session.forecasts import Forecast

_MOST = 5
_NAME = Qt.ItemDataRole.UserRole


class ComparePanel(Panel):
    """Shows what several runs say of the image on screen, and measures them on a split.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.runs = QListWidget()
        self.runs.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.runs.setMaximumHeight(96)
        self.baseline, self.heatmap, self.split = QComboBox(), QComboBox(), QComboBox()
        self.heatmap.addItems([MAXIMUM, CURRENT, OFF])
        self.split.addItems(["test", "val", "train"])
        self.side_by_side, self.errors = QCheckBox("Side by side"), QCheckBox("Errors")
        self.errors.setToolTip("Lines from predicted to true landmarks; in white, the reader's rims of regions")
        self.regions = QCheckBox("Regions")
        self.regions.setToolTip("Rims of region masks on and off (M)")
        for check in (self.side_by_side, self.errors, self.regions):
            check.setChecked(True)
        self.image_errors, self.split_errors, self.region_errors = ImageErrors(), SplitErrors(), RegionErrors()
        self._dice: dict[str, tuple[Regions, Regions, NDArray[np.float64]]] = {}
        self.verdict, self._hint = words(), words()
        self.jobs = JobRow(desk.runner)
        self._is_shown = False
        self._build()
        self._connect()
        self._on_runs()

    def choose(self, names: Sequence[str]) -> None:
        """Compare these runs, and no others."""
        self.runs.blockSignals(True)
        for place in range(self.runs.count()):
            item = self.runs.item(place)
            is_chosen = item.data(_NAME) in names
            item.setCheckState(Qt.CheckState.Checked if is_chosen else Qt.CheckState.Unchecked)
        self.runs.blockSignals(False)
        self._on_choice()

    def chosen(self) -> list[str]:
        """Give the names of the runs that are compared."""
        items = [self.runs.item(place) for place in range(self.runs.count())]
        return [item.data(_NAME) for item in items if item.checkState() == Qt.CheckState.Checked]

    def measure(self, report: Path | None = None) -> None:
        """Measure the chosen runs on the split; write a report where asked."""
        self.desk.attempt(self._measure, report)

    def styles(self) -> dict[str, Style]:
        """Give shape and colour of each chosen run."""
        names = self.chosen()
        project = self.session.project
        records = [] if project is None else [run for run in project.runs.all() if run.name in names]
        teachers = [Path(teacher).name for run in records for teacher in run.teachers]
        return styles_of(names, teachers=teachers, baseline=self.baseline.currentData())

    def _measure(self, report: Path | None) -> None:
        project, names, split = self.session.the_project(), tuple(self.chosen()), self.split.currentText()
        baseline = self.baseline.currentData()
        job: Callable[[], Job[Comparison]] = partial(
            jobs.compare_runs, project.path, names, baseline=baseline, split=split, report=report
        )
        for seen in {project.runs.recipe_of(name).input for name in names}:
            apart = self.desk.apart
            job = prepared(job, apart, project.path, size=seen.size, splits=(split,), channels=seen.channels)
        self.jobs.start("Measure", job, on_done=partial(self._measured, report))

    def _measured(self, report: Path | None, comparison: Comparison) -> None:
        self._show_measured(comparison)
        lines = [f"<b>{each.name}</b>: {each.verdict}" for each in comparison.runs if each.verdict]
        self.verdict.setText("<br>".join([f"{len(comparison.images)} images of {self.split.currentText()}.", *lines]))
        if report is not None:
            self.jobs.say(f"The report is {report}.")

    def _show_measured(self, comparison: Comparison | None) -> None:
        """Show the tables that have something in them."""
        project = self.session.project
        by_run = {} if comparison is None else comparison.regions
        self.split_errors.show_comparison(comparison)
        self.region_errors.show_regions(by_run, None if project is None else project.scheme)
        self.split_errors.setVisible(not by_run or self.split_errors.rowCount() > 0)
        self.region_errors.setVisible(bool(by_run))

    def _ask_report(self) -> None:
        found, _ = QFileDialog.getSaveFileName(self, "Write report", "report.html", filter="Pages (*.html)")
        if found:
            self.measure(Path(found))

    def _build(self) -> None:
        upper, middle, lower = QWidget(), QWidget(), QWidget()
        top = QVBoxLayout(upper)
        top.setContentsMargins(0, 0, 0, 0)
        top.addWidget(heading("Runs on this image"))
        top.addWidget(self.runs)
        top.addWidget(self._hint)
        top.addLayout(row(self.side_by_side, self.errors, self.regions))
        top.addLayout(row(QLabel("Heatmap"), self.heatmap, QLabel("Baseline"), self.baseline, stretch=3))
        image = QVBoxLayout(middle)
        image.setContentsMargins(0, 0, 0, 0)
        image.addWidget(self.image_errors, 1)
        split = QVBoxLayout(lower)
        split.setContentsMargins(0, 0, 0, 0)
        self.measure_button = button("Measure", self.measure, "Mean radial error and more, on all annotated images")
        report = button("Report ...", self._ask_report, "The same as a page with pictures")
        split.addLayout(row(heading("On all of"), self.split, self.measure_button, report))
        split.addWidget(self.jobs)
        split.addWidget(self.split_errors, 3)
        split.addWidget(self.region_errors, 3)
        split.addWidget(scrolling(self.verdict), 2)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        for table in (self.split_errors, self.region_errors):
            table.setMinimumHeight(118)
        parts = vertical(upper, middle, lower)
        parts.setStretchFactor(1, 3)
        parts.setStretchFactor(2, 4)
        self._pages.addWidget(parts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addWidget(self._pages)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addWidget(
            words("There is no trained run yet. Train a teacher and a student, then see them side by side.")
        )
        layout.addLayout(row(button("To the Train panel", partial(self.desk.wanted.emit, "Train"))))
        layout.addStretch(1)
        return page

    def _connect(self) -> None:
        self.runs.itemChanged.connect(self._on_choice)
        for box in (self.heatmap, self.baseline):
            box.currentIndexChanged.connect(self._show)
        for check in (self.side_by_side, self.errors):
            check.toggled.connect(self._show)
        session = self.session
        session.project_changed.connect(self._on_runs)
        session.runs_changed.connect(self._on_runs)
        session.image_changed.connect(self._show)
        session.landmarks_changed.connect(self._show)
        session.current_changed.connect(self._on_current)
        self.regions.toggled.connect(self.desk.companions.show_masks)
        self.desk.companions.masks_changed.connect(self._on_masks)
        self.desk.forecasts.arrived.connect(self._show)

    def _on_runs(self) -> None:
        chosen, project = self.chosen(), self.session.project
        self.runs.blockSignals(True)
        self.runs.clear()
        for run in [] if project is None else project.runs.all():
            if not run.steps_done:
                continue
            item = QListWidgetItem(f"{run.name}   {_figures(run)}".rstrip())
            item.setData(_NAME, run.name)
            item.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled)
            is_chosen = run.name in chosen
            item.setCheckState(Qt.CheckState.Checked if is_chosen else Qt.CheckState.Unchecked)
            self.runs.addItem(item)
        self.runs.blockSignals(False)
        self.regions.setVisible(project is not None and bool(project.scheme.regions))
        self._show_measured(None)
        self.verdict.setText("")
        self._on_choice()

    def _on_choice(self, *_: object) -> None:
        names, old = self.chosen(), self.baseline.currentData()
        self.baseline.blockSignals(True)
        self.baseline.clear()
        for name in names:
            self.baseline.addItem(name, name)
        self.baseline.setCurrentIndex(max(0, self.baseline.findData(old)))
        self.baseline.blockSignals(False)
        self.measure_button.setEnabled(bool(names))
        self._pages.setCurrentIndex(1 if self.runs.count() else 0)
        self._hint.setText("Tick the runs to compare." if not names else "")
        self._hint.setVisible(not names)
        self._show()

    def _on_current(self) -> None:
        if self.heatmap.currentText() == CURRENT:
            self._show()

    def _show(self, *_: object) -> None:
        record, radiograph, truth = self.session.record, self.session.radiograph, self.session.landmarks
        project, names = self.session.project, self.chosen()[:_MOST]
        if project is None or record is None or radiograph is None or truth is None or not names:
            self._clear()
            return
        self.desk.forecasts.want(project.path, names, record.image_id)
        styles = self.styles()
        found = {name: each for name in names if (each := self.desk.forecasts.get(name, record.image_id))}
        masks = self.desk.companions.masks
        wish = Wish(
            self.side_by_side.isChecked(),
            self.heatmap.currentText(),
            self.errors.isChecked(),
            self.desk.companions.shows_masks,
        )
        scene = Scene(record, radiograph, truth, self.session.current, masks)
        self._is_shown = True
        self.desk.compared.show(scene, [_shown(name, found.get(name), styles[name], truth) for name in names], wish)
        self._colour(styles)
        self.image_errors.show_errors(
            truth,
            {name: each.said.landmarks for name, each in found.items()},
            styles,
            scheme=project.scheme,
            spacing=record.spacing,
            dice=None if masks is None else self._dice_of(found, masks.regions),
        )

    def _dice_of(self, found: Mapping[str, Forecast], truth: Regions) -> dict[str, NDArray[np.float64]]:
        """Give the Dice of each run that knows regions; what was measured before is not measured again."""
        kept = self._dice
        self._dice = {}
        for name, each in found.items():
            if each.outlined is None:
                continue
            regions, known = each.outlined.regions, kept.get(name)
            is_known = known is not None and known[0] is regions and known[1] is truth
            self._dice[name] = known if known and is_known else (regions, truth, image_dice(regions, truth))
        return {name: values for name, (_, _, values) in self._dice.items()}

    def _on_masks(self) -> None:
        self.regions.setChecked(self.desk.companions.shows_masks)
        self._show()

    def _clear(self) -> None:
        if self._is_shown and self.desk.pool.exists:
            self.desk.compared.clear()
        self._is_shown = False
        self.image_errors.setRowCount(0)

    def _colour(self, styles: dict[str, Style]) -> None:
        self.runs.blockSignals(True)
        for place in range(self.runs.count()):
            style = styles.get(self.runs.item(place).data(_NAME))
            colour = QColor(style.colour).lighter(140) if style is not None else self.palette().text().color()
            self.runs.item(place).setForeground(colour)
        self.runs.blockSignals(False)


def _shown(name: str, forecast: Forecast | None, style: Style, truth: Landmarks) -> Shown:
    """Give what a run says; nothing as long as it is being asked, so that its cell stays where it is."""
    if forecast is None:
        return Shown(name, style, Landmarks.not_yet(truth.names))
    said = forecast.said
    return Shown(name, style, said.landmarks, said.heatmaps, said.scale, said.translate, forecast.outlined)


def _figures(run: RunRecord) -> str:
    error = [] if run.best_error_px is None else [f"{run.best_error_px:.1f} px on val"]
    dice = [] if run.best_dice is None else [f"Dice {100 * run.best_dice:.1f} % on val"]
    return ", ".join([*error, *dice])
