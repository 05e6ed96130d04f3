"""The frozen copy of the data that a run trains on: which images, which labels, and their hash.

A training reads this copy and never the project's annotations, so that editing while it runs changes nothing, and a
run that is resumed goes on with what it began with. No image of the test split can get in.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import RunError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from napari_kdland.project import Project, Record

_FILE = "data.json"
_OPEN_SPLITS = ("train", "val", "pool")
_NOTHING = Landmarks.not_yet(())


@dataclass(frozen=True)
class FrozenMask:
    """A mask file of the project by the SHA-256 of its bytes, and the regions of which it says something."""

    sha256: str
    known: tuple[str, ...]


@dataclass(frozen=True)
class FrozenImage:
    """One image by the hash of its pixels, with its labels where it has any.

    Parameters
    ----------
    content_hash
        Hash of the pixels.
    landmarks
        `None` for an image whose labels are not to be read; all not yet placed where it has none of this kind.
    channels
        Further channels that there are of it, beside the image itself.
    mask
        Its region masks; `None` where it has none, or they are not to be read.
    accepted
        Names of its landmarks that are predictions which a reader accepted.
    """

    content_hash: str
    landmarks: Landmarks | None = None
    channels: tuple[str, ...] = ()
    mask: FrozenMask | None = None
    accepted: tuple[str, ...] = ()

    @property
    def mask_key(self) -> str:
        """Key of the masks in the cache of network inputs; empty where there are none."""
        from napari_kdland.engine.pool import mask_key

        return "" if self.mask is None else mask_key(self.content_hash, self.mask.sha256)


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

    @property
    def sha256(self) -> str:
        """Hash of what is learnt from: the same images with the same labels have the same one, in whatever order."""
        parts = {"labelled": self.labelled, "unlabelled": self.unlabelled, "validation": self.validation}
        plain = {
            name: sorted(json.dumps(_plain(image), sort_keys=True) for image in part) for name, part in parts.items()
        }
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()

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


def freeze(project: Project, *, labels: int | None, seed: int, heads: Collection[str] = ("landmarks",)) -> FrozenData:
    """Choose the images of a run and copy their labels.

    Parameters
    ----------
    labels
        Train on the K labelled images of train with the lowest label_rank (images without one are drawn by `seed`,
        after those with one); `None` takes all. The other images of train join the unlabelled ones, labels unread.
    seed
        Seed of the draw.
    heads
        What is trained, ``landmarks``, ``regions`` or both: an image is labelled where it has landmarks, masks, or,
        for both heads, one of the two. Labels of the other kind are not read.

    Raises
    ------
    TrainingError
        If there are fewer labelled images than asked for, or none.
    """
    copy = _Copy(project, heads)
    train = copy.records("train")
    labelled = copy.labelled_ids("train")
    ranked = _ranked([record for record in train if record.image_id in labelled], seed)
    n_labels = len(ranked) if labels is None else labels
    if not 1 <= n_labels <= len(ranked):
        raise TrainingError(
            f"{project.name} has {len(ranked)} {copy.kind} in its train split; {n_labels} are to be trained on. "
            + ("Annotate some images first." if not ranked else f"Ask for 1 to {len(ranked)} labels.")
        )
    chosen = {record.image_id for record in ranked[:n_labels]}
    others = [record for record in train if record.image_id not in chosen]
    validation_ids = copy.labelled_ids("val")
    validation = [record for record in copy.records("val") if record.image_id in validation_ids]
    return FrozenData(
        copy.with_labels(ranked[:n_labels]),
        copy.without_labels((*others, *copy.records("pool"))),
        copy.to_judge_by(validation),
    )


class _Copy:
    """What a training with these heads may read of a project."""

    def __init__(self, project: Project, heads: Collection[str]) -> None:
        self._project = project
        self._heads = frozenset(heads)

    @property
    def kind(self) -> str:
        """What a labelled image is called."""
        if self._heads == {"landmarks"}:
            return "annotated images"
        return "images with region masks" if self._heads == {"regions"} else "images with landmarks or region masks"

    def records(self, split: str) -> list[Record]:
        """Give the images of a split that a training may touch."""
        if split not in _OPEN_SPLITS:
            raise TrainingError(f"A training may not touch the split {split!r}, only {', '.join(_OPEN_SPLITS)}.")
        return self._project.records.page(0, -1, split=split)

    def labelled_ids(self, split: str) -> set[int]:
        """Give the images of a split that have what is trained."""
        found: set[int] = set()
        if "landmarks" in self._heads:
            found.update(self._project.annotations.labelled_ids(split=split))
        if "regions" in self._heads:
            found.update(self._project.masks.labelled_ids(split=split))
        return found

    def without_labels(self, records: Sequence[Record]) -> tuple[FrozenImage, ...]:
        """Give images to be trained on without their labels."""
        channels = self._channels(records)
        return tuple(FrozenImage(record.content_hash, None, channels[record.image_id]) for record in records)

    def with_labels(self, records: Sequence[Record]) -> tuple[FrozenImage, ...]:
        """Give images with the labels that the heads train on."""
        ids, channels, masks = [record.image_id for record in records], self._channels(records), {}
        landmarks = dict.fromkeys(ids, Landmarks.not_yet(self._project.scheme.landmark_names))
        accepted: dict[int, tuple[str, ...]] = {}
        if "landmarks" in self._heads:
            landmarks = self._project.annotations.labels(ids)
            accepted = self._project.verdicts.accepted(ids)
        if "regions" in self._heads:
            current = self._project.masks.current(ids)
            masks = {key: FrozenMask(one.sha256, one.known) for key, one in current.items() if one.is_label}
        return tuple(
            FrozenImage(record.content_hash, landmarks[key], channels[key], masks.get(key), accepted.get(key, ()))
            for key, record in zip(ids, records, strict=True)
        )

    def to_judge_by(self, records: Sequence[Record]) -> tuple[FrozenImage, ...]:
        """Give images with the labels that runs may be judged by: none that came from a run."""
        found = (_without_accepted(image) for image in self.with_labels(records))
        return tuple(image for image in found if image.mask is not None or (image.landmarks or _NOTHING).n_known)

    def _channels(self, records: Sequence[Record]) -> dict[int, tuple[str, ...]]:
        found = self._project.channels.of([record.image_id for record in records])
        return {record.image_id: tuple(found.get(record.image_id, ())) for record in records}


def _without_accepted(image: FrozenImage) -> FrozenImage:
    if not image.accepted or image.landmarks is None:
        return image
    own = {
        name: (state, (float(point[0]), float(point[1])) if state.has_point else None)
        for name, state, point in image.landmarks
        if name not in image.accepted
    }
    return replace(image, landmarks=Landmarks.from_mapping(image.landmarks.names, own), accepted=())


def _ranked(records: Sequence[Record], seed: int) -> list[Record]:
    # Drawn over hashes, so that the order of import does not matter.
    order = np.random.default_rng(seed).permutation(len(records))
    drawn = [sorted(records, key=lambda record: record.content_hash)[index] for index in order]
    return sorted(drawn, key=lambda record: (record.label_rank is None, record.label_rank or 0))


def _plain(image: FrozenImage) -> dict[str, Any]:
    plain: dict[str, Any] = {"hash": image.content_hash}
    if image.landmarks is not None:
        plain["landmarks"] = [
            [name, state.value, *(point.tolist() if state.has_point else [])] for name, state, point in image.landmarks
        ]
    if image.accepted:
        plain["accepted"] = list(image.accepted)
    if image.channels:
        plain["channels"] = list(image.channels)
    if image.mask is not None:
        plain["mask"] = {"sha256": image.mask.sha256, "known": list(image.mask.known)}
    return plain


def _frozen(values: dict[str, Any]) -> FrozenImage:
    rows, mask, landmarks = values.get("landmarks"), values.get("mask"), None
    if rows is not None:
        known = {row[0]: (LandmarkState(row[1]), (row[2], row[3]) if len(row) == 4 else None) for row in rows}
        landmarks = Landmarks.from_mapping([row[0] for row in rows], known)
    return FrozenImage(
        values["hash"],
        landmarks,
        tuple(values.get("channels", ())),
        None if mask is None else FrozenMask(mask["sha256"], tuple(mask["known"])),
        tuple(values.get("accepted", ())),
    )
