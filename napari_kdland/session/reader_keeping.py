"""Under which name each project was read last, and whether blind, so that the next opening goes on in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.evaluation.readers import person_of

if TYPE_CHECKING:
    from napari_kdland.session.memory import Memory
    from napari_kdland.session.session import Session


@dataclass(frozen=True)
class Reading:
    """Who reads, and whether blind."""

    reader: str
    is_blind: bool


class ReaderKeeper:
    """Reads each project on as it was read last: undo goes by the reader's name.

    Parameters
    ----------
    session
        Whose reader it is.
    memory
        Where readings are kept.

    Attributes
    ----------
    recalled
        Emits, in words, who reads a project that was opened, where that is not the name there was, or is blind.
    """

    recalled = Signal(str)

    def __init__(self, session: Session, memory: Memory[Reading]) -> None:
        self._session = session
        self._memory = memory
        session.project_changed.connect(self._on_project)
        session.reader_changed.connect(self._keep)
        session.blind.chosen.connect(self._keep)

    def others(self) -> list[str]:
        """Give everybody else who ever said anything in the open project, by name."""
        project = self._session.the_project()
        return sorted({*project.annotations.readers(), *project.masks.readers()} - {self._session.reader})

    def _on_project(self) -> None:
        """Take up the reading before the first image is shown, so that a blind reader never sees what is hidden."""
        session, project = self._session, self._session.project
        if project is None:
            return
        before, kept = session.reader, self._memory.recall(project.path)
        # A further reading is one of the project before; the person goes on here.
        session.reader = person_of(before) if kept is None else kept.reader
        if kept is not None and kept.is_blind:
            session.blind.resume()
        self._keep()
        if kept is not None and (kept.is_blind or kept.reader != before):
            self.recalled.emit(_in_words(kept))

    def _keep(self) -> None:
        session, project = self._session, self._session.project
        if project is not None:
            self._memory.keep(project.path, Reading(session.reader, session.blind.is_on))


def _in_words(reading: Reading) -> str:
    if reading.is_blind:
        return (
            f"You read blind as {reading.reader}, as you did last in this project. "
            "Readers > Read blind in the Annotate panel shows again what others say."
        )
    return f"You read as {reading.reader}, as you did last in this project."
