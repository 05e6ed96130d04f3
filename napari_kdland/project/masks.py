"""The region masks of a project: who drew what of which image; every save is kept, and readers come before models."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Row, Select, select

from napari_kdland.anatomy.landmarks import Origin
from napari_kdland.anatomy.regions import Regions
from napari_kdland.errors import AnnotationError, ProjectError, UsageError
from napari_kdland.project import mask_journal
from napari_kdland.project.image_queries import refuse_unknown, wanted
from napari_kdland.project.journal import chunks
from napari_kdland.project.mask_files import MaskFile, encoded, read_bits
from napari_kdland.project.tables import images, masks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from napari_kdland.anatomy.scheme import Scheme
    from napari_kdland.project.database import Database

# Whose mask counts where there are several; anything else is a model's.
_RANKS = {"reader": 2, "file": 1}


@dataclass(frozen=True)
class MaskRecord:
    """One saved mask.

    Parameters
    ----------
    mask_id
        Its number; later masks have higher ones.
    image_id
        The image.
    path
        The file, named by its content.
    sha256
        Of the file's bytes.
    reader
        Who says so.
    origin
        Where the mask comes from: a reader's hand, a file, a teacher or a student.
    time
        ISO 8601 in UTC.
    known
        Names of the regions of which it says something.
    """

    mask_id: int
    image_id: int
    path: Path
    sha256: str
    reader: str
    origin: Origin
    time: str
    known: tuple[str, ...]

    @property
    def is_label(self) -> bool:
        """Whether it may be trained on: it says something, and a person or a file says it, not a model."""
        return bool(self.known) and self.origin.kind in _RANKS


class Masks:
    """The region masks of one project.

    Parameters
    ----------
    database
        The open project database.
    folder
        Where the files lie.
    scheme
        The regions there may be.
    """

    def __init__(self, database: Database, folder: Path, scheme: Scheme) -> None:
        self._database = database
        self._folder = folder
        self._scheme = scheme

    def save(self, image_id: int, regions: Regions, *, reader: str, origin: Origin | None = None) -> MaskRecord:
        """Keep what somebody says of an image's regions; on the disk when this returns, as are all earlier masks.

        Parameters
        ----------
        image_id
            The image.
        regions
            Regions of the scheme; those that are missing are unknown. With none known, the reader takes back what was
            said before.
        reader
            Who says so.
        origin
            Where the mask comes from; the reader's hand where not given.

        Raises
        ------
        AnnotationError
            If the regions are not the scheme's or not of the image's size; nothing is changed.
        ProjectError
            If it cannot be saved.
        """
        unknown = sorted(set(regions.names) - set(self._scheme.region_names))
        if unknown:
            there = ", ".join(self._scheme.region_names) or "none"
            raise AnnotationError(f"The scheme has no region {', '.join(unknown)} (there are: {there}).")
        file = encoded(regions, self._scheme.regions)
        return self.save_many({image_id: file}, reader=reader, origin=origin)[0]

    def save_many(
        self, files: Mapping[int, MaskFile], *, reader: str, origin: Origin | None = None
    ) -> list[MaskRecord]:
        """Keep the masks of many images, all or none; what a reader has said in the same bits is not said again.

        Raises
        ------
        AnnotationError
            If one of them is not of its image's size; nothing is changed.
        ProjectError
            If they cannot be saved; nothing is changed.
        """
        came_from = origin or Origin("reader", reader)
        with self._database.writing() as connection:
            return self._save(connection, files, reader, came_from)

    def change(
        self,
        image_id: int,
        change: Callable[[MaskRecord | None], MaskFile],
        *,
        reader: str,
        only: str | None = None,
    ) -> MaskRecord:
        """Change an image's mask: nobody else can save one between what `change` is given and what it gives.

        Parameters
        ----------
        image_id
            The image.
        change
            Given the mask that counts, it gives the one that is to count; called once.
        reader
            Who says so.
        only
            Whose mask counts; by default all readers' together.

        Raises
        ------
        AnnotationError
            If the mask is not of the image's size; nothing is changed.
        ProjectError
            If it cannot be saved; nothing is changed.
        """
        with self._database.writing() as connection:
            refuse_unknown(connection, [image_id])
            file = change(self._standing(connection, [image_id], only).get(image_id))
            return self._save(connection, {image_id: file}, reader, Origin("reader", reader))[0]

    def current(self, image_ids: Iterable[int], *, reader: str | None = None) -> dict[int, MaskRecord]:
        """Give the mask that counts for each image, of one reader or of all; images without one are missing.

        Together, what a person drew beats a file's mask, that beats a model's, and among equals the later wins. What
        was taken back does not count.
        """
        with self._database.reading() as connection:
            return self._standing(connection, list(image_ids), reader)

    def load(self, image_id: int, *, reader: str | None = None) -> Regions | None:
        """Give an image's regions in the scheme's order; `None` where nobody has said anything.

        Raises
        ------
        ProjectError
            If the file is missing or damaged.
        """
        record = self.current([image_id], reader=reader).get(image_id)
        if record is None:
            return None
        return self.regions_of(record)

    def regions_of(self, record: MaskRecord) -> Regions:
        """Give the regions of a saved mask in the scheme's order.

        Raises
        ------
        ProjectError
            If the file is missing or damaged.
        """
        return Regions.from_bits(self.read(record, (0, 0)), self._scheme.regions, known=record.known)

    def readers(self) -> tuple[str, ...]:
        """Give everybody who ever drew a mask or had one read from a file, by name."""
        query = select(masks.c.reader).where(masks.c.origin_kind.in_(_RANKS)).distinct().order_by(masks.c.reader)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def labelled_ids(self, split: str | None = None) -> list[int]:
        """Give the images that have a mask to train on, by name; a model's masks are no labels."""
        query = select(images.c.image_id).where(wanted(split, "", None, 0))
        with self._database.reading() as connection:
            ids = list(connection.execute(query.order_by(images.c.sort_name, images.c.image_id)).scalars())
            standing = self._standing(connection, ids, None)
        return [image_id for image_id in ids if image_id in standing and standing[image_id].is_label]

    def all_saved(self) -> list[MaskRecord]:
        """Give every mask that was ever saved, oldest first, those that were taken back among them."""
        with self._database.reading() as connection:
            return [self.record_of(row) for row in connection.execute(select(masks).order_by(masks.c.mask_id))]

    def read(self, record: MaskRecord | None, size: tuple[int, int]) -> NDArray[np.uint16]:
        """Give the bit flags of a mask; 0 everywhere where there is none.

        Returns
        -------
        (H, W)
            `size`, that of the image.

        Raises
        ------
        ProjectError
            If the file is missing or damaged.
        """
        if record is None:
            return np.zeros(size, np.uint16)
        problem = problem_with_file(record.path)
        if problem:
            raise ProjectError(f"{problem}. Put the project's masks folder back from a copy, or draw the mask anew.")
        return read_bits(record.path)

    def path_of(self, sha256_: str) -> Path:
        """Give the file that holds the mask with this SHA-256."""
        return self._folder / f"{sha256_}.png"

    def _save(
        self, connection: Connection, files: Mapping[int, MaskFile], reader: str, origin: Origin
    ) -> list[MaskRecord]:
        if not reader.strip():
            raise UsageError("A mask needs a reader: give the name of who draws it.")
        _refuse_wrong_sizes(connection, files)
        before = self._standing(connection, list(files), reader)
        for file in files.values():
            self._write(file)
        rows = [
            {
                "image_id": image_id,
                "reader": reader,
                "origin_kind": origin.kind,
                "origin_name": origin.name,
                "known": list(file.known),
                "file": f"{file.sha256}.png",
                "sha256": file.sha256,
            }
            for image_id, file in files.items()
            if not _is_said(before.get(image_id), file, origin)
        ]
        mask_journal.append(connection, rows)
        after = self._standing(connection, list(files), reader)
        return [after[image_id] for image_id in files]

    def _standing(self, connection: Connection, image_ids: list[int], reader: str | None) -> dict[int, MaskRecord]:
        best: dict[int, tuple[tuple[int, int], MaskRecord]] = {}
        for chunk in chunks(image_ids):
            for row in connection.execute(_of_images(chunk, reader)):
                place = (_RANKS.get(row.origin_kind, 0), row.mask_id)
                # A reader's own last word counts, wherever it came from.
                place = place if reader is None else (0, row.mask_id)
                if row.image_id not in best or place > best[row.image_id][0]:
                    best[row.image_id] = (place, self.record_of(row))
        return {image_id: record for image_id, (_, record) in best.items()}

    def record_of(self, row: Row[tuple[Any, ...]]) -> MaskRecord:
        """Give a row of the table of masks as a record."""
        return MaskRecord(
            mask_id=row.mask_id,
            image_id=row.image_id,
            path=self._folder / row.file,
            sha256=row.sha256,
            reader=row.reader,
            origin=Origin(row.origin_kind, row.origin_name),
            time=row.time,
            known=tuple(row.known),
        )

    def _write(self, file: MaskFile) -> None:
        path = self.path_of(file.sha256)
        unfinished = path.with_name(f"{path.name}.part")
        try:
            if path.exists() and path.read_bytes() == file.png:
                return
            path.parent.mkdir(exist_ok=True)
            with unfinished.open("wb") as out:
                out.write(file.png)
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise ProjectError(
                f"Cannot write the mask {path}: {error.strerror}. Nothing is changed; free some space, or see that the "
                "folder is writable, then repeat the step."
            ) from error


def problem_with_file(path: Path) -> str:
    """Say what is wrong with the file of a mask, which is named by its content; empty where nothing is."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return f"The mask file {path} cannot be read: {error.strerror}"
    if sha256(data).hexdigest() != path.stem:
        return f"The mask file {path} is damaged: its content is not what was saved"
    return ""


def _of_images(image_ids: Iterable[int], reader: str | None) -> Select[tuple[Any, ...]]:
    query = select(masks).where(masks.c.image_id.in_(image_ids), mask_journal.holds)
    return query if reader is None else query.where(masks.c.reader == reader)


def _is_said(before: MaskRecord | None, file: MaskFile, origin: Origin) -> bool:
    if before is None:
        return False
    return (before.sha256, before.known, before.origin) == (file.sha256, file.known, origin)


def _refuse_wrong_sizes(connection: Connection, files: Mapping[int, MaskFile]) -> None:
    refuse_unknown(connection, files)
    for chunk in chunks(list(files)):
        query = select(images.c.image_id, images.c.name, images.c.height, images.c.width)
        for row in connection.execute(query.where(images.c.image_id.in_(chunk))):
            height, width = files[row.image_id].size
            if (height, width) != (row.height, row.width):
                raise AnnotationError(
                    f"The mask of {row.name} has {width} x {height} pixels, the image {row.width} x {row.height}. "
                    "Nothing is changed; draw it on the image at its own size."
                )
