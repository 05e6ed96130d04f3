"""The form of a recipe: a magicgui widget at every leaf of its model, tooltips from the model's own descriptions."""

# mypy: allow-subclassing-any
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, create_widget
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from napari_kdland.errors import RecipeError
from napari_kdland.gui.leaves import Leaf, leaves, with_values
from napari_kdland.gui.widgets import Section

if TYPE_CHECKING:
    from napari_kdland.recipes import Recipe

_OPEN = ("Student", "Training")
_LARGEST = 1_000_000_000


class RecipeForm(QWidget):
    """Shows a recipe's values and gives the recipe with what the user made of them."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: Recipe | None = None
        self._widgets: dict[tuple[str | int, ...], Any] = {}
        self._start: dict[tuple[str | int, ...], Any] = {}
        self._groups: list[QWidget] = []
        self._about = QLabel()
        self._about.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._about)

    def set_recipe(self, recipe: Recipe) -> None:
        """Show another recipe."""
        self._clear()
        self._recipe = recipe
        self._about.setText(_about(recipe))
        self._about.setToolTip("\n".join(f"{cited.paper}\n{cited.equation}" for cited in recipe.cites))
        forms: dict[str, QFormLayout] = {}
        for leaf in leaves(recipe):
            if leaf.group not in forms:
                forms[leaf.group] = self._add_group(leaf.group)
            widget = _widget_for(leaf)
            widget.changed.connect(self._on_change)
            self._widgets[leaf.path] = widget
            self._start[leaf.path] = widget.value
            forms[leaf.group].addRow(_label(leaf), widget.native)
        self.changed.emit()

    def recipe(self) -> Recipe:
        """Give the recipe as the form has it.

        Raises
        ------
        RecipeError
            If the values do not go together; the message names the key.
        """
        if self._recipe is None:
            raise RecipeError("No recipe is chosen. Choose one in the Train panel.")
        touched = {path: w.value for path, w in self._widgets.items() if w.value != self._start[path]}
        return with_values(self._recipe, touched)

    def widget_at(self, *path: str | int) -> Any:
        """Give the magicgui widget of one leaf."""
        return self._widgets[path]

    def _add_group(self, title: str) -> QFormLayout:
        content = QWidget()
        form = QFormLayout(content)
        form.setContentsMargins(16, 0, 0, 4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        box = Section(title, content, is_open=title in _OPEN)
        self.layout().addWidget(box)
        self._groups.append(box)
        return form

    def _clear(self) -> None:
        for widget in self._widgets.values():
            widget.changed.disconnect()
        self._widgets.clear()
        self._start.clear()
        for group in self._groups:
            self.layout().removeWidget(group)
            group.hide()
            group.deleteLater()
        self._groups.clear()

    def _on_change(self, _value: Any) -> None:
        self.changed.emit()


def _about(recipe: Recipe) -> str:
    cited = "; ".join(f"{each.paper}, {each.equation}" for each in recipe.cites)
    departs = f"<br><i>Departs:</i> {recipe.departs}" if recipe.departs else ""
    return f"{recipe.summary}<br><small><i>Follows:</i> {cited}{departs}</small>"


def _label(leaf: Leaf) -> QLabel:
    label = QLabel(leaf.title)
    label.setToolTip(leaf.tooltip)
    return label


def _widget_for(leaf: Leaf) -> Any:
    if leaf.choices:
        known = [value for value, _ in leaf.choices]
        choices = known if leaf.value in known else [*known, leaf.value]
        summaries = "\n".join(f"{value}: {words}" for value, words in leaf.choices if words != value)
        return ComboBox(value=leaf.value, choices=choices, tooltip=summaries or leaf.tooltip)
    options: dict[str, Any] = {"tooltip": leaf.tooltip}
    if leaf.kind in (int, float):
        options |= _range(leaf)
    return create_widget(value=leaf.value, annotation=leaf.kind, options=options)


def _range(leaf: Leaf) -> dict[str, float]:
    """Give least, largest and step; open ends are checked by the model, not by the widget."""
    cast = leaf.kind
    least = leaf.limits.get("ge", leaf.limits.get("gt", -_LARGEST))
    largest = leaf.limits.get("le", leaf.limits.get("lt", _LARGEST))
    step = leaf.limits.get("multiple_of", 1) if cast is int else _step(leaf.value)
    return {"min": cast(least), "max": cast(largest), "step": step}


def _step(value: float) -> float:
    """Give a tenth of the value's decimal place: 0.002 goes in steps of 0.0001."""
    if value == 0:
        return 0.1
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 1))
