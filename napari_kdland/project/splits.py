"""Train, validation, test and pool: no patient on two sides, and a test split that can be frozen."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Row, func, insert, select, update

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.project import patients
from napari_kdland.project.database import now
from napari_kdland.project.tables import SPLITS, decisions, facts, images

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection

    from napari_kdland.project.database import Database

ImageRow = Row[tuple[int, str, str, str, int | None, str]]


class Assignment(NamedTuple):
    """Where an image goes; `label_rank` orders the training images, from 1."""

    split: str
    label_rank: int | None = None


@dataclass(frozen=True)
class Decision:
    """What was decided on the test split, when (ISO 8601, UTC) and why: ``freeze test`` or ``thaw test``."""

    time: str
    what: str
    reason: str


class Splits:
    """The splits of one project.

    Images of one patient never stand on two of the sides training (train and pool), val and test: a student that is
    distilled on a patient's pool images would know that patient in the test.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def assign(self, image_id: int, split: str, label_rank: int | None = None) -> None:
        """Put one image into a split; see `assign_many`."""
        self.assign_many({image_id: Assignment(split, label_rank)})

    def assign_many(self, wanted: Mapping[int, Assignment | str]) -> None:
        """Put images into splits, all or none.

        A label rank is kept for training images only; one that is not given stays as it was.

        Raises
        ------
        UsageError
            If there is no such image or split, or a rank is below 1.
        PartedPatient
            If a patient's images would stand on two sides; nothing is changed.
        ProjectError
            If an image would enter or leave a frozen test split; nothing is changed.
        """
        plan = {key: Assignment(value) if isinstance(value, str) else value for key, value in wanted.items()}
        for assignment in plan.values():
            _check(assignment)
        with self._database.writing() as connection:
            self._apply(connection, plan)

    def assign_patients(self, patient_of: Mapping[int, str]) -> None:
        """Say which patient images are of, where their files do not; only a group is stored.

        Raises
        ------
        UsageError
            If there is no such image.
        PartedPatient
            If images of one patient stand on two sides already; nothing is changed.
        """
        with self._database.writing() as connection:
            rows = {row.image_id: row for row in _all(connection)}
            _refuse_unknown(patient_of, rows)
            for image_id, patient in patient_of.items():
                group = patients.group_of(connection, patient, rows[image_id].content_hash)
                query = update(images).where(images.c.image_id == image_id).values(patient_group=group)
                connection.execute(query)
            _refuse_straddling(_all(connection))

    def draw(
        self, fractions: Mapping[str, float], seed: int, *, among: Collection[int] | None = None
    ) -> dict[str, int]:
        """Draw the splits anew by patient; training images are ranked in the order in which they were drawn.

        Parameters
        ----------
        fractions
            Share of the images by split; what is left goes into the pool. With a frozen test split, that stays as it
            is, and the shares are of the other images.
        seed
            The same images and seed give the same splits, in any project.
        among
            Draw only these images, and others of the same patients; the rest stays where it is. `None` draws all.

        Returns
        -------
        dict
            Number of images by split.

        Raises
        ------
        UsageError
            If a split is unknown, or the shares are negative or above 1 together.
        ProjectError
            If a share is asked for a frozen test split.
        """
        _check_fractions(fractions)
        with self._database.writing() as connection:
            is_frozen = patients.is_test_frozen(connection)
            if is_frozen and fractions.get("test"):
                raise ProjectError("The test split is frozen and cannot be drawn anew. Thaw it with a reason first.")
            rows = [row for row in _all(connection) if not (is_frozen and row.split == "test")]
            if among is not None:
                groups = {row.patient_group for row in rows if row.image_id in among}
                rows = [row for row in rows if row.patient_group in groups]
            self._apply(connection, _drawn(rows, fractions, seed))
        return self.counts()

    def counts(self) -> dict[str, int]:
        """Count the images of each split."""
        query = select(images.c.split, func.count()).where(images.c.removed.is_(None)).group_by(images.c.split)
        with self._database.reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {split: found.get(split, 0) for split in SPLITS}

    @property
    def is_test_frozen(self) -> bool:
        """Whether images may neither enter nor leave the test split."""
        with self._database.reading() as connection:
            return patients.is_test_frozen(connection)

    def freeze_test(self, reason: str = "") -> None:
        """Close the test split, so that what is reported on it stays comparable.

        Raises
        ------
        ProjectError
            If no image is in it.
        """
        if self.counts()["test"] == 0:
            raise ProjectError("The test split has no images, so it cannot be frozen. Put images into it first.")
        self._decide("freeze test", reason, "yes")

    def thaw(self, reason: str) -> None:
        """Open the test split again; the reason is recorded.

        Raises
        ------
        UsageError
            If no reason is given.
        """
        if not reason.strip():
            raise UsageError("Thawing the test split needs a reason: it is recorded with the project.")
        self._decide("thaw test", reason.strip(), "no")

    def decisions(self) -> list[Decision]:
        """Give every freezing and thawing, oldest first."""
        query = select(decisions.c.time, decisions.c.what, decisions.c.reason).order_by(decisions.c.decision_id)
        with self._database.reading() as connection:
            return [Decision(*row) for row in connection.execute(query)]

    def straddling(self) -> list[tuple[str, ...]]:
        """Give the names of images of one patient that stand on two sides; none in a sound project."""
        with self._database.reading() as connection:
            rows = _all(connection)
        return [tuple(row.name for row in kin) for kin in _straddling(rows)]

    def _decide(self, what: str, reason: str, value: str) -> None:
        with self._database.writing() as connection:
            if patients.is_test_frozen(connection) == (value == "yes"):
                return
            connection.execute(insert(facts).prefix_with("OR REPLACE").values(key=patients.TEST_IS_FROZEN, value=value))
            connection.execute(insert(decisions).values(time=now(), what=what, reason=reason))

    def _apply(self, connection: Connection, plan: Mapping[int, Assignment]) -> None:
        rows = {row.image_id: row for row in _all(connection)}
        _refuse_unknown(plan, rows)
        if patients.is_test_frozen(connection):
            _refuse_frozen(plan, rows)
        for image_id, (split, label_rank) in plan.items():
            kept = rows[image_id].label_rank if label_rank is None else label_rank
            values = {"split": split, "label_rank": kept if split == "train" else None}
            connection.execute(update(images).where(images.c.image_id == image_id).values(values))
        _refuse_straddling(_all(connection))


def _all(connection: Connection) -> list[ImageRow]:
    columns = (images.c.image_id, images.c.name, images.c.patient_group, images.c.split, images.c.label_rank)
    query = select(*columns, images.c.content_hash).where(images.c.removed.is_(None))
    return list(connection.execute(query.order_by(images.c.sort_name)))


def _check(assignment: Assignment) -> None:
    patients.side_of(assignment.split)
    if assignment.label_rank is not None and assignment.label_rank < 1:
        raise UsageError(f"A label rank counts from 1; found {assignment.label_rank}.")


def _check_fractions(fractions: Mapping[str, float]) -> None:
    for split in fractions:
        patients.side_of(split)
    found = ", ".join(f"{split} {share:g}" for split, share in fractions.items())
    if not all(share >= 0 for share in fractions.values()) or sum(fractions.values()) > 1 + 1e-9:
        raise UsageError(f"Shares of the splits must be positive and at most 1 together; found {found}.")


def _refuse_unknown(wanted: Iterable[int], rows: Mapping[int, ImageRow]) -> None:
    unknown = sorted(set(wanted) - set(rows))
    if unknown:
        raise UsageError(f"The project has no image number {', '.join(str(number) for number in unknown[:5])}.")


def _refuse_frozen(plan: Mapping[int, Assignment], rows: Mapping[int, ImageRow]) -> None:
    moved = [rows[key].name for key, (split, _) in plan.items() if (split == "test") != (rows[key].split == "test")]
    if moved:
        more = f" and {len(moved) - 5} more" if len(moved) > 5 else ""
        raise ProjectError(
            f"The test split is frozen, but {', '.join(moved[:5])}{more} would enter or leave it. Nothing was changed. "
            "Thaw the test split with a reason first."
        )


def _straddling(rows: Iterable[ImageRow]) -> list[list[ImageRow]]:
    groups: dict[str, list[ImageRow]] = defaultdict(list)
    for row in rows:
        groups[row.patient_group].append(row)
    return [kin for kin in groups.values() if len({patients.side_of(row.split) for row in kin}) > 1]


def _refuse_straddling(rows: Iterable[ImageRow]) -> None:
    parted = _straddling(rows)
    if parted:
        kin = ", ".join(f"{row.name} in {row.split}" for row in parted[0][:6])
        more = f" There are {len(parted)} such patients." if len(parted) > 1 else ""
        raise patients.PartedPatient(
            f"Images of one patient would stand on two sides of the split: {kin}.{more} Nothing was changed. "
            "Put all images of a patient together (train and pool count as one side)."
        )


def _drawn(rows: Iterable[ImageRow], fractions: Mapping[str, float], seed: int) -> dict[int, Assignment]:
    groups: dict[str, list[ImageRow]] = defaultdict(list)
    for row in rows:
        groups[row.patient_group].append(row)
    # Sorted by content: group names are random in each project.
    order = sorted(groups.values(), key=lambda kin: min(row.content_hash for row in kin))
    random.Random(seed).shuffle(order)
    total = sum(len(kin) for kin in order)
    short = {split: fractions.get(split, 0.0) * total for split in SPLITS}
    short["pool"] += total - sum(short.values())
    plan, rank = {}, 0
    for kin in order:
        split = max(SPLITS, key=lambda name: short[name])
        short[split] -= len(kin)
        for row in kin:
            rank += split == "train"
            plan[row.image_id] = Assignment(split, rank if split == "train" else None)
    return plan
