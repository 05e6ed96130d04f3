"""One line of somebody's annotation file, and the problems that such files have."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError, ProjectError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari_kdland.anatomy.scheme import Scheme

_SHOWN = 5


@dataclass(frozen=True)
class Row:
    """What a file says of one landmark, in the file's own words.

    Parameters
    ----------
    image
        Name of the image.
    landmark
        Name of the landmark.
    x, y
        To the right and down, in image pixels, pixel centres at whole numbers; `None` where there is no point.
    state
        One of the five landmark states; empty where the file does not say.
    reader
        Who says so; empty where the file does not say.
    size
        (height, width) of the image as the file has it, to be held against the project's.
    where
        Where in the file, for messages.
    """

    image: str
    landmark: str
    x: float | None
    y: float | None
    state: str = ""
    reader: str = ""
    size: tuple[int, int] | None = None
    where: str = ""


@dataclass(frozen=True)
class ExchangeFormat:
    """One format of annotation files: a dish of the menu.

    Parameters
    ----------
    suffix
        Ending of its files.
    read
        Gives what a file says; raises `AnnotationError` with the place where it is not of this format.
    write
        Writes a file, whole or not at all; raises `ProjectError` where it cannot be written.
    """

    suffix: str
    read: Callable[[Path], list[Row]]
    write: Callable[[Path, Sequence[Row], Scheme], None]


@dataclass
class Problems:
    """The problems of one file, gathered, so that they can be mended in one go."""

    path: Path
    found: list[str] = field(default_factory=list)

    def add(self, where: str, problem: str) -> None:
        """Note a problem and its place."""
        self.found.append(f"{where}: {problem}" if where else problem)

    def refuse_if_any(self) -> None:
        """Refuse the file if there is a problem.

        Raises
        ------
        AnnotationError
            Naming the first few and their number.
        """
        if not self.found:
            return
        count = len(self.found)
        head = f"{self.path.name} was not read, nothing is changed: "
        if count == 1:
            raise AnnotationError(f"{head}{self.found[0]}.")
        more = f"; and {count - _SHOWN} more" if count > _SHOWN else ""
        raise AnnotationError(f"{head}{count} problems. {'; '.join(self.found[:_SHOWN])}{more}.")


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    ProjectError
        If it cannot be written; what was there before is left as it was.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise ProjectError(f"Cannot write {path}: {error.strerror}. Choose another folder.") from error
