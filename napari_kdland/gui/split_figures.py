"""How good the compared runs are on a split: measured on request, as tables, verdicts and a report."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.evaluation.found_by import FoundOfRun
from napari_kdland.evaluation.worst import worst_case
from napari_kdland.gui.error_tables import RegionErrors, SplitErrors
from napari_kdland.gui.index_tables import IndexTables
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.plot_points import Measured
from napari_kdland.gui.widgets import button, heading, row, scrolling, words
from napari_kdland.jobs.spreads import predicted_spreads, spreads_found_by
from napari_kdland.session.preparing import prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_kdland.evaluation import Comparison, Row
    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.events import Job
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Project


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
        self.split_errors, self.region_errors = SplitErrors(), RegionErrors()
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
        self.split_errors.show_comparison(comparison)
        self.region_errors.show_regions(by_run, None if project is None else project.scheme)
        self.split_errors.setVisible(self.split_errors.rowCount() > 0)
        self.region_errors.setVisible(bool(by_run))
        self.verdict.setText("" if comparison is not None else "Tick runs above and measure them on a split.")
        self.measured.emit({} if comparison is None or project is None else self._by_run(project, comparison))

    def _measure(self, report: Path | None) -> None:
        project, (names, baseline) = self._desk.session.the_project(), self._chosen()
        split = self.split.currentText()
        compare = partial(jobs.compare_runs, project.path, tuple(names), baseline=baseline, split=split, report=report)
        tables = () if report is None else self.indices.sources
        job: Callable[[], Job[Comparison]] = partial(compare, index_sources=tables) if tables else compare
        for seen in {project.runs.recipe_of(name).input for name in names}:
            apart = self._desk.apart
            job = prepared(job, apart, project.path, size=seen.size, splits=(split,), channels=seen.channels)
        self.jobs.start("Measure", job, on_done=partial(self._measured, report))

    def _measured(self, report: Path | None, comparison: Comparison) -> None:
        self.show_measured(comparison)
        first = f"{len(comparison.images)} images of {self.split.currentText()}."
        self.verdict.setText("<br>".join([first, *verdict_lines(comparison)]))
        if report is not None:
            self.jobs.say(f"The report is {report}.")

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
        layout.addWidget(self.jobs)
        layout.addWidget(self.split_errors, 3)
        layout.addWidget(self.region_errors, 3)
        layout.addWidget(scrolling(self.verdict), 2)
        for table in (self.split_errors, self.region_errors):
            table.setMinimumHeight(118)


def verdict_lines(comparison: Comparison) -> list[str]:
    """Give what the tests say of each run as rich text, which would swallow the sign in "p < 0.001"."""
    return [f"<b>{html.escape(each.name)}</b>: {html.escape(each.verdict)}" for each in comparison.runs if each.verdict]
