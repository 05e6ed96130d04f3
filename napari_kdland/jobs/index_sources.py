"""Indices that were measured elsewhere, to hold the runs' own against: INDEX=FILE.csv:COLUMN."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from napari_kdland.anatomy import measures_of
from napari_kdland.errors import UsageError
from napari_kdland.project import Project
from napari_kdland.project.exchange import read_values_csv

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class IndexSource:
    """Where values of an index of the scheme stand: a column of a table that names images in its column ``image``."""

    index: str
    path: Path
    column: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take ``INDEX=FILE.csv:COLUMN`` apart.

        Raises
        ------
        UsageError
            If a part is missing.
        """
        index, _, place = text.partition("=")
        path, _, column = place.rpartition(":")
        if not (index.strip() and path and column.strip()):
            raise UsageError(f"{text!r} is not INDEX=FILE.csv:COLUMN, such as cardiothoracic_ratio=images.csv:ctr.")
        return cls(index.strip(), Path(path), column.strip())

    @property
    def without_folder(self) -> str:
        """As it is typed beside the file."""
        return f"{self.index}={self.path.name}:{self.column}"


def read_index_sources(project_path: Path, sources: Sequence[IndexSource]) -> dict[str, dict[str, float]]:
    """Give the values by image, by index.

    Raises
    ------
    UsageError
        If the scheme has no such index, or one is given twice.
    AnnotationError
        If a table cannot be read or does not fit the project.
    """
    if not sources:
        return {}
    found: dict[str, dict[str, float]] = {}
    with Project.open(project_path, announce=False) as project:
        known = [one.name for one in measures_of(project.scheme).indices]
        for source in sources:
            if source.index not in known:
                there_are = f"It has {', '.join(known)}." if known else "It has none."
                raise UsageError(f"The scheme {project.scheme.name} has no index {source.index!r}. {there_are}")
            if source.index in found:
                raise UsageError(f"{source.index} is given twice. Give one table for each index.")
            found[source.index] = read_values_csv(source.path, source.column, project.records)
    return found
