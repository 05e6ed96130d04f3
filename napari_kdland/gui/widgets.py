"""Small widgets that several panels use."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPainter, QPixmap
from qtpy.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from napari_kdland.gui.tones import Tone, TonedLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qtpy.QtGui import QResizeEvent


_NAME_WIDTH = 118
_UNLIMITED = 16_777_215  # Qt's QWIDGETSIZE_MAX


class Section(QWidget):
    """A title that folds what is below it away; folded, it takes no more room than its title.

    Attributes
    ----------
    opened
        Emitted with whether it is open when it is folded or unfolded.
    """

    opened = Signal(bool)

    def __init__(self, title: str, content: QWidget, *, is_open: bool = True) -> None:
        super().__init__()
        self._title = title
        self._content = content
        self._is_open = is_open
        self._button = QPushButton()
        self._button.setFlat(True)
        self._button.setStyleSheet("text-align: left; font-weight: bold; padding: 3px; border: none;")
        self._button.clicked.connect(lambda _checked=False: self.set_open(not self._is_open))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._button)
        layout.addWidget(content, 1)
        self.set_open(is_open)

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Unfold or fold away."""
        has_changed, self._is_open = is_open != self._is_open, is_open
        self._button.setText(f"{'▾' if is_open else '▸'}  {self._title}")
        self._button.setToolTip(f"{'Fold away' if is_open else 'Unfold'}: {self._title}")
        self._content.setVisible(is_open)
        self.setMaximumHeight(_UNLIMITED if is_open else self._button.sizeHint().height() + 2)
        if has_changed:
            self.opened.emit(is_open)


def swatch(colour: str | None) -> QIcon:
    """Give a small square in a colour, with a rim that is seen on any ground; nothing where there is no colour."""
    if colour is None:
        return QIcon()
    square = QPixmap(12, 12)
    square.fill(QColor("#808080"))
    painter = QPainter(square)
    painter.fillRect(1, 1, 10, 10, QColor(colour))
    painter.end()
    return QIcon(square)


def in_colour(text: str, colour: str | None) -> str:
    """Put a dot in a colour before a text, as rich text; without a colour the text stays as it is."""
    return text if colour is None else f"<span style='color:{colour}'>●</span> {html.escape(text)}"


def button(text: str, action: Callable[[], Any], tooltip: str, *, keeps_focus: bool = False) -> QPushButton:
    """Make a push button; one that keeps the focus leaves it, and so the keys, to the image."""
    made = QPushButton(text)
    made.setToolTip(tooltip)
    made.clicked.connect(lambda _checked=False: action())
    if keeps_focus:
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made


def menu_button(title: str, entries: Sequence[tuple[str, Callable[[], Any]]], tooltip: str) -> QPushButton:
    """Make a button that opens a menu of (text, action)."""
    made = QPushButton(title)
    made.setToolTip(tooltip)
    menu = QMenu(made)
    for text, action in entries:
        menu.addAction(text).triggered.connect(lambda _checked=False, action=action: action())
    made.setMenu(menu)
    return made


def row(*widgets: QWidget, stretch: int | None = None) -> QHBoxLayout:
    """Put widgets side by side; the one at position `stretch` takes what is left."""
    layout = QHBoxLayout()
    layout.setSpacing(4)
    for index, widget in enumerate(widgets):
        layout.addWidget(widget, 1 if index == stretch else 0)
    if stretch is None:
        layout.addStretch(1)
    return layout


def vertical(*widgets: QWidget) -> QSplitter:
    """Put widgets one below the other, with handles between them."""
    splitter = QSplitter(Qt.Orientation.Vertical)
    splitter.setChildrenCollapsible(False)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter


def words(text: str = "", tone: Tone = Tone.PLAIN, *, is_small: bool = False) -> TonedLabel:
    """Make a label that wraps and can be copied from; a small one is faint."""
    label = TonedLabel(text, Tone.FAINT if is_small else tone, sheet="font-size: 11px;" if is_small else "")
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label


def heading(text: str) -> QLabel:
    """Make the title of a part of a panel."""
    label = QLabel(text)
    label.setStyleSheet("font-weight: bold; padding-top: 4px;")
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label


class Fitting(QWidget):
    """Asks for no more height than its content takes at the width that it has.

    Qt reckons the least height of text that wraps at a narrow width, so that a splitter would give it far too much.
    """

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        hint = super().minimumSizeHint()
        if self.width() >= hint.width() and self.layout().hasHeightForWidth():
            hint.setHeight(min(hint.height(), self.layout().minimumHeightForWidth(self.width())))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()


class _Holder(QWidget):
    """Gives a panel the width that there is, and at least the height without which it cannot be.

    A scroll area would give its preferred height to a panel with text that wraps, and scroll where nothing needs it.
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        content.setParent(self)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(1, self._content.minimumSizeHint().height())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self._content.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._content.setGeometry(self.rect())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().event(event))


def scrolling_panel(panel: QWidget) -> QScrollArea:
    """Let a whole panel scroll up and down where the window is too low for it."""
    return scrolling(_Holder(panel))


def scrolling(content: QWidget) -> QScrollArea:
    """Let a panel scroll up and down where the window is low, never sideways."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def form_of(holder: QWidget) -> QFormLayout:
    """Give a widget rows of a name and a field; forms one below the other stand in line."""
    form = QFormLayout(holder)
    form.setContentsMargins(0, 0, 0, 0)
    form.setVerticalSpacing(4)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return form


def label(text: str, tooltip: str = "") -> QLabel:
    """Make the name of a field."""
    made = QLabel(text)
    made.setToolTip(tooltip)
    made.setMinimumWidth(_NAME_WIDTH)
    return made
