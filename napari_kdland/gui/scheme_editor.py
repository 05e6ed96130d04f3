"""The scheme editor: add, retitle, reorder, pair, colour, describe and remove landmarks and regions."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QDialog, QDialogButtonBox, QMenu, QMessageBox, QPushButton, QTabWidget, QVBoxLayout, QWidget

from napari_kdland.anatomy.measures import matching
from napari_kdland.anatomy.scheme import measures_of
from napari_kdland.anatomy.scheme_editing import Line, lines_of
from napari_kdland.errors import KdlandError
from napari_kdland.gui.lines_table import LinesTable
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import button, menu_button, row, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from napari_kdland.anatomy.scheme_editing import Entry
    from napari_kdland.gui.desk import Desk


def edit_scheme(desk: Desk, parent: QWidget | None = None) -> None:
    """Let the user change the open project's scheme."""
    if desk.session.project is None:
        desk.refuse("No project is open. Open one first.")
        return
    SchemeEditor(desk, parent).exec()


class SchemeEditor(QDialog):
    """Changes the open project's scheme.

    Parameters
    ----------
    desk
        Whose project it is.
    """

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = desk.session
        project = self._session.the_project()
        self.setWindowTitle(f"Scheme of {project.name}")
        self.resize(980, 560)
        landmarks, regions = lines_of(project.scheme)
        self._removed = project.scheme_changes.removed()
        self.landmarks, self.regions = LinesTable("landmark", landmarks), LinesTable("region", regions)
        self.tabs = QTabWidget()
        self.tabs.addTab(self._page(self.landmarks), "Landmarks")
        self.tabs.addTab(self._page(self.regions), "Regions")
        self.problem = words(tone=Tone.ERROR)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Change")
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setToolTip(
            "Change the scheme; what goes is asked about before"
        )
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Leave the scheme as it is")
        self.buttons.accepted.connect(self.change)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(
            words(
                "Titles, order, pairs and colours can be changed at any time. What is removed keeps what was said of "
                "it, and has it again when it is brought back. Runs trained before go on predicting until landmarks or "
                "regions are added or removed."
            )
        )
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)

    def change(self) -> None:
        """Make the changes, after asking where something is to be removed; a refusal is shown and nothing is lost."""
        gone = self._to_be_removed()
        if gone and not self._may_remove(gone):
            return
        try:
            self._session.scheme.change(self.landmarks.lines(), self.regions.lines())
        except KdlandError as error:
            self.problem.setText(str(error))
            return
        self.accept()

    def removed_lines(self, what: str) -> list[Line]:
        """Give the lines of landmarks, or regions, that can be brought back."""
        entries: Mapping[str, Entry] = self._removed.landmarks if what == "landmark" else self._removed.regions
        return [
            Line(name, entry.title or name.replace("_", " "), getattr(entry, "description", ""), entry.colour)
            for name, entry in entries.items()
        ]

    def _to_be_removed(self) -> list[str]:
        scheme = self._session.the_project().scheme
        kept = {line.name for line in self.landmarks.lines()}, {line.name for line in self.regions.lines()}
        landmarks = [scheme.title_of(name) for name in scheme.landmark_names if name not in kept[0]]
        return landmarks + [each.title or each.name for each in scheme.regions if each.name not in kept[1]]

    def _may_remove(self, titles: Sequence[str]) -> bool:
        answer = QMessageBox.question(
            self,
            "KDLand: remove",
            f"Remove {', '.join(titles)} from the scheme? What was said of them stays in the journal and comes back "
            "when they are added again. Runs that predict them can no longer be used in this project meanwhile.",
        )
        return bool(answer == QMessageBox.StandardButton.Yes)

    def _page(self, table: LinesTable) -> QWidget:
        page = QWidget()
        back = QPushButton("Bring back")
        back.setToolTip("Add what was removed, with everything that was said of it")
        back.setEnabled(bool(self.removed_lines(table.what)))
        menu = QMenu(back)
        for line in self.removed_lines(table.what):
            menu.addAction(line.title).triggered.connect(partial(self._bring_back, table, line))
        back.setMenu(menu)
        layout = QVBoxLayout(page)
        layout.addWidget(table, 1)
        layout.addLayout(
            row(
                button("Add", table.add, f"A new {table.what} at the end of the list"),
                button("Remove", table.remove, f"Take the chosen {table.what}s out; it is asked about before"),
                button("▲", partial(table.shift, -1), "Up: the order is that of keys and tables"),
                button("▼", partial(table.shift, 1), "Down"),
                menu_button(
                    "Colour", self._colours(table), f"Colour the chosen {table.what}s; Ctrl and Shift choose more"
                ),
                back,
            )
        )
        return page

    def _colours(self, table: LinesTable) -> list[tuple[str, Callable[[], None]]]:
        entries: list[tuple[str, Callable[[], None]]] = [
            ("Choose a colour…", table.ask_for_colour),
            ("Automatic", partial(table.colour, None)),
        ]
        scheme = self._session.the_project().scheme
        groups = measures_of(scheme).groups if table.what == "landmark" else ()
        for group in groups:
            names = matching(group.landmarks, scheme.landmark_names)
            entries.append((f"Choose all of {group.title or group.name}", partial(table.choose, names)))
        return entries

    def _bring_back(self, table: LinesTable, line: Line, _checked: bool = False) -> None:
        if line.name not in [each.name for each in table.lines()]:
            table.add(line)
