"""Which images a list shows, in what order, and whether there are such images at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select

from napari_kdland.anatomy.landmarks import LandmarkState
from napari_kdland.errors import UsageError
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import SPLITS, consensus, edits, images, latest, removed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from napari_kdland.project.records import Known

# What the scheme does not have any more is not counted.
_removed = select(removed.c.name).where(removed.c.kind == "landmark")
counts = consensus.c.landmark.not_in(_removed)
# After every rank that a person would write.
_NO_RANK = 2**53
_ORDERS: dict[str, ColumnElement[Any]] = {
    "name": images.c.sort_name,
    "added": images.c.image_id,
    "label_rank": func.coalesce(images.c.label_rank, _NO_RANK),
}


def n_known(reader: str | None = None) -> ScalarSelect[int]:
    """Give how many landmarks of an image are known, in a query of `images`: of one reader, or of all together."""
    if reader is None:
        query = select(func.count()).where(consensus.c.image_id == images.c.image_id, counts)
    else:
        query = select(func.count()).select_from(latest).join(edits, latest.c.edit_id == edits.c.edit_id)
        query = query.where(latest.c.image_id == images.c.image_id, latest.c.reader == reader)
        query = query.where(edits.c.state != LandmarkState.NOT_YET.value, latest.c.landmark.not_in(_removed))
    return query.correlate(images).scalar_subquery()


def selected(reader: str | None = None) -> Select[tuple[object, ...]]:
    """Give the query for images with the number of their landmarks known, to one reader or to all together."""
    return select(images, n_known(reader).label("n_known"))


def ordered_by(order: str, reader: str | None = None) -> ColumnElement[Any]:
    """Give what a list is sorted by, before the image's number; `reader` as in `n_known`.

    Raises
    ------
    UsageError
        If lists cannot be sorted by that.
    """
    orders = {**_ORDERS, "known": n_known(reader)}
    if order not in orders:
        raise UsageError(f"Images cannot be listed by {order!r}. There are: {', '.join(orders)}.")
    return orders[order]


def wanted(
    split: str | None, text: str, known: Known | None, n_landmarks: int, *, reader: str | None = None
) -> ColumnElement[bool]:
    """Give the condition for images of the project that a list shows; see `Records.page` and `n_known`.

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
        count = n_known(reader)
        none, full = count == 0, count >= n_landmarks
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
