"""What readers made of a run's predictions of an image: accepted as labels, rejected, or beaten by a label."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import select

from napari_kdland.anatomy.landmarks import LandmarkState
from napari_kdland.project.annotations import MODELS
from napari_kdland.project.journal import chunks
from napari_kdland.project.tables import consensus, edits, latest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_kdland.project.database import Database


_COPIED = LandmarkState.UNCERTAIN.value


class Verdict(StrEnum):
    """What became of a prediction.

    Accepted: it is the label. Labelled: the label comes from elsewhere. Rejected: a reader said that it is wrong, and
    there is no label. Predictions of which nothing was said are open.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LABELLED = "labelled"


@dataclass(frozen=True)
class Judged:
    """What became of one prediction, and who said so: `source` is the reader, the file or the run of the label."""

    verdict: Verdict
    reader: str
    source_kind: str
    source: str


class Verdicts:
    """The verdicts on one project's predictions, read from the journal of edits.

    A rejected prediction is an edit back to not-yet that comes from the run; so it is undone as any other edit is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_image(self, image_id: int, run: str) -> dict[str, Judged]:
        """Give what became of a run's predictions of an image, by landmark; open ones are missing."""
        columns = (edits.c.landmark, edits.c.reader, edits.c.state, edits.c.origin_kind, edits.c.origin_name)
        ours = edits.c.origin_kind.in_(MODELS) & (edits.c.origin_name == run)
        words = select(*columns).join(latest, latest.c.edit_id == edits.c.edit_id).where(latest.c.image_id == image_id)
        rejections = words.where(ours, edits.c.state == LandmarkState.NOT_YET.value).order_by(edits.c.edit_id)
        labels = select(*columns).join(consensus, consensus.c.edit_id == edits.c.edit_id)
        with self._database.reading() as connection:
            found = {
                row.landmark: Judged(Verdict.REJECTED, row.reader, row.origin_kind, row.origin_name)
                for row in connection.execute(rejections)
            }
            for row in connection.execute(labels.where(consensus.c.image_id == image_id)):
                # A point that was copied as a start is uncertain until the reader says more; that is no acceptance.
                is_ours = row.origin_kind in MODELS and row.origin_name == run and row.state != _COPIED
                verdict = Verdict.ACCEPTED if is_ours else Verdict.LABELLED
                found[row.landmark] = Judged(verdict, row.reader, row.origin_kind, row.origin_name)
        return found

    def accepted(self, image_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Give the landmarks whose label is a prediction of any run, by image; images without one are missing."""
        found: dict[int, tuple[str, ...]] = {}
        query = select(edits.c.image_id, edits.c.landmark).join(consensus, consensus.c.edit_id == edits.c.edit_id)
        query = query.where(edits.c.origin_kind.in_(MODELS)).order_by(edits.c.landmark)
        with self._database.reading() as connection:
            for chunk in chunks(list(image_ids)):
                for row in connection.execute(query.where(consensus.c.image_id.in_(chunk))):
                    found[row.image_id] = (*found.get(row.image_id, ()), row.landmark)
        return found
