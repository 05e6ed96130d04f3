"""Reading blind: what others have said of the image, and what runs say, is not shown to the reader."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.evaluation.readers import person_of

if TYPE_CHECKING:
    from napari_kdland.session.session import Session

_NUMBER = re.compile(r"reading\s+(\d+)$", re.IGNORECASE)


class Blindness:
    """Whether the reader sees only the own word.

    Parameters
    ----------
    session
        Whose reader it is.

    Attributes
    ----------
    changed
        Emits when other words are shown.
    chosen
        Emits when the reader has said so, and not because the project closes.
    """

    changed = Signal()
    chosen = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self.is_on = False
        session.reader_changed.connect(self._on_reader)
        session.closing.connect(self._on_closing)

    @property
    def only(self) -> str | None:
        """Whose annotations are shown; `None` for all readers' together."""
        return self._session.reader if self.is_on else None

    def set(self, is_on: bool) -> None:
        """Read blind, or see again what all readers and runs say."""
        if is_on == self.is_on:
            return
        self.is_on = is_on
        self.changed.emit()
        self.chosen.emit()
        self._look_again()

    def resume(self) -> None:
        """Read blind from the first image on: none is on screen yet."""
        self.is_on = True
        self.changed.emit()

    def read_again(self) -> str:
        """Read blind under the name of a further reading; gives that name.

        Raises
        ------
        ProjectError
            If no project is open.
        """
        person = person_of(self._session.reader)
        there = [name for name in self._session.the_project().annotations.readers() if person_of(name) == person]
        numbers = [int(found.group(1)) if (found := _NUMBER.search(name)) else 1 for name in there]
        name = f"{person}, reading {max(numbers, default=0) + 1}" if numbers else person
        self._session.reader = name
        self.set(True)
        return name

    def _on_reader(self) -> None:
        if self.is_on:
            self._look_again()

    def _look_again(self) -> None:
        session = self._session
        session.reload_images()
        session.locking.refresh()
        if session.landmarks is not None:
            session.choose(session.placing.first(session.landmarks, session.current))

    def _on_closing(self) -> None:
        if self.is_on:
            self.is_on = False
            self.changed.emit()
