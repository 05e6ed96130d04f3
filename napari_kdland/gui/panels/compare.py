"""The Compare panel: readers, teachers and students on the image on screen, and runs measured on a split."""

# mypy: allow-subclassing-any
from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QComboBox, QLabel, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from napari_kdland.anatomy import Landmarks
from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.error_plots import ErrorPlots
from napari_kdland.gui.error_tables import ImageErrors, image_dice
from napari_kdland.gui.layers.focus import Focus
from napari_kdland.gui.layers.scene import CURRENT, Scene, Shown
from napari_kdland.gui.layers.style import styles_of
from napari_kdland.gui.legend import Legend
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.sources import Sources, key_of
from napari_kdland.gui.split_figures import SplitFigures
from napari_kdland.gui.view_bar import ViewBar
from napari_kdland.gui.widgets import heading, row, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy.regions import Regions
    from napari_kdland.gui.desk import Desk
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.gui.plot_points import Measured
    from napari_kdland.session.forecasts import Forecast

# Beside the reading that counts, which makes six.
_MOST = 5
_WIDEST_NAME = 230
_BLIND = "You read blind: neither other readers nor runs are shown, here and on the image."


class ComparePanel(Panel):
    """Shows what several sources say of the image on screen, and measures runs on a split.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    without_project = "Here its readers, teachers and students are seen side by side and measured."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.sources, self.baseline, self.view = Sources(), QComboBox(), ViewBar()
        self.baseline.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.baseline.setMaximumWidth(_WIDEST_NAME)
        self.baseline.setToolTip("The run that others are measured against; its landmarks are grey crosses")
        self.image_errors = ImageErrors()
        self.figures = SplitFigures(desk, lambda: (self.chosen(), self.baseline.currentData()))
        self.plots = ErrorPlots()
        self._focus = Focus(desk.viewer, desk.session, desk.pool)
        self.tabs = QTabWidget()
        self._legend, self._hint = Legend(), words()
        self._dice: dict[str, tuple[Regions, Regions, NDArray[np.float64]]] = {}
        self._is_shown = False
        self._build()
        self._connect()
        self._on_runs()

    def choose(self, names: Sequence[str]) -> None:
        """Compare these runs, and no other sources."""
        self.sources.choose(names)

    def chosen(self) -> list[str]:
        """Give the names of the runs that are compared."""
        return self.sources.runs()

    def measure(self, report: Path | None = None) -> None:
        """Measure the chosen runs on the split; write a report where asked."""
        self.tabs.setCurrentWidget(self.figures)
        self.figures.measure(report)

    def styles(self) -> dict[str, Style]:
        """Give shape and colour of each source by its key."""
        names = self.chosen()
        project = self.session.project
        records = [] if project is None else [run for run in project.runs.all() if run.name in names]
        teachers = [Path(teacher).name for run in records for teacher in run.teachers]
        readers = [key_of(reader) for reader in self.sources.readers()]
        return styles_of(names, teachers=teachers, baseline=self.baseline.currentData(), readers=readers)

    def _build(self) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._legend)
        layout.addLayout(row(heading("Sources"), QLabel("Baseline"), self.baseline, stretch=0))
        layout.addWidget(self.sources)
        layout.addWidget(self._hint)
        layout.addWidget(self.view)
        self.tabs.setDocumentMode(True)
        for title, tab, tip in (
            ("This image", self.image_errors, "Errors of each landmark of the image on screen"),
            (
                "All images",
                self.figures,
                "Figures of a split, run by run; click one for the image that is worst for it",
            ),
            ("Plot", self.plots, "Errors and uncertainties of a split, landmark by landmark; a point is an image"),
        ):
            self.tabs.addTab(tab, title)
            self.tabs.setTabToolTip(self.tabs.count() - 1, tip)
        layout.addWidget(self.tabs, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4, 6, 4, 4)
        outer.addWidget(self._pages)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        empty = EmptyState("There is no trained run yet. Train a teacher and a student, then see them side by side.")
        layout.addWidget(
            empty.offer("To the Train panel", partial(self.desk.wanted.emit, "Train"), "Train the first run")
        )
        layout.addStretch(1)
        return page

    def _connect(self) -> None:
        self.sources.changed.connect(self._on_choice)
        self.baseline.currentIndexChanged.connect(self._show)
        self.view.changed.connect(self._show)
        self.view.split_moved.connect(self.desk.compared.move_split)
        self.desk.compared.split_moved.connect(self.view.show_split)
        session = self.session
        session.project_changed.connect(self._on_project)
        session.runs_changed.connect(self._on_runs)
        session.image_changed.connect(self._show)
        session.landmarks_changed.connect(self._show)
        session.current_changed.connect(self._on_current)
        session.blind.changed.connect(self._give_hint)
        self.view.regions.toggled.connect(self.desk.companions.show_masks)
        self.desk.companions.masks_changed.connect(self._on_masks)
        self.desk.companions.picture_changed.connect(self.desk.compared.fit_grid)
        self.desk.forecasts.arrived.connect(self._show)
        self.figures.measured.connect(self._on_measured)
        for asked in (self.figures.wanted, self.plots.clicked):
            asked.connect(lambda case: self.desk.attempt(self._focus.go_to, case.image, case.landmark))

    def _on_project(self) -> None:
        self.figures.show_measured(None)
        self._on_runs()

    def _on_runs(self) -> None:
        project = self.session.project
        self.sources.fill(project)
        self.view.regions.setVisible(project is not None and bool(project.scheme.regions))
        self.figures.follow_runs()
        self._on_choice()

    def _on_choice(self) -> None:
        names, old = self.chosen(), self.baseline.currentData()
        self.baseline.blockSignals(True)
        self.baseline.clear()
        for name in names:
            self.baseline.addItem(name, name)
        self.baseline.setCurrentIndex(max(0, self.baseline.findData(old)))
        self.baseline.blockSignals(False)
        self.figures.measure_button.setEnabled(bool(names))
        self._pages.setCurrentIndex(1 if self.sources.count() else 0)
        self.view.offer(self.sources.ticked()[:_MOST])
        self._give_hint()
        self._show()

    def _give_hint(self) -> None:
        ticked = self.sources.ticked()
        left_out = ", ".join(ticked[_MOST:])
        hint = f"Six sources fit on the screen, the reader among them: {left_out} not shown." if left_out else ""
        hint = hint if ticked else "Tick the runs to compare."
        self._hint.setText(_BLIND if self.session.blind.is_on else hint)
        self._hint.setVisible(bool(self._hint.text()))

    def _on_measured(self, measured: Mapping[str, Measured]) -> None:
        project = self.session.project
        self.plots.show_measured(measured, self.styles(), None if project is None else project.scheme)

    def _on_current(self) -> None:
        if self.view.heatmap.currentText() == CURRENT or self.view.wish().spread.level:
            self._show()

    def _show(self, *_: object) -> None:
        if self.desk.is_closing:  # the layers are gone, or are not ours to change any more
            return
        record, truth = self.session.record, self.session.landmarks
        project, keys = self.session.project, self.sources.ticked()[:_MOST]
        if project is None or record is None or self.session.radiograph is None or truth is None or not keys:
            self._clear()
            return
        runs = [name for name in self.chosen() if name in keys]
        self.desk.forecasts.want(project.path, runs, record.image_id)
        styles = {key: style for key, style in self.styles().items() if key in keys}
        found = {name: each for name in runs if (each := self.desk.forecasts.get(name, record.image_id))}
        readings = {
            key_of(reader): project.annotations.current(record.image_id, reader=reader)
            for reader in self.sources.readers()
            if key_of(reader) in keys
        }
        if self.session.blind.is_on:
            readings = {key: Landmarks.not_yet(truth.names) for key in readings}
        masks = self.desk.companions.masks
        wish = replace(self.view.wish(), regions=self.desk.companions.shows_masks)
        shown = [
            Shown(key, styles[key], readings[key])
            if key in readings
            else _shown(key, found.get(key), styles[key], truth)
            for key in keys
        ]
        self._is_shown = True
        self.desk.compared.show(Scene(record, truth, self.session.current, masks), shown, wish)
        self.view.spread_note.tell(
            wish.spread, shown, current=self.session.current, title=project.scheme.title_of, spacing=record.spacing
        )
        self.sources.mark(styles)
        self._legend.show_styles(styles)
        self._focus.look(next((each.landmarks for each in shown if each.landmarks.has_point.any()), None))
        self.image_errors.show_errors(
            truth,
            {name: each.said.landmarks for name, each in found.items()} | readings,
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
        self.view.regions.setChecked(self.desk.companions.shows_masks)
        self._show()

    def _clear(self) -> None:
        if self._is_shown and self.desk.pool.exists:
            self.desk.compared.clear()
        self._is_shown = False
        self.image_errors.setRowCount(0)
        self.view.spread_note.forget()
        self.sources.mark({})
        self._legend.show_styles({})


def _shown(name: str, forecast: Forecast | None, style: Style, truth: Landmarks) -> Shown:
    """Give what a run says; nothing as long as it is being asked, so that its cell stays where it is."""
    if forecast is None:
        return Shown(name, style, Landmarks.not_yet(truth.names))
    said = forecast.said
    return Shown(
        name,
        style,
        said.landmarks,
        said.heatmaps,
        said.scale,
        said.translate,
        masks=forecast.outlined,
        covariance=said.covariance,
        radii_px=said.radii_px,
        found_by=said.found_by,
    )
