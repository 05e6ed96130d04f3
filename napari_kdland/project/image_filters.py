"""What images of a list must have been through, and how lists are sorted by scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, func, select, true

from napari_kdland.errors import UsageError
from napari_kdland.project.flags import is_flagged
from napari_kdland.project.image_queries import counts, ordered_by
from napari_kdland.project.reviews import is_reviewed
from napari_kdland.project.scores import score_of
from napari_kdland.project.tables import consensus, edits, images, locks, predictions, removed

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

Holding = Literal["uncertain", "occluded", "absent", "locked"]

SCORE = "score"
# Below every score: images without one come last.
_NO_SCORE = -1e300


@dataclass(frozen=True)
class Marks:
    """What is asked of each image; `None` where it does not matter.

    Parameters
    ----------
    reviewed
        Whether a reader has looked through it.
    flagged
        Whether somebody wants it looked at.
    predicted
        Whether a run has said where its landmarks are.
    holds
        What at least one of its landmarks is, as all readers together say.
    """

    reviewed: bool | None = None
    flagged: bool | None = None
    predicted: bool | None = None
    holds: Holding | None = None

    def condition(self, reader: str | None = None) -> ColumnElement[bool]:
        """Give the condition in a query of `images`; reviews and flags are anybody's, or one reader's."""
        asked = (
            (self.reviewed, is_reviewed(reader)),
            (self.flagged, is_flagged(reader)),
            (self.predicted, _is_predicted()),
        )
        parts = [each if wanted else ~each for wanted, each in asked if wanted is not None]
        return and_(true(), *parts, *([] if self.holds is None else [_holds(self.holds)]))


ANY = Marks()


def sorted_by(order: str, ranking_id: int | None = None, reader: str | None = None) -> ColumnElement[Any]:
    """Give what a list is sorted by, before the image's number: an order, or the scores of a ranking, highest first.

    Landmarks are counted of all readers together, or of one.

    Raises
    ------
    UsageError
        If lists cannot be sorted by that, or scores are asked for without a ranking.
    """
    if order != SCORE:
        return ordered_by(order, reader)
    if ranking_id is None:
        raise UsageError("Images can be listed by score only by the scores of a ranking. See kdland review.")
    return -func.coalesce(score_of(ranking_id), _NO_SCORE)


def _is_predicted() -> ColumnElement[bool]:
    found = select(predictions.c.run_id).where(predictions.c.image_id == images.c.image_id)
    return found.correlate(images).exists()


def _holds(what: Holding) -> ColumnElement[bool]:
    # Looked for once in the whole project, not anew for each image: few landmarks are like this.
    if what == "locked":
        gone = select(removed.c.name).where(removed.c.kind == "landmark")
        found = select(locks.c.image_id).where(locks.c.landmark.not_in(gone))
    else:
        # From the edits to those that stand, by the key of those: only the edits are gone through then.
        stands = and_(*(consensus.c[key] == edits.c[key] for key in ("image_id", "landmark", "edit_id")))
        found = select(edits.c.image_id).join(consensus, stands).where(edits.c.state == what, counts)
    return images.c.image_id.in_(found)
