"""The frozen copy of the data that a run trains on: which images, which labels, and their hash.

A training reads this copy and never the project's annotations, so that editing while it runs changes nothing, and a
run that is resumed goes on with what it began with. No image of the test split can get in.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import RunError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from napari_kdland.project import Project, Record

_FILE = "data.json"
_OPEN_SPLITS = ("train", "val", "pool")


@dataclass(frozen=True)
class FrozenImage:
    """One image by the hash of its pixels, with its labels where it has any."""

    content_hash: str
    landmarks: Landmarks | None = None


@dataclass(frozen=True)
class FrozenData:
    """The images of a run: labelled and unlabelled ones to train on, labelled ones to validate on."""

    labelled: tuple[FrozenImage, ...]
    unlabelled: tuple[FrozenImage, ...]
    validation: tuple[FrozenImage, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        """Content hashes of all images, labelled first, then unlabelled, then validation."""
        return tuple(image.content_hash for image in (*self.labelled, *self.unlabelled, *self.validation))

    def without(self, lost: Iterable[str]) -> FrozenData:
        """Give the data without the images whose hash is in `lost`."""
        gone = set(lost)
        parts = (self.labelled, self.unlabelled, self.validation)
        return FrozenData(*(tuple(image for image in part if image.content_hash not in gone) for part in parts))

    def write(self, folder: Path) -> str:
        """Write the copy into a run's folder; gives its hash."""
        parts = {"labelled": self.labelled, "unlabelled": self.unlabelled, "validation": self.validation}
        text = json.dumps({name: [_plain(image) for image in part] for name, part in parts.items()})
        (folder / _FILE).write_text(text, encoding="utf-8")
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def read(cls, folder: Path) -> FrozenData:
        """Read the copy of a run.

        Raises
        ------
        RunError
            If the run has none, or it is damaged.
        """
        path = folder / _FILE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            return cls(*(tuple(map(_frozen, values[name])) for name in ("labelled", "unlabelled", "validation")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"The run's data list {path} cannot be read: {error}. The run cannot be resumed.") from error


def freeze(project: Project, *, labels: int | None, seed: int) -> FrozenData:
    """Choose the images of a run and copy their labels.

    Parameters
    ----------
    labels
        Train on the K annotated images of train with the lowest label_rank (images without one are drawn by `seed`,
        after those with one); `None` takes all. The other images of train join the unlabelled ones, labels unread.
    seed
        Seed of the draw.

    Raises
    ------
    TrainingError
        If there are fewer annotated images than asked for, or none.
    """
    train = _records(project, "train")
    annotated = set(project.annotations.labelled_ids(split="train"))
    ranked = _ranked([record for record in train if record.image_id in annotated], seed)
    n_labels = len(ranked) if labels is None else labels
    if not 1 <= n_labels <= len(ranked):
        raise TrainingError(
            f"{project.name} has {len(ranked)} annotated images in its train split; {n_labels} are to be trained on. "
            + ("Annotate some images first." if not ranked else f"Ask for 1 to {len(ranked)} labels.")
        )
    chosen = {record.image_id for record in ranked[:n_labels]}
    others = [record for record in train if record.image_id not in chosen]
    validation_ids = set(project.annotations.labelled_ids(split="val"))
    validation = [record for record in _records(project, "val") if record.image_id in validation_ids]
    return FrozenData(
        _with_labels(project, ranked[:n_labels]),
        tuple(FrozenImage(record.content_hash) for record in (*others, *_records(project, "pool"))),
        _with_labels(project, validation),
    )


def _records(project: Project, split: str) -> list[Record]:
    if split not in _OPEN_SPLITS:
        raise TrainingError(f"A training may not touch the split {split!r}, only {', '.join(_OPEN_SPLITS)}.")
    return project.records.page(0, project.records.count(split=split), split=split)


def _ranked(records: Sequence[Record], seed: int) -> list[Record]:
    # Drawn over hashes, so that the order of import does not matter.
    order = np.random.default_rng(seed).permutation(len(records))
    drawn = [sorted(records, key=lambda record: record.content_hash)[index] for index in order]
    return sorted(drawn, key=lambda record: (record.label_rank is None, record.label_rank or 0))


def _with_labels(project: Project, records: Sequence[Record]) -> tuple[FrozenImage, ...]:
    labels = project.annotations.labels([record.image_id for record in records])
    return tuple(FrozenImage(record.content_hash, labels[record.image_id]) for record in records)


def _plain(image: FrozenImage) -> dict[str, Any]:
    if image.landmarks is None:
        return {"hash": image.content_hash}
    rows = [[name, state.value, *(point.tolist() if state.has_point else [])] for name, state, point in image.landmarks]
    return {"hash": image.content_hash, "landmarks": rows}


def _frozen(values: dict[str, Any]) -> FrozenImage:
    rows = values.get("landmarks")
    if rows is None:
        return FrozenImage(values["hash"])
    known = {row[0]: (LandmarkState(row[1]), (row[2], row[3]) if len(row) == 4 else None) for row in rows}
    return FrozenImage(values["hash"], Landmarks.from_mapping([row[0] for row in rows], known))
