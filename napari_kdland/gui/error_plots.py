"""Box and scatter plots of the measured runs: a point an image, and a click on it opens the image there."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QLabel, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from napari_kdland.evaluation.found_by import in_one_line
from napari_kdland.gui.plot_points import Cloud, Figure, axis_titles, clouds_of
from napari_kdland.gui.symbols import SYMBOLS
from napari_kdland.gui.tones import Themed, Tone, ink_axes
from napari_kdland.gui.widgets import row, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.anatomy import Scheme
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.gui.plot_points import Measured

_FILL = "70"  # of 255, behind the points
_POINT = 7
# More titles than these run into each other; then the landmarks' numbers stand below.
_TITLES = 3


class ErrorPlots(Themed):
    """Plots what was measured, and says which image was clicked.

    Attributes
    ----------
    clicked
        Emits the `Case` of the point that was clicked.
    """

    clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._measured: Mapping[str, Measured] = {}
        self._styles: Mapping[str, Style] = {}
        self._titles: dict[str, str] = {}
        self.figure = QComboBox()
        self.figure.addItems([figure.value for figure in Figure])
        self.figure.setToolTip(
            "Error in mm or px, uncertainty as one standard deviation in px, their ratio (1 where it is what it says), "
            "or one against the other"
        )
        self.landmarks = QPushButton()
        self.landmarks.setToolTip("Which landmarks are plotted")
        self._menu = QMenu(self.landmarks)
        self.landmarks.setMenu(self._menu)
        self.plot = pyqtgraph.PlotWidget()
        self._clouds: list[Any] = []
        self._build()
        self.figure.currentIndexChanged.connect(self._draw)

    def show_measured(
        self, measured: Mapping[str, Measured], styles: Mapping[str, Style], scheme: Scheme | None
    ) -> None:
        """Plot runs; none of them empties the plot."""
        self._measured = {run: each for run, each in measured.items() if run in styles and each.evaluation.names}
        self._styles = styles
        names = [name for each in self._measured.values() for name in each.evaluation.names]
        titles = {} if scheme is None else {name: scheme.title_of(name) for name in dict.fromkeys(names)}
        if titles != self._titles:
            self._titles = titles
            self._offer()
        self._pages.setCurrentIndex(1 if self._measured else 0)
        self._draw()

    def follow_theme(self) -> None:
        """Draw the axes in the colour of the text."""
        ink_axes(self.plot, self)

    def wanted(self) -> list[str]:
        """Give the landmarks that are plotted."""
        ticked = [action.data() for action in self._menu.actions() if action.data() and action.isChecked()]
        return ticked or list(self._titles)

    def choose(self, landmark: str | None) -> None:
        """Plot one landmark alone, or all."""
        for action in self._menu.actions():
            if action.data():
                action.setChecked(action.data() == landmark)
        self._draw()

    def points(self) -> list[Any]:
        """Give all points that can be clicked."""
        return [point for cloud in self._clouds for point in cloud.points()]

    def _build(self) -> None:
        self.plot.setBackground(None)
        self.plot.setMenuEnabled(False)
        self.plot.showGrid(x=False, y=True, alpha=0.25)
        self.plot.getAxis("left").enableAutoSIPrefix(False)
        self.plot.getAxis("left").setWidth(48)
        self.plot.setMinimumSize(120, 140)
        page = QWidget()
        inner = QVBoxLayout(page)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(row(QLabel("Plot"), self.figure, self.landmarks, stretch=1))
        inner.addWidget(self.plot, 1)
        inner.addWidget(words("A point is an image. Click one to see it at that landmark.", is_small=True))
        self.found_by, self.problem = words(is_small=True), words(is_small=True, tone=Tone.NOTE)
        self.found_by.setToolTip(
            "How the standard deviations that are kept with the predictions were found: by the heatmaps, or as the "
            "Predict panel or kdland predict --uncertainty was asked"
        )
        inner.addWidget(self.found_by)
        inner.addWidget(self.problem)
        empty = QWidget()
        QVBoxLayout(empty).addWidget(
            words("Measure the ticked runs under All images; then each image is a point here.")
        )
        empty.layout().addStretch(1)
        self._pages = QStackedWidget()
        self._pages.addWidget(empty)
        self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _offer(self) -> None:
        self._menu.clear()
        self._menu.addAction("All landmarks").triggered.connect(lambda _checked=False: self.choose(None))
        self._menu.addSeparator()
        for number, (name, title) in enumerate(self._titles.items(), start=1):
            action = self._menu.addAction(f"{number}  {title}")
            action.setData(name)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False: self._draw())

    def _draw(self, *_: object) -> None:
        self.plot.clear()
        self._clouds = []
        wanted = self.wanted()
        is_all = len(wanted) == len(self._titles)
        self.landmarks.setText(
            "All landmarks"
            if is_all
            else ", ".join(self._titles[name] for name in wanted[:1]) + (" ..." if len(wanted) > 1 else "")
        )
        if not self._measured:
            return
        figure = Figure(self.figure.currentText())
        self._tell_ways(figure)
        for cloud in clouds_of(self._measured, wanted, figure):
            self._add(cloud)
        along, up = axis_titles(self._measured, figure)
        self.plot.setLabel("bottom", along)
        self.plot.setLabel("left", up)
        self.plot.getAxis("bottom").setTicks(None if figure is Figure.AGAINST else [self._ticks(wanted)])
        self.plot.enableAutoRange()

    def _tell_ways(self, figure: Figure) -> None:
        """Say how the uncertainties on the plot were found, and of which runs they are not of one kind."""
        found = {} if figure is Figure.ERROR else {run: each.found_by for run, each in self._measured.items()}
        said = in_one_line(found)
        self.found_by.setText(f"Uncertainty of {said}." if said else "")
        self.problem.setText("\n".join(filter(None, (ways.problem(run) for run, ways in found.items()))))
        for line in (self.found_by, self.problem):
            line.setVisible(bool(line.text()))

    def _ticks(self, wanted: list[str]) -> list[tuple[float, str]]:
        numbers = {name: str(number) for number, name in enumerate(self._titles, start=1)}
        texts = self._titles if len(wanted) <= _TITLES else numbers
        return [(float(place), texts[name]) for place, name in enumerate(wanted)]

    def _add(self, cloud: Cloud) -> None:
        style = self._styles[cloud.run]
        if cloud.boxes:
            self.plot.addItem(
                pyqtgraph.BoxplotItem(
                    loc=[place for place, _ in cloud.boxes],
                    data=[values for _, values in cloud.boxes],
                    width=cloud.width * 0.9,
                    pen=pyqtgraph.mkPen(style.colour, width=1),
                    brush=pyqtgraph.mkBrush(f"{style.colour}{_FILL}"),
                    medianPen=pyqtgraph.mkPen(style.colour, width=3),
                    outlier=False,
                )
            )
        points = pyqtgraph.ScatterPlotItem(
            x=cloud.x,
            y=cloud.y,
            data=[(cloud.run, case) for case in cloud.cases],
            symbol=SYMBOLS[style.symbol],
            size=_POINT,
            brush=style.colour,
            pen=pyqtgraph.mkPen("#00000080"),
            hoverable=True,
            hoverSize=_POINT + 4,
            tip=self._tip,
        )
        points.sigClicked.connect(self._on_click)
        self.plot.addItem(points)
        self._clouds.append(points)

    def _tip(self, x: float, y: float, data: Any) -> str:  # noqa: ARG002 - pyqtgraph's own signature
        run, case = data
        return f"{case.image}\n{self._titles[case.landmark]}\n{run}: {y:.1f}"

    def _on_click(self, _plot: Any, points: Any, *_: object) -> None:
        if len(points):
            self.clicked.emit(points[0].data()[1])
