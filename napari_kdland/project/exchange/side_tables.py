"""Tables beside the annotations: which image is in which split, and of which patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError
from napari_kdland.project.exchange.rows import Problems
from napari_kdland.project.exchange.tables import Line, read_table
from napari_kdland.project.splits import Assignment
from napari_kdland.project.tables import SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from napari_kdland.project.project import Project


def read_split_csv(project: Project, path: Path) -> dict[int, Assignment]:
    """Read ``image,split[,label_rank]``.

    Returns
    -------
    dict
        Split and label rank by image number, for `Splits.assign_many`.

    Raises
    ------
    AnnotationError
        If a line names no image or split, a rank is no whole number from 1, or an image or rank comes twice.
    """
    problems = Problems(path)
    found: dict[int, Assignment] = {}
    rank_lines: dict[int, str] = {}
    for line, image_id in _matched(project, path, problems, ("image", "split"), ("label_rank",)):
        split, rank = line.fields["split"].lower(), line.fields.get("label_rank", "")
        if split not in SPLITS:
            problems.add(line.where, f"there is no split {split!r} (there are: {', '.join(SPLITS)})")
        elif rank and (not rank.isascii() or not rank.isdigit() or int(rank) < 1):
            problems.add(line.where, f"label_rank is {rank!r}, not a whole number from 1")
        elif rank and split == "train" and int(rank) in rank_lines:
            problems.add(line.where, f"label_rank {rank} is in {rank_lines[int(rank)]} already")
        else:
            found[image_id] = Assignment(split, int(rank) if rank else None)
            if rank and split == "train":
                rank_lines[int(rank)] = line.where
    problems.refuse_if_any()
    return found


def read_patients_csv(project: Project, path: Path) -> dict[int, str]:
    """Read ``image,patient``.

    Returns
    -------
    dict
        Patient by image number, for `Splits.assign_patients`; it is hashed there and not kept.

    Raises
    ------
    AnnotationError
        If a line names no image or no patient, or an image comes twice.
    """
    problems = Problems(path)
    found: dict[int, str] = {}
    for line, image_id in _matched(project, path, problems, ("image", "patient")):
        if line.fields["patient"]:
            found[image_id] = line.fields["patient"]
        else:
            problems.add(line.where, "patient is empty; leave images of unknown patients out")
    problems.refuse_if_any()
    return found


def _matched(
    project: Project, path: Path, problems: Problems, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[Line, int]]:
    names = project.records.names()
    lines: dict[int, str] = {}
    for line in read_table(path, required, optional):
        try:
            image_id = names.match(line.fields["image"])
        except UsageError as error:
            problems.add(line.where, str(error).removesuffix("."))
            continue
        if image_id in lines:
            problems.add(line.where, f"{names.name_of(image_id)} is in {lines[image_id]} already")
            continue
        lines[image_id] = line.where
        yield line, image_id
