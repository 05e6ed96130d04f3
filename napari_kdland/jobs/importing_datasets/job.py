"""Import a data set: case by case, each whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.errors import AnnotationError, ImageError, UsageError
from napari_kdland.events import Advanced, Job, Started, Warned
from napari_kdland.jobs.importing import Skipped
from napari_kdland.jobs.importing_datasets.layouts import LAYOUTS
from napari_kdland.jobs.importing_datasets.splitting import CaseSplits
from napari_kdland.menus import choose
from napari_kdland.project import DuplicateImage, FrozenTest, PartedPatient, Project

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.jobs.importing_datasets.base import Case, DatasetOrder, Layout


@dataclass(frozen=True)
class DatasetResult:
    """What an import of a data set did.

    Parameters
    ----------
    images
        Names of the images that are in the project now.
    n_cases
        How many cases they are of.
    n_labelled
        How many of them have labels.
    skipped
        Cases that were left out, and why.
    """

    images: tuple[str, ...] = ()
    n_cases: int = 0
    n_labelled: int = 0
    skipped: tuple[Skipped, ...] = ()


def import_dataset(
    project_path: Path, layout: str, order: DatasetOrder, *, splits: CaseSplits | None = None
) -> Job[DatasetResult]:
    """Import a data set that lies in its makers' folders.

    A case that cannot be read is left out, whole, and listed with its reason; the job goes on. Closing the job early
    keeps the cases that are in by then, and importing again goes on from there.

    Parameters
    ----------
    project_path
        A project whose scheme has regions or landmarks of the data set.
    layout
        Name of a layout of the menu `LAYOUTS`.
    order
        What is to be imported, and how.
    splits
        Which case goes where; by default 15 % of the cases to val and 25 % to test, drawn with seed 0.

    Raises
    ------
    UsageError
        If there is no such layout, no such folder, no case in it, or the order does not fit the layout.
    SchemeError
        If the project's scheme has nothing that the data set labels.
    AnnotationError
        If the split file cannot be read.
    ProjectError
        If the project or the folder for slices cannot be written any more.
    """
    chosen: Layout = choose(LAYOUTS, layout, what="data set layout").resolve()
    if not order.folder.is_dir():
        raise UsageError(f"There is no folder {order.folder}. Give the folder that the data set was unpacked into.")
    with Project.open(project_path, announce=False) as project:
        chosen.check(project.scheme, order)
        cases = _found(chosen, order)
        split_of = (splits or CaseSplits()).of([case.name for case in cases])
        cases = [case for case in cases if case.name in split_of]
        yield Started(f"Importing {chosen.title}", len(cases))
        images: list[str] = []
        skipped: list[Skipped] = []
        n_labelled = 0
        done_by_name: set[str] = set()
        for done, case in enumerate(cases, start=1):
            try:
                _refuse_namesake(case, done_by_name)
                taken = chosen.take(project, case, order, split_of[case.name])
            except (ImageError, AnnotationError, DuplicateImage, FrozenTest, PartedPatient) as error:
                skipped.append(Skipped(case.folder, str(error)))
            else:
                done_by_name.add(case.name)
                images.extend(taken.images)
                n_labelled += taken.n_labelled
            yield Advanced(done, case.name)
    if skipped:
        yield Warned(f"{len(skipped)} of {len(cases)} cases were left out; the first: {skipped[0].reason}")
    return DatasetResult(tuple(images), len(done_by_name), n_labelled, tuple(skipped))


def _found(layout: Layout, order: DatasetOrder) -> list[Case]:
    cases = layout.find(order)
    if not cases:
        raise UsageError(
            f"Found no case of {layout.title} below {order.folder}. Give the folder that the data set was unpacked "
            "into, with its files named as they came."
        )
    return cases


def _refuse_namesake(case: Case, done: set[str]) -> None:
    if case.name in done:
        raise AnnotationError(f"{case.name} comes twice, again in {case.folder}. Keep one of the two.")
