"""The form of a recipe: a widget at every leaf of its model, tooltips from the model's own descriptions."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from napari_kdland.errors import KdlandError, RecipeError
from napari_kdland.gui.fields import field_for
from napari_kdland.gui.leaves import Leaf, is_idle, leaves, with_values
from napari_kdland.gui.widgets import Section, form_of, label

if TYPE_CHECKING:
    from napari_kdland.recipes import Recipe

_Path = tuple[str | int, ...]
# What is asked first, in words that need no part around them.
_FIRST: dict[_Path, str] = {
    ("student", "backbone"): "Backbone",
    ("training", "steps"): "Steps",
    ("input", "size"): "Input size (px)",
    ("heads", "landmarks"): "Learn landmarks",
    ("heads", "regions"): "Learn regions",
}


class RecipeForm(QWidget):
    """Shows a recipe's values and gives the recipe with what the user made of them.

    Attributes
    ----------
    first
        The values that matter most, to be put where they are seen; the form itself holds the others, folded by part.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: Recipe | None = None
        self._widgets: dict[_Path, Any] = {}
        self._start: dict[_Path, Any] = {}
        self._sections: dict[str, tuple[Section, _Path]] = {}
        self.first = QWidget(self)
        self._first_form = form_of(self.first)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.first)

    def set_recipe(self, recipe: Recipe) -> None:
        """Show another recipe."""
        self._clear()
        self._recipe = recipe
        forms: dict[str, QFormLayout] = {}
        found = {leaf.path: leaf for leaf in leaves(recipe)}
        for path, title in _FIRST.items():
            self._add(found.pop(path), self._first_form, title)
        for leaf in found.values():
            if leaf.group not in forms:
                forms[leaf.group] = self._add_section(leaf, recipe)
            self._add(leaf, forms[leaf.group], leaf.title)
        self._on_change()

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
        """Give the widget of one leaf, magicgui's or of its kind."""
        return self._widgets[path]

    def section(self, title: str) -> Section:
        """Give the part of the form with this title."""
        return self._sections[title][0]

    def _add(self, leaf: Leaf, form: QFormLayout, title: str) -> None:
        widget = field_for(leaf)
        self._widgets[leaf.path] = widget
        self._start[leaf.path] = widget.value
        widget.changed.connect(self._on_change)
        form.addRow(label(title, leaf.tooltip), widget.native)

    def _add_section(self, leaf: Leaf, recipe: Recipe) -> QFormLayout:
        content = QWidget()
        form = form_of(content)
        form.setContentsMargins(16, 0, 0, 6)
        is_term = leaf.path[0] == "terms" and len(leaf.path) == 3
        loss = f": {recipe.terms[int(leaf.path[1])].loss}" if is_term else ""
        section = Section(leaf.group + loss, content, is_open=False)
        section.setToolTip(leaf.part)
        self.layout().addWidget(section)
        self._sections[leaf.group] = (section, leaf.path)
        return form

    def _clear(self) -> None:
        for widget in self._widgets.values():
            widget.changed.disconnect()
        self._widgets.clear()
        self._start.clear()
        while self._first_form.rowCount():
            self._first_form.removeRow(0)
        for section, _ in self._sections.values():
            self.layout().removeWidget(section)
            section.hide()
            section.deleteLater()
        self._sections.clear()

    def _on_change(self, _value: Any = None) -> None:
        try:
            recipe = self.recipe()
        except KdlandError:  # shown where the recipe is asked for
            pass
        else:
            for section, path in self._sections.values():
                section.setVisible(not is_idle(path, recipe))
        self.changed.emit()
