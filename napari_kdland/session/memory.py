"""Where the session keeps what it recalls of each project when it is opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


class Memory(Protocol[T]):
    """Where something is kept by project folder."""

    def recall(self, project: Path) -> T | None:
        """Give what was kept of a project last; `None` where that is not known."""

    def keep(self, project: Path, value: T) -> None:
        """Keep what holds of a project now."""


class ShortMemory(Generic[T]):
    """A memory that ends with the program."""

    def __init__(self) -> None:
        self._kept: dict[Path, T] = {}

    def recall(self, project: Path) -> T | None:
        """Give what was kept of a project last; `None` where that is not known."""
        return self._kept.get(project)

    def keep(self, project: Path, value: T) -> None:
        """Keep what holds of a project now."""
        self._kept[project] = value
