"""How good the compared runs are on a split: measured on request, as tables, verdicts and a report."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QFileDialog, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.evaluation.breakdown import breakdown_table
from napari_kdland.evaluation.found_by import FoundOfRun
from napari_kdland.evaluation.worst import worst_case
from napari_kdland.gui.error_tables import ApartErrors, RegionErrors, SplitErrors
from napari_kdland.gui.index_tables import IndexTables
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.plot_points import Measured
from napari_kdland.gui.widgets import button, heading, row, scrolling, words
from napari_kdland.jobs.spreads import predicted_spreads, spreads_found_by
from napari_kdland.session.preparing import prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from napari_kdland.evaluation import Comparison, Row
    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.events import Job
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Project

    Compared = Comparison | jobs.SeedComparison

# Of a table or the verdicts, in pixels; the panel scrolls where the window is lower.
_LOWEST = 118
_BY = {"All landmarks": "", "By landmark": "landmark", "By group": "group"}


class SplitFigures(QWidget):
    """Measures runs on a split and shows what came out.

    Parameters
    ----------
    desk
        What every panel works on.
    chosen
        Gives the names of the runs that are compared, and the baseline's.

    Attributes
    ----------
    measured
        Emits what was measured, by run; nothing where it does not hold any more.
    wanted
        Emits the `Case` behind a figure that was clicked.
    """

    measured = Signal(object)
    wanted = Signal(object)

    def __init__(self, desk: Desk, chosen: Callable[[], tuple[Sequence[str], str | None]]) -> None:
        super().__init__()
        self._desk = desk
        self._chosen = chosen
        self.split = QComboBox()
        self.split.addItems(["test", "val", "train"])
        self.split.setToolTip("The first measurement on test freezes that split")
        self.split_errors, self.region_errors, self.apart = SplitErrors(), RegionErrors(), ApartErrors()
        self._comparison: Comparison | None = None
        self._states: dict[str, str | None] = {}
        self.by = QComboBox()
        for title, by in _BY.items():
            self.by.addItem(title, by)
        self.by.setToolTip("All figures of all landmarks together, of each landmark, or of each group of the scheme")
        self.by.currentIndexChanged.connect(self._show_apart)
        self.group_seeds = QCheckBox("One row for all seeds (report)")
        self.group_seeds.setToolTip(
            "For the report: runs that differ in nothing but their seeds are one row, judged over all their seeds"
        )
        self.verdict, self.indices = words(), IndexTables(desk)
        self.jobs = JobRow(desk.runner, desk.names.all)
        self.measure_button = button("Measure", self.measure, "Mean radial error and more, on all annotated images")
        self.split_errors.asked.connect(self._on_figure)
        self._build()
        self.show_measured(None)

    def measure(self, report: Path | None = None) -> None:
        """Measure the chosen runs on the split; write a report where asked."""
        self._desk.attempt(self._measure, report)

    def show_measured(self, comparison: Comparison | None) -> None:
        """Show the tables that have something in them; nothing at all empties them."""
        project = self._desk.session.project
        by_run = {} if comparison is None else comparison.regions
        self._comparison = comparison
        self.split_errors.show_comparison(comparison)
        self.region_errors.show_regions(by_run, None if project is None else project.scheme)
        self._show_apart()
        self.region_errors.setVisible(bool(by_run))
        self.verdict.setText("" if comparison is not None else "Tick runs above and measure them on a split.")
        self.measured.emit({} if comparison is None or project is None else self._by_run(project, comparison))

    def follow_runs(self) -> None:
        """Keep the figures as long as the runs they are of are as they were; others may begin and end meanwhile."""
        project = self._desk.session.project
        if project is None or _states_of(project, self._states) != self._states:
            self.show_measured(None)

    def _measure(self, report: Path | None) -> None:
        project, (names, baseline) = self._desk.session.the_project(), self._chosen()
        split = self.split.currentText()
        how: Callable[..., Job[Compared]] = jobs.compare_runs
        if report is not None and self.group_seeds.isChecked():
            how = jobs.compare_seeds
        compare = partial(how, project.path, tuple(names), baseline=baseline, split=split, report=report)
        tables = () if report is None else self.indices.sources
        job: Callable[[], Job[Compared]] = partial(compare, index_sources=tables) if tables else compare
        for seen in {project.runs.recipe_of(name).input for name in names}:
            apart = self._desk.apart
            job = prepared(job, apart, project.path, size=seen.size, splits=(split,), channels=seen.channels)
        self.jobs.start("Measure", job, on_done=partial(self._measured, _states_of(project, names), report))

    def _measured(self, states: dict[str, str | None], report: Path | None, told: Compared) -> None:
        comparison = told.comparison if isinstance(told, jobs.SeedComparison) else told
        self.show_measured(comparison)
        self._states = states
        first = f"{len(comparison.images)} images of {self.split.currentText()}."
        self.verdict.setText("<br>".join([first, *verdict_lines(comparison)]))
        if report is not None:
            self.jobs.say(f"The report is {report}.")

    def _show_apart(self) -> None:
        """Show the figures of all landmarks together, or taken apart as it was chosen."""
        by, of, project = self.by.currentData(), self._comparison, self._desk.session.project
        has_figures = of is not None and bool(of.names)
        titles = {} if project is None else project.scheme.landmark_titles
        self.apart.show_table(breakdown_table(of, by, titles) if of is not None and has_figures and by else None)
        is_apart = self.apart.rowCount() > 0
        if has_figures and by and not is_apart:
            self._desk.say("The scheme names no groups of landmarks, so their figures are told together.")
        self.apart.setVisible(is_apart)
        self.split_errors.setVisible(has_figures and not is_apart)
        self.by.setVisible(has_figures)

    def _by_run(self, project: Project, comparison: Comparison) -> dict[str, Measured]:
        """Give errors of each run, and how unsure it was, which is kept with its predictions."""
        ids = {record.name: record.image_id for record in project.records.page(0, -1, split=self.split.currentText())}
        found_by = spreads_found_by(project, comparison)
        return {
            each.name: Measured(
                each.evaluation,
                predicted_spreads(project, each.name, each.evaluation, ids),
                found_by.get(each.name, FoundOfRun()),
            )
            for each in comparison.runs
        }

    def _on_figure(self, row: Row, metric: Metric) -> None:
        case = worst_case(row.evaluation, metric)
        if case is None:
            self._desk.say(f"No single image stands behind {metric.heading} of {row.name}.")
        else:
            self.wanted.emit(case)

    def _ask_report(self) -> None:
        found, _ = QFileDialog.getSaveFileName(self, "Write report", "report.html", filter="Pages (*.html)")
        if found:
            self.measure(Path(found))

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        report = button("Report ...", self._ask_report, "The same as a page with pictures")
        layout.addLayout(row(heading("On all of"), self.split, self.measure_button, report, self.indices))
        layout.addLayout(row(self.by, self.group_seeds))
        layout.addWidget(self.jobs)
        layout.addWidget(self.split_errors, 3)
        layout.addWidget(self.apart, 3)
        layout.addWidget(self.region_errors, 3)
        said = scrolling(self.verdict)
        said.setMinimumHeight(_LOWEST)
        layout.addWidget(said, 2)
        for table in (self.split_errors, self.apart, self.region_errors):
            table.setMinimumHeight(_LOWEST)


def verdict_lines(comparison: Comparison) -> list[str]:
    """Give what the tests say of each run as rich text, which would swallow the sign in "p < 0.001"."""
    return [f"<b>{html.escape(each.name)}</b>: {html.escape(each.verdict)}" for each in comparison.runs if each.verdict]


def _states_of(project: Project, runs: Iterable[str]) -> dict[str, str | None]:
    """Give the status of some runs, `None` of those that are gone."""
    states = project.runs.states()
    return {run: states.get(run) for run in runs}
