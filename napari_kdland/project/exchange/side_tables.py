"""Tables beside the annotations: which image is in which split, and of which patient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError
from napari_kdland.project.exchange.rows import Problems
from napari_kdland.project.exchange.tables import Line, read_table
from napari_kdland.project.splits import Assignment
from napari_kdland.project.tables import SPLITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from napari_kdland.project.records import Records


def read_split_csv(path: Path, records: Records) -> dict[int, Assignment]:
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
    for line, image_id in _matched(path, problems, records, ("image", "split"), ("label_rank",)):
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


def read_patients_csv(path: Path) -> dict[str, str]:
    """Read ``image,patient``.

    Returns
    -------
    dict
        Patient by image, as the file names it. Give it to `Records.add` while images come in, and to `match_patients`
        for those that are in the project.

    Raises
    ------
    AnnotationError
        If a line names no image or no patient, or an image comes twice.
    """
    problems = Problems(path)
    found: dict[str, str] = {}
    for line in read_table(path, ("image", "patient")):
        image, patient = line.fields["image"], line.fields["patient"]
        if not image or not patient:
            problems.add(line.where, f"{'image' if not image else 'patient'} is empty; leave unknown patients out")
        elif image in found:
            problems.add(line.where, f"{image} comes twice")
        found[image] = patient
    problems.refuse_if_any()
    return found


def match_patients(patients: Mapping[str, str], path: Path, records: Records) -> dict[int, str]:
    """Give the patient by image number, for `Splits.assign_patients`.

    Parameters
    ----------
    patients, path
        What `read_patients_csv` read, and from where.
    records
        The images of the project.

    Raises
    ------
    AnnotationError
        If the file names images that the project does not have, or one of them in two ways.
    """
    problems, names = Problems(path), records.names()
    found: dict[int, str] = {}
    for image, patient in patients.items():
        try:
            image_id = names.match(image)
        except UsageError as error:
            problems.add("", str(error).removesuffix("."))
            continue
        if found.setdefault(image_id, patient) != patient:
            problems.add("", f"{names.name_of(image_id)} has two patients")
    problems.refuse_if_any()
    return found


def read_values_csv(path: Path, column: str, records: Records) -> dict[str, float]:
    """Read one column of numbers by image: ``image,...,COLUMN,...``; images without a number are left out.

    Returns
    -------
    dict
        Number by the image's name in the project.

    Raises
    ------
    AnnotationError
        If the column is missing or holds no number at all, a line names no image of the project or one twice, or a
        field is no number.
    """
    problems, names = Problems(path), records.names()
    found: dict[str, float] = {}
    column = column.strip().lower()
    for line, image_id in _matched(path, problems, records, ("image", column), ()):
        try:
            value = line.number(column)
        except ValueError as error:
            problems.add(line.where, str(error))
            continue
        if value is not None and not math.isfinite(value):
            problems.add(line.where, f"{column} is {line.fields[column]!r}, which is not a finite number")
        elif value is not None:
            found[names.name_of(image_id)] = value
    if not found and not problems.found:
        problems.add("", f"the column {column} holds no number")
    problems.refuse_if_any()
    return found


def _matched(
    path: Path, problems: Problems, records: Records, required: Sequence[str], optional: Sequence[str]
) -> Iterator[tuple[Line, int]]:
    names = records.names()
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
