"""What a data set's layout is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_kdland.anatomy import Scheme
    from napari_kdland.project import Project


@dataclass(frozen=True)
class DatasetOrder:
    """What is to be imported, and how.

    Parameters
    ----------
    folder
        Where the data set lies, as its makers packed it.
    out
        Volumes: the folder that the slices are written to.
    window
        Volumes: (low, high) of the modality values, in place of the layout's own window.
    every_slice
        Volumes: take slices without the target too.
    landmarks
        JSRT: where the landmark files are; below `folder` where not given.
    reader
        Whom the labels belong to.
    """

    folder: Path
    out: Path | None = None
    window: tuple[float, float] | None = None
    every_slice: bool = False
    landmarks: Path | None = None
    reader: str = "import"


@dataclass(frozen=True)
class Case:
    """One patient of a data set: its name there, where it lies, and its files by what they are."""

    name: str
    folder: Path
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """The images of a case that are in the project now, by name, and how many of them have labels."""

    images: tuple[str, ...]
    n_labelled: int


class Layout(Protocol):
    """How one data set lies in its folders, and what becomes of a case."""

    @property
    def title(self) -> str:
        """The data set's name."""

    def check(self, scheme: Scheme, order: DatasetOrder) -> None:
        """Refuse what cannot work for any case, before anything is read.

        Raises
        ------
        SchemeError
            If the project's scheme has nothing that the data set labels.
        UsageError
            If the order asks for what the layout cannot do, or lacks what it needs.
        """

    def find(self, order: DatasetOrder) -> list[Case]:
        """List the cases in the folder, in order of their names; files that are missing are no matter here."""

    def take(self, project: Project, case: Case, order: DatasetOrder, split: str) -> Taken:
        """Bring one case into the project, whole or not at all; what is there already stays.

        Raises
        ------
        ImageError
            If an image is missing, unreadable, or does not fit the others.
        AnnotationError
            If the labels are not those of the data set.
        ProjectError
            If the project or the folder for slices cannot be written, or refuses an image.
        """
