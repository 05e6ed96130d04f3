"""Which images a list shows, in what order, and whether there are such images at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, and_, func, select

from napari_kdland.errors import UsageError
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import SPLITS, consensus, images, removed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from napari_kdland.project.records import Known

# What the scheme does not have any more is not counted.
counts = consensus.c.landmark.not_in(select(removed.c.name).where(removed.c.kind == "landmark"))
_n_known = (
    select(func.count()).where(consensus.c.image_id == images.c.image_id, counts).correlate(images).scalar_subquery()
)
# After every rank that a person would write.
_NO_RANK = 2**53
_ORDERS: dict[str, ColumnElement[object]] = {
    "name": images.c.sort_name,
    "added": images.c.image_id,
    "known": _n_known,
    "label_rank": func.coalesce(images.c.label_rank, _NO_RANK),
}


def selected() -> Select[tuple[object, ...]]:
    """Give the query for images with the number of their known landmarks."""
    return select(images, _n_known.label("n_known"))


def ordered_by(order: str) -> ColumnElement[object]:
    """Give what a list is sorted by, before the image's number.

    Raises
    ------
    UsageError
        If lists cannot be sorted by that.
    """
    if order not in _ORDERS:
        raise UsageError(f"Images cannot be listed by {order!r}. There are: {', '.join(_ORDERS)}.")
    return _ORDERS[order]


def wanted(split: str | None, text: str, known: Known | None, n_landmarks: int) -> ColumnElement[bool]:
    """Give the condition for images of the project that a list shows; see `Records.page`.

    Raises
    ------
    UsageError
        If there is no such split.
    """
    if split is not None and split not in SPLITS:
        raise UsageError(f"There is no split {split!r}. There are: {', '.join(SPLITS)}.")
    parts: list[ColumnElement[bool]] = [images.c.removed.is_(None)]
    if split is not None:
        parts.append(images.c.split == split)
    if text:
        parts.append(images.c.name.icontains(text, autoescape=True))
    if known is not None:
        none, full = _n_known == 0, _n_known >= n_landmarks
        parts.append({"none": none, "all": full, "some": and_(~none, ~full)}[known])
    return and_(*parts)


def refuse_unknown(connection: Connection, image_ids: Iterable[int]) -> None:
    """Refuse numbers that are no image's.

    Raises
    ------
    UsageError
        If there is one.
    """
    known: set[int] = set()
    asked = sorted(set(image_ids))
    for chunk in chunks(asked):
        known.update(connection.execute(select(images.c.image_id).where(images.c.image_id.in_(chunk))).scalars())
    unknown = [image_id for image_id in asked if image_id not in known]
    if unknown:
        raise UsageError(f"The project has no image number {unknown[0]}.")
