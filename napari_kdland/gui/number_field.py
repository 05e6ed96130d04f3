"""The field of a number: what is typed is left alone while it is typed, and keeps its digits."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal
from qtpy.QtCore import QLocale
from qtpy.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

if TYPE_CHECKING:
    from qtpy.QtGui import QValidator

_DECIMALS = 10


class NumberField:
    """Asks for a number within limits.

    magicgui's own field for whole numbers forces every keystroke into the limits, so that in a field from 64 on the 1
    of 128 becomes 64; and its field for fractions takes no more digits than its step has.

    Parameters
    ----------
    value
        Shown first; its type decides whether fractions can be typed.
    least, largest, step
        What the field gives, and how far an arrow goes.
    tooltip
        Shown when the mouse rests on it.

    Attributes
    ----------
    native
        Qt's widget.
    changed
        Emits the new value.
    """

    changed = Signal(object)

    def __init__(self, value: float, *, least: float, largest: float, step: float, tooltip: str = "") -> None:
        self.native: QSpinBox | QDoubleSpinBox = QSpinBox() if isinstance(value, int) else _Fraction()
        cast = type(value)
        self.native.setRange(cast(least), cast(largest))
        self.native.setSingleStep(cast(step))
        self.native.setCorrectionMode(QAbstractSpinBox.CorrectionMode.CorrectToNearestValue)
        self.native.setToolTip(tooltip)
        self.native.setValue(value)
        self.native.valueChanged.connect(self.changed.emit)

    @property
    def value(self) -> float:
        """The number; a whole one where the first was."""
        return self.native.value()  # type: ignore[no-any-return]  # Qt ships no type information

    @value.setter
    def value(self, value: float) -> None:
        self.native.setValue(value)

    @property
    def tooltip(self) -> str:
        """What is shown when the mouse rests on it."""
        return str(self.native.toolTip())


class _Fraction(QDoubleSpinBox):
    """Shows no more digits than a number has, with a point as in recipes; a comma is read as one."""

    def __init__(self) -> None:
        super().__init__()
        self.setLocale(QLocale.c())
        self.setDecimals(_DECIMALS)

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        whole, point, digits = f"{value:.{_DECIMALS}f}".partition(".")
        return whole + (point + digits).rstrip("0").rstrip(".")

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return super().validate(text.replace(",", "."), position)  # type: ignore[no-any-return]  # as above
