"""Choosing a recipe: a list with a title and a line on each, and below it what the chosen one follows."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtGui import QFont
from qtpy.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyledItemDelegate

from napari_kdland.recipes import load_recipe, ready_made_recipes

if TYPE_CHECKING:
    from napari_kdland.recipes import Recipe

_RECIPE = Qt.ItemDataRole.UserRole + 1
_WIDTH, _HEIGHT, _SHOWN = 620, 40, 14
_FIRST = "supervised"
_SOURCES = ("none", "frozen", "ensemble", "dropout", "views", "average", "self", "peer", "levels")
_YEAR = re.compile(r"^(.*?\b(?:19|20)\d\d)\b")


class RecipeChooser(QComboBox):
    """Lists the ready-made recipes, the plain one first, and files that the user brings; its data are their names."""

    def __init__(self) -> None:
        super().__init__()
        self.setToolTip("Recipe: how the network is trained")
        self.setItemDelegate(_Painter(self))
        self.setMaxVisibleItems(_SHOWN)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(12)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.view().setMinimumWidth(_WIDTH)
        names = ready_made_recipes()
        for name in sorted(names, key=lambda name: (name != _FIRST, _rank(load_recipe(name)), name)):
            self._add(name)
        self.choose(_FIRST)

    def choose(self, name: str) -> None:
        """Choose a ready-made recipe by name, or a file by its path.

        Raises
        ------
        RecipeError
            If there is no such recipe, or it cannot be used; nothing is chosen then.
        """
        if self.findData(name) < 0:
            self._add(name)
        self.setCurrentIndex(self.findData(name))

    def wheelEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the panel: another recipe would undo what was set."""
        event.ignore()

    def _add(self, name: str) -> None:
        recipe = load_recipe(name)
        self.addItem(recipe.title, name)
        place = self.count() - 1
        self.setItemData(place, recipe, _RECIPE)
        self.setItemData(place, f"{Path(name).name}: {recipe.summary}", Qt.ItemDataRole.ToolTipRole)


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: Any, index: Any) -> QSize:  # noqa: N802, ARG002 - Qt's name and signature
        return QSize(_WIDTH, _HEIGHT)

    def paint(self, painter: Any, option: Any, index: Any) -> None:
        recipe: Recipe = index.data(_RECIPE)
        painter.save()
        is_chosen = option.state & QStyle.StateFlag.State_Selected
        if is_chosen:
            painter.fillRect(option.rect, option.palette.highlight())
        rect = option.rect.adjusted(8, 3, -10, -3)
        half = rect.height() // 2
        upper, lower = QRect(rect.left(), rect.top(), rect.width(), half), rect.adjusted(0, half, 0, 0)
        text = option.palette.highlightedText().color() if is_chosen else option.palette.text().color()
        painter.setPen(text)
        painter.setFont(_bold(option.font))
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, recipe.title)
        used = painter.fontMetrics().horizontalAdvance(recipe.title)
        painter.setFont(option.font)
        side = teachers_in_words(recipe)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, side)
        room = upper.width() - used - painter.fontMetrics().horizontalAdvance(side) - 24
        text.setAlpha(170)
        painter.setPen(text)
        where = QRect(upper.left() + used + 12, upper.top(), max(0, room), upper.height())
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, _elided(painter, cited_in_short(recipe), room))
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, _elided(painter, recipe.summary, lower.width()))
        painter.restore()


def teachers_in_words(recipe: Recipe) -> str:
    """Say who teaches, in two or three words."""
    if recipe.teacher.count:
        return "1 teacher run" if recipe.teacher.count == 1 else f"{recipe.teacher.count} teacher runs"
    begun = "begins with a run" if recipe.student.start == "trained" else "no teacher"
    words = {"average": "its own average", "self": "itself", "peer": "a second student", "levels": "its own levels"}
    return {"none": begun, **words}.get(recipe.teacher.source, recipe.teacher.source)


def cited_in_short(recipe: Recipe) -> str:
    """Give authors and years of what a recipe follows."""
    short = (_YEAR.match(cited.paper) for cited in recipe.cites)
    return "; ".join(found.group(1) if found else cited.paper for found, cited in zip(short, recipe.cites, strict=True))


def told(recipe: Recipe) -> str:
    """Tell what a recipe does and what it follows, as rich text."""
    lines = [html.escape(recipe.summary), f"<i>Follows:</i> {html.escape(cited_in_short(recipe))}"]
    return "<br>".join(lines)


def told_at_length(recipe: Recipe) -> str:
    """Tell what a recipe follows, where it departs from it, and how it is trained without a window; rich text."""
    cited = [f"{html.escape(each.paper)}: {html.escape(each.equation)}." for each in recipe.cites]
    departs = [f"<i>Departs:</i> {html.escape(recipe.departs)}"] if recipe.departs else []
    runs = " --teacher RUN" * recipe.teacher.count + (" --start RUN" if recipe.student.start == "trained" else "")
    command = html.escape(f"kdland train PROJECT --recipe {recipe.name}{runs}")
    return "<br>".join([*cited, *departs, f"<i>Without a window:</i> <code>{command}</code>"])


def _rank(recipe: Recipe) -> tuple[int, int]:
    """Put what learns landmarks before what does not, and those with the same kind of teacher together."""
    return int(not recipe.heads.landmarks), _SOURCES.index(recipe.teacher.source)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold


def _elided(painter: Any, text: str, width: int) -> str:
    elided: str = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, width))
    return elided
