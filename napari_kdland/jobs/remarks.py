"""What has to be known of the images of a comparison before its figures are believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari_kdland.errors import RunError
from napari_kdland.jobs.freezing import FrozenData

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.project import Project, RunRecord


def seen_in_training(project: Project, runs: Sequence[str], names: Sequence[str], split: str) -> tuple[str, ...]:
    """Say which runs have seen images that they are measured on, themselves or by the runs that they learnt from.

    A training never takes images of test, but images may have come into it since, and one may measure on train. On val
    weights are chosen and nothing is learnt, which needs no saying where val is measured.

    Parameters
    ----------
    names
        Images measured.
    split
        Where they are.
    """
    wanted = set(names)
    hashes = {record.content_hash for record in project.records.page(0, -1) if record.name in wanted}
    records = {record.name: record for record in project.runs.all()}
    said = []
    for run in runs:
        own = len(_seen(records[run].folder, split) & hashes)
        needed = {name: records[name].folder if name in records else Path(name) for name in _learnt_from(records, run)}
        lent = {Path(name).name: len(_seen(folder, split) & hashes) for name, folder in needed.items()}
        if own:
            said.append(f"{run} was trained on {_of(own, len(hashes))}: its figures say little of new images.")
        said += [
            f"{run} learnt from {name}, which was trained on {_of(n, len(hashes))}: its figures say little of new "
            "images."
            for name, n in lent.items()
            if n and not own
        ]
    return tuple(said)


def masks_and_spacings(project: Project, split: str) -> tuple[str, ...]:
    """Say which images of a split have no region masks, and how many of the others have no spacing."""
    labelled = set(project.masks.labelled_ids(split))
    records = project.records.page(0, -1, split=split)
    without = [record.name for record in records if record.image_id not in labelled]
    measured = [record for record in records if record.image_id in labelled]
    n_unspaced = sum(record.spacing_mm is None for record in measured)
    said = []
    if without:
        listed = ", ".join(without[:5]) + (", ..." if len(without) > 5 else "")
        n = "1 image" if len(without) == 1 else f"{len(without)} images"
        said.append(f"Without region masks, and so in no figure of regions: {n} ({listed}).")
    if 0 < n_unspaced < len(measured):
        said.append(
            f"{n_unspaced} of the {len(measured)} images with region masks have no pixel spacing, so distances of "
            "regions are in pixels."
        )
    return tuple(said)


def _learnt_from(records: Mapping[str, RunRecord], run: str) -> list[str]:
    """Give the teachers of a run, what it began with, and theirs in turn: names of this project, folders of others."""
    found: list[str] = []
    open_ends = [run]
    while open_ends:
        record = records.get(open_ends.pop())
        needed = [] if record is None else [*record.teachers, *([record.start] if record.start else [])]
        new = [name for name in needed if name not in found]
        found += new
        open_ends += new
    return found


def _seen(folder: Path, split: str) -> set[str]:
    """Give the hashes of images that a run has seen; nothing where it kept no list."""
    try:
        data = FrozenData.read(folder)
    except RunError:
        return set()
    parts = (data.labelled, data.unlabelled, () if split == "val" else data.validation)
    return {image.content_hash for part in parts for image in part}


def _of(n: int, total: int) -> str:
    if n == total:
        return "the one image measured" if n == 1 else f"all {n} images measured"
    return f"{n} of the {total} images measured"
