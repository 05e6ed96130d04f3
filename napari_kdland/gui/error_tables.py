"""Tables of what is wrong: radial errors and Dice of the image on screen, and of a split by run."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from napari_kdland.evaluation import radial_errors
from napari_kdland.evaluation.region_tables import region_headings, region_rows
from napari_kdland.evaluation.report_tables import DASH
from napari_kdland.gui.layers.style import ERROR_COLOURS, region_colours
from napari_kdland.gui.symbols import icon
from napari_kdland.gui.tones import InkDelegate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks, Scheme
    from napari_kdland.anatomy.regions import Regions
    from napari_kdland.evaluation import Comparison, RegionEvaluation, Row
    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.report_tables import Cell, Table
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.images import Spacing

_BETTER, _WORSE = "#4fc79b", "#ff8a70"
# Longer names are cut, so that two or three figures always stand beside them; the tooltip has them whole.
_WIDEST_NAME = 190
# Runs whose names have no room side by side.
_TOO_MANY = 4


class ImageErrors(QTableWidget):
    """What runs got wrong on one image: a row a landmark and a row a region, a column a run, means below."""

    def __init__(self) -> None:
        super().__init__()
        _quiet(self)

    def show_errors(
        self,
        truth: Landmarks,
        found: Mapping[str, Landmarks],
        styles: Mapping[str, Style],
        *,
        scheme: Scheme,
        spacing: Spacing | None,
        dice: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> None:
        """Fill the table; in millimetres where the image has a spacing, else in pixels.

        `dice` is (R,) by run, 0..1, NaN where it means nothing; runs that know no regions are missing.
        """
        dice = dice or {}
        unit = "px" if spacing is None else "mm"
        errors = {run: image_errors(landmarks, truth, spacing) for run, landmarks in found.items()}
        n_landmarks = len(truth) if found else 0
        titles = [*(scheme.title_of(name) for name in truth.names), "Mean"] if n_landmarks else []
        regions = region_colours(scheme) if dice else {}
        self.setColumnCount(1 + len(found))
        self.setRowCount(len(titles) + (len(regions) + 1 if regions else 0))
        head = f"Error, {unit}" if n_landmarks else "Dice, %" if dice else ""
        # Of a name in a narrow column two letters would be left: there its shape stands alone.
        self.setHorizontalHeaderLabels([head, *(run if len(found) < _TOO_MANY else "" for run in found)])
        _size_columns(self)
        for place, title in enumerate(titles):
            self.setItem(place, 0, _bold(title) if place == n_landmarks else QTableWidgetItem(title))
        for place, (title, colour) in enumerate([*regions.items(), ("Mean", "")] if regions else (), len(titles)):
            name = f"{title}, Dice %" if n_landmarks else title
            self.setItem(place, 0, _coloured(name, colour) if colour else _bold(name))
        for column, run in enumerate(found, start=1):
            self.horizontalHeaderItem(column).setIcon(icon(styles[run]))
            self.horizontalHeaderItem(column).setToolTip(run)
            if n_landmarks:
                colours = [None if spacing is None else _colour(error) for error in errors[run]]
                self._fill(0, column, errors[run], colours)
            if regions:
                self._fill(len(titles), column, 100 * dice.get(run, np.full(len(regions), np.nan)), [])

    def _fill(self, start: int, column: int, values: NDArray[np.float64], colours: Sequence[str | None]) -> None:
        """Write values one below the other, and their mean."""
        inks = [None if colour is None else QColor(colour) for colour in colours] or [None] * len(values)
        for place, (value, drawn_in) in enumerate(zip(values, inks, strict=True)):
            self.setItem(start + place, column, _number(value, drawn_in))
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
        self.setItem(start + len(values), column, _number(mean, None, is_bold=True))


class SplitErrors(QTableWidget):
    """A comparison: a row a run, the baseline first; differences from it in colour. Names stay while figures scroll.

    Attributes
    ----------
    asked
        Emits the run's `Row` and the `Metric` of the figure that was clicked.
    """

    asked = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._metrics: Sequence[Metric] = ()
        _quiet(self)
        _name_rows(self)
        self.cellClicked.connect(self._on_click)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Fill the table, or empty it."""
        rows: Sequence[Row] = ()
        metrics: Sequence[Metric] = ()
        if comparison is not None and comparison.names:
            rows = comparison.rows
            metrics = [metric for metric in comparison.metrics if metric.is_in(comparison.unit)]
        self._rows, self._metrics = rows, metrics
        self.setRowCount(len(rows))
        self.setColumnCount(len(metrics))
        self.setHorizontalHeaderLabels([metric.heading for metric in metrics])
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for place, each in enumerate(rows):
            title = QTableWidgetItem(each.name if place else f"{each.name} (baseline)")
            title.setToolTip(f"{title.text()}. {each.verdict}".rstrip())
            self.setVerticalHeaderItem(place, title)
            for column, metric in enumerate(metrics):
                item = QTableWidgetItem(metric.text(each.values[metric.name]))
                item.setToolTip(f"Click: the image that is worst for this figure of {each.name}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                font = item.font()
                font.setBold(metric.name in each.best)
                item.setFont(font)
                delta = each.deltas.get(metric.name)
                if delta:
                    item.setText(f"{item.text()}  ({metric.text(delta, signed=True)})")
                    is_better = (delta < 0) == (metric.better == "lower")
                    item.setForeground(QColor(_BETTER if is_better else _WORSE))
                self.setItem(place, column, item)

    def _on_click(self, row: int, column: int) -> None:
        self.asked.emit(self._rows[row], self._metrics[column])


class ApartErrors(QTableWidget):
    """A comparison by landmark or by group: a line that names it, then a row a run. Names stay while figures scroll."""

    def __init__(self) -> None:
        super().__init__()
        _quiet(self)
        _name_rows(self)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def show_table(self, table: Table | None) -> None:
        """Fill the table, or empty it; its first column names parts, the next one runs. What is best is bold."""
        lines: list[tuple[QTableWidgetItem, list[Cell]]] = []
        above = ""
        for part, (run, *figures) in () if table is None else table.rows:
            if part != above:
                lines.append((_bold(part), []))
            lines.append((QTableWidgetItem(f"   {run.text}"), figures))
            above = part
        self.clear()
        self.setRowCount(len(lines))
        self.setColumnCount(0 if table is None else len(table.head) - 2)
        self.setHorizontalHeaderLabels([] if table is None else list(table.head[2:]))
        self.setToolTip("" if table is None else table.caption)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for place, (name, figures) in enumerate(lines):
            name.setToolTip(name.text().strip())
            self.setVerticalHeaderItem(place, name)
            for column, cell in enumerate(figures):
                self.setItem(place, column, _figure(cell))


class RegionErrors(QTableWidget):
    """How well runs find regions on a split: all regions together, then one after the other, a row a run."""

    def __init__(self) -> None:
        super().__init__()
        _quiet(self)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def show_regions(self, by_run: Mapping[str, RegionEvaluation], scheme: Scheme | None) -> None:
        """Fill the table, or empty it."""
        rows = region_rows(by_run) if by_run else []
        headings = region_headings(by_run) if by_run else ()
        names = [] if scheme is None else scheme.region_names
        titles = {} if scheme is None else dict(zip(names, region_colours(scheme).items(), strict=True))
        self.setRowCount(len(rows))
        self.setColumnCount(2 + len(headings))
        self.setHorizontalHeaderLabels(["Region", "Run", *headings])
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        shown = ""
        for place, row in enumerate(rows):
            title, colour = titles.get(row.region, (row.region.capitalize(), ""))
            name = _coloured(title, colour) if colour else _bold(title)
            self.setItem(place, 0, name if row.region != shown else QTableWidgetItem())
            self.setItem(place, 1, QTableWidgetItem(row.run))
            counts = f"{row.n_images} images, {row.n_missing} missing, {row.n_invented} invented"
            for column, cell in enumerate(row.figures, start=2):
                mean_and_sd, _, median = cell.text.partition(", ")
                item = _bold(mean_and_sd) if cell.is_best else QTableWidgetItem(mean_and_sd)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                item.setToolTip(f"mean (SD) {mean_and_sd}, median {median or '-'}; {counts}")
                self.setItem(place, column, item)
            shown = row.region


def image_dice(found: Regions, truth: Regions) -> NDArray[np.float64]:
    """Give the Dice of each region of the truth, 0..1; NaN where it is unknown or absent; (R,)."""
    values = np.full(len(truth), np.nan)
    for place, name in enumerate(truth.names):
        if truth.known[place] and truth.masks[place].any() and name in found.names:
            mine, theirs = found[name], truth.masks[place]
            values[place] = 2 * np.count_nonzero(mine & theirs) / (np.count_nonzero(mine) + np.count_nonzero(theirs))
    return values


def image_errors(
    found: Landmarks, truth: Landmarks, spacing: Spacing | None
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the radial error of each landmark, in millimetres where there is a spacing, else in pixels; (L,)."""
    matched = found.reordered(truth.names)
    mm = None if spacing is None else np.array([[spacing.row_mm, spacing.column_mm]])
    errors: NDArray[np.float64] = radial_errors(matched.points[None], truth.points[None], spacing_mm=mm)[0]
    return errors


def _number(value: float, ink: QColor | None, *, is_bold: bool = False) -> QTableWidgetItem:
    text = f"{value:.1f}" if np.isfinite(value) else "-"
    item = _bold(text) if is_bold else QTableWidgetItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if ink is not None:
        item.setForeground(ink)
    return item


def _figure(cell: Cell) -> QTableWidgetItem:
    item = _bold(cell.text) if cell.is_best else QTableWidgetItem(cell.text)
    if cell.value is not None or cell.text == DASH:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _coloured(text: str, colour: str) -> QTableWidgetItem:
    item = QTableWidgetItem(f"■ {text}")
    item.setForeground(QColor(colour))
    return item


def _bold(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    font = item.font()
    font.setBold(True)
    item.setFont(font)
    return item


def _colour(mm: float) -> str | None:
    return next((colour for limit, colour in ERROR_COLOURS if mm <= limit), None) if np.isfinite(mm) else None


def _size_columns(table: QTableWidget) -> None:
    """Leave the landmarks' names the room: long run names are cut, their cells and colours tell them."""
    header = table.horizontalHeader()
    header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    header.setMinimumSectionSize(40)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    n_runs = table.columnCount() - 1
    header.setDefaultSectionSize(46 if n_runs >= _TOO_MANY else max(56, 280 // (1 + n_runs)))
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def _quiet(table: QTableWidget) -> None:
    table.verticalHeader().hide()
    table.setItemDelegate(InkDelegate(table))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.verticalHeader().setDefaultSectionSize(22)


def _name_rows(table: QTableWidget) -> None:
    """Let the heads of rows be names, which stay in sight while the figures beside them scroll."""
    header = table.verticalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    header.setMaximumWidth(_WIDEST_NAME)
    header.setSectionsClickable(False)
    header.show()
    table.setCornerButtonEnabled(False)
