"""Patient groups: which images belong to one patient, without saying who that is."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.project.tables import SPLITS, facts, images

if TYPE_CHECKING:
    from sqlalchemy import Connection


class FrozenTest(ProjectError):
    """An image would enter or leave the test split, which is frozen."""


class PartedPatient(ProjectError):
    """Images of one patient would stand on two sides of the split."""


TEST_IS_FROZEN = "test_is_frozen"

_KEY = "patient_key"
# Pool images are trained on without their labels, so train and pool of one patient leak nothing to each other.
_SIDES = {"train": "training", "pool": "training", "val": "val", "test": "test"}


def side_of(split: str) -> str:
    """Give the side of the split, between which one patient's images must not be shared.

    Raises
    ------
    UsageError
        If there is no such split.
    """
    if split not in _SIDES:
        raise UsageError(f"There is no split {split!r}. There are: {', '.join(SPLITS)}.")
    return _SIDES[split]


def make_key(connection: Connection) -> None:
    """Draw the project's own random key, under which patients are hashed."""
    connection.execute(insert(facts).values(key=_KEY, value=secrets.token_hex(32)))


def group_of(connection: Connection, patient: str, content_hash: str) -> str:
    """Give the group of an image: an HMAC of its patient, or of its own content where no patient is known.

    The key never leaves the project, so that the group cannot be tried against a list of patient numbers elsewhere.
    """
    key = bytes.fromhex(connection.execute(select(facts.c.value).where(facts.c.key == _KEY)).scalar_one())
    patient = patient.strip()
    text = f"patient {patient}" if patient else f"image {content_hash}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_test_frozen(connection: Connection) -> bool:
    """Whether the test split is closed."""
    return connection.execute(select(facts.c.value).where(facts.c.key == TEST_IS_FROZEN)).scalar() == "yes"


def split_for_new_image(connection: Connection, group: str, wanted: str | None, name: str) -> str:
    """Give the split that a new image joins.

    Raises
    ------
    PartedPatient
        If it would part a patient's images.
    ProjectError
        If it would enter a frozen test split.
    UsageError
        If there is no such split.
    """
    if wanted is not None:
        side_of(wanted)
    query = select(images.c.name, images.c.split).where(images.c.patient_group == group, images.c.removed.is_(None))
    kin = connection.execute(query.order_by(images.c.image_id)).first()
    split = wanted if wanted is not None else ("pool" if kin is None or side_of(kin.split) == "training" else kin.split)
    if kin is not None and side_of(kin.split) != side_of(split):
        raise PartedPatient(
            f"{name} is of the same patient as {kin.name}, which is in {kin.split}; it cannot go into {split}. "
            f"Put both into {kin.split}, or move {kin.name} first."
        )
    if split == "test" and is_test_frozen(connection):
        raise FrozenTest(
            f"{name} would enter the test split, which is frozen"
            f"{f' (its patient is there, with {kin.name})' if kin is not None else ''}. It was not added. "
            "Thaw the test split with a reason first."
        )
    return split
