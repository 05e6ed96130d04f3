"""The images of a project: identity by content, paths, spacing, patient group and split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import ColumnElement, Row, func, insert, select, tuple_, update

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.images.radiograph import Spacing
from napari_kdland.project import image_queries, patients
from napari_kdland.project.database import now
from napari_kdland.project.image_filters import ANY, Marks, sorted_by
from napari_kdland.project.image_paths import free_name, located, paths_of, sort_name
from napari_kdland.project.image_queries import selected
from napari_kdland.project.journal import chunks
from napari_kdland.project.matching import ImageNames
from napari_kdland.project.tables import images

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from napari_kdland.images.radiograph import Radiograph
    from napari_kdland.project.database import Database

Order = Literal["name", "added", "known", "label_rank", "score"]
Known = Literal["none", "some", "all"]


class DuplicateImage(ProjectError):
    """The project already has an image with these pixels."""


@dataclass(frozen=True)
class Record:
    """One image of the project.

    Parameters
    ----------
    image_id
        Its number, which never changes.
    name
        Shown to people, unique in the project.
    path
        Where the file is expected; it may be missing.
    content_hash
        SHA-256 of the pixels: what the image is known by.
    size
        (height, width) in pixels.
    spacing
        `None` where nothing is known of millimetres.
    view
        View position as the file says it; empty where it says nothing.
    patient_group
        Equal for images of one patient; says nothing of who that is.
    split
        ``train``, ``val``, ``test`` or ``pool``.
    label_rank
        Order in which training images are taken as labelled, from 1; `None` where none is given.
    n_known
        How many landmarks are anything but not-yet.
    bits
        Bits stored per pixel.
    applied
        What the reader of the file did, in words.
    frame
        Which frame or slice of the file, from 0; `None` for a file that holds one image.
    """

    image_id: int
    name: str
    path: Path
    content_hash: str
    size: tuple[int, int]
    spacing: Spacing | None
    view: str
    patient_group: str
    split: str
    label_rank: int | None
    n_known: int
    bits: int
    applied: tuple[str, ...]
    frame: int | None = None

    @property
    def spacing_mm(self) -> tuple[float, float] | None:
        """Millimetres a pixel, (y, x), as what is measured wants them; `None` where nothing is known of them."""
        return None if self.spacing is None else (self.spacing.row_mm, self.spacing.column_mm)


class Records:
    """The images of one project.

    Parameters
    ----------
    database
        The open project database.
    folder
        The project folder, from which relative paths run.
    n_landmarks
        Number of landmarks of the scheme, to tell finished images from begun ones.
    """

    def __init__(self, database: Database, folder: Path, n_landmarks: int) -> None:
        self._database = database
        self._folder = folder
        self._n_landmarks = n_landmarks

    def add(
        self,
        radiograph: Radiograph,
        path: Path,
        *,
        frame: int | None = None,
        split: str | None = None,
        patient: str | None = None,
    ) -> Record:
        """Take an image into the project, or back into it.

        Parameters
        ----------
        radiograph
            What was read from the file.
        path
            The file.
        frame
            Which frame or slice of it the image is, from 0; `None` for a file that holds one image.
        split
            `None` puts it where the patient's other images are, and into the pool where there are none.
        patient
            Who it is of, where the file does not say or says it wrongly; only a group is stored.

        Raises
        ------
        DuplicateImage
            If the project has an image with the same pixels; both files are named.
        PartedPatient
            If the patient's other images stand on another side of the split.
        ProjectError
            If it would enter a frozen test split.
        """
        path = Path(path).expanduser().absolute()
        with self._database.writing() as connection:
            known = self._refuse_duplicate(connection, radiograph.content_hash, path)
            whose = radiograph.patient if patient is None else patient
            group = patients.group_of(connection, whose, radiograph.content_hash)
            values = {
                **_described(radiograph),
                **paths_of(path, self._folder),
                "frame": frame,
                "patient_group": group,
                "split": patients.split_for_new_image(connection, group, split, path.name),
                "removed": None,
            }
            if known is None:
                name = free_name(connection, path, frame)
                values |= {"name": name, "sort_name": sort_name(name), "added": now()}
                connection.execute(insert(images).values(values))
            else:
                connection.execute(update(images).where(images.c.image_id == known).values(values))
            query = selected().where(images.c.content_hash == radiograph.content_hash)
            return self._record(connection.execute(query).one())

    def get(self, image_id: int) -> Record:
        """Give one image by its number.

        Raises
        ------
        UsageError
            If the project has no such image.
        """
        with self._database.reading() as connection:
            query = selected().where(images.c.image_id == image_id, images.c.removed.is_(None))
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UsageError(f"The project has no image number {image_id}. See the list of its images.")
        return self._record(row)

    def find(self, name: str) -> Record:
        """Give one image by name, name without ending, or the end of its path.

        Raises
        ------
        UsageError
            If no image or more than one fits; the message names those that fit or come close.
        """
        return self.get(self.names().match(name))

    def names(self) -> ImageNames:
        """Give the names of all images, for matching those that other people's files use."""
        with self._database.reading() as connection:
            query = select(images.c.image_id, images.c.name, images.c.absolute_path, images.c.frame)
            rows = connection.execute(query.where(images.c.removed.is_(None))).all()
        return ImageNames(
            (row.image_id, row.name, row.absolute_path + ("" if row.frame is None else f"#{row.frame}")) for row in rows
        )

    def sizes(self) -> dict[int, tuple[int, int]]:
        """Give (height, width) of every image by its number."""
        with self._database.reading() as connection:
            rows = connection.execute(select(images.c.image_id, images.c.height, images.c.width)).all()
        return {row.image_id: (row.height, row.width) for row in rows}

    def page(
        self,
        offset: int = 0,
        limit: int = 100,
        *,
        split: str | None = None,
        text: str = "",
        order: Order = "name",
        known: Known | None = None,
    ) -> list[Record]:
        """Give `limit` images from `offset` on.

        Parameters
        ----------
        offset, limit
            The part of the list.
        split
            Only this split.
        text
            Only names that hold this text, large or small letters alike.
        order
            ``name`` (numbers in names by value), ``added``, ``known`` (fewest landmarks first) or ``label_rank``.
        known
            Only images of whose landmarks ``none``, ``some`` but not all, or ``all`` are known.
        """
        query = selected().where(self._wanted(split, text, known)).order_by(sorted_by(order), images.c.image_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.offset(offset).limit(limit)).all()
        return [self._record(row) for row in rows]

    def count(self, *, split: str | None = None, text: str = "", known: Known | None = None) -> int:
        """Count the images that `page` would list."""
        query = select(func.count()).select_from(images).where(self._wanted(split, text, known))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def ids(
        self,
        split: str | None = None,
        *,
        text: str = "",
        order: Order = "name",
        known: Known | None = None,
        marks: Marks = ANY,
        ranking_id: int | None = None,
        reader: str | None = None,
    ) -> list[int]:
        """Give the numbers of the images of a list, all of them; see `page`.

        `marks` leaves out more, and with ``order="score"`` the highest scores of a ranking stand first. Landmarks,
        reviews and flags are those of all readers together, or of one.
        """
        condition = marks.condition(reader)
        query = select(images.c.image_id).where(self._wanted(split, text, known, reader=reader), condition)
        query = query.order_by(sorted_by(order, ranking_id, reader), images.c.image_id)
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def some(self, image_ids: Iterable[int], *, reader: str | None = None) -> list[Record]:
        """Give images by their numbers, in that order; those that the project does not have are left out.

        Their landmarks are counted of all readers together, or of one.
        """
        asked = list(image_ids)
        found: dict[int, Record] = {}
        with self._database.reading() as connection:
            for chunk in chunks(asked):
                query = selected(reader).where(images.c.image_id.in_(chunk), images.c.removed.is_(None))
                found.update((row.image_id, self._record(row)) for row in connection.execute(query))
        return [found[image_id] for image_id in asked if image_id in found]

    def neighbours(
        self,
        image_id: int,
        *,
        split: str | None = None,
        text: str = "",
        order: Order = "name",
        known: Known | None = None,
        marks: Marks = ANY,
        ranking_id: int | None = None,
        reader: str | None = None,
    ) -> tuple[int | None, int | None]:
        """Give the numbers of the images before and after this one in the list of `ids`.

        The image itself need not be in that list: with ``known="none"`` the second is the next one without landmarks.
        """
        expression = sorted_by(order, ranking_id, reader)
        key = tuple_(expression, images.c.image_id)
        condition = marks.condition(reader)
        wanted = select(images.c.image_id).where(self._wanted(split, text, known, reader=reader), condition)
        with self._database.reading() as connection:
            here = connection.execute(select(expression).where(images.c.image_id == image_id)).scalar_one_or_none()
            if here is None:
                return None, None
            place = tuple_(here, image_id)
            before = wanted.where(key < place).order_by(expression.desc(), images.c.image_id.desc())
            after = wanted.where(key > place).order_by(expression, images.c.image_id)
            first, second = (connection.execute(query.limit(1)).scalar_one_or_none() for query in (before, after))
        return first, second

    def missing(self) -> list[Record]:
        """Give the images whose file is not where it was."""
        return [record for record in self.page(limit=-1) if not record.path.exists()]

    def relink(self, found: Mapping[str, Path]) -> int:
        """Point images to where their files are now.

        Parameters
        ----------
        found
            Path by content hash; hashes that the project does not know are left out.

        Returns
        -------
        int
            How many images were pointed anew.
        """
        with self._database.writing() as connection:
            changed = 0
            for content_hash, path in found.items():
                values = paths_of(Path(path).expanduser().absolute(), self._folder)
                query = update(images).where(images.c.content_hash == content_hash).values(values)
                changed += connection.execute(query).rowcount
        return changed

    def set_spacing(self, image_ids: Iterable[int], spacing: Spacing) -> None:
        """Give images the spacing that the user knows."""
        values = {"row_mm": spacing.row_mm, "column_mm": spacing.column_mm, "spacing_source": spacing.source}
        with self._database.writing() as connection:
            for image_id in image_ids:
                connection.execute(update(images).where(images.c.image_id == image_id).values(values))

    def remove(self, image_ids: Iterable[int]) -> None:
        """Take images out of the project; their annotations stay in the journal and return when the image does.

        Raises
        ------
        UsageError
            If there is no such image.
        ProjectError
            If one of them is in a frozen test split; nothing is changed.
        """
        records = [self.get(image_id) for image_id in image_ids]
        with self._database.writing() as connection:
            kept = [record.name for record in records if record.split == "test"]
            if kept and patients.is_test_frozen(connection):
                raise ProjectError(
                    f"{kept[0]} is in the test split, which is frozen, so it cannot be removed. "
                    "Thaw the test split with a reason first."
                )
            for record in records:
                query = update(images).where(images.c.image_id == record.image_id)
                connection.execute(query.values(removed=now(), label_rank=None))

    def _refuse_duplicate(self, connection: Connection, content_hash: str, path: Path) -> int | None:
        row = connection.execute(select(images).where(images.c.content_hash == content_hash)).one_or_none()
        if row is None:
            return None
        if row.removed is None:
            there = located(row.relative_path, row.absolute_path, self._folder)
            hint = "" if there.exists() else " Its own file is gone: relink the project to the folder of the new one."
            raise DuplicateImage(
                f"{path} has the same pixels as {row.name} ({there}), which is in the project already. "
                f"It was not added.{hint}"
            )
        return int(row.image_id)

    def _wanted(
        self, split: str | None, text: str, known: Known | None, *, reader: str | None = None
    ) -> ColumnElement[bool]:
        return image_queries.wanted(split, text, known, self._n_landmarks, reader=reader)

    def _record(self, row: Row[tuple[object, ...]]) -> Record:
        spacing = Spacing(row.row_mm, row.column_mm, row.spacing_source) if row.row_mm is not None else None
        return Record(
            image_id=row.image_id,
            name=row.name,
            path=located(row.relative_path, row.absolute_path, self._folder),
            content_hash=row.content_hash,
            size=(row.height, row.width),
            spacing=spacing,
            view=row.view,
            patient_group=row.patient_group,
            split=row.split,
            label_rank=row.label_rank,
            n_known=row.n_known,
            bits=row.bits,
            applied=tuple(row.applied),
            frame=row.frame,
        )


def _described(radiograph: Radiograph) -> dict[str, object]:
    height, width = radiograph.size
    spacing = radiograph.spacing
    return {
        "content_hash": radiograph.content_hash,
        "height": height,
        "width": width,
        "row_mm": spacing.row_mm if spacing else None,
        "column_mm": spacing.column_mm if spacing else None,
        "spacing_source": spacing.source if spacing else None,
        "view": radiograph.view.name,
        "bits": radiograph.bits,
        "applied": list(radiograph.applied),
    }
