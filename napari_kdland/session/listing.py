"""Which images of the project a list shows, and in what order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.project.image_filters import ANY, Marks

if TYPE_CHECKING:
    from napari_kdland.project.records import Known, Order, Records


@dataclass(frozen=True)
class Listing:
    """A choice of images.

    Parameters
    ----------
    split
        Only this split; `None` for all.
    text
        Only names that hold this text.
    known
        Only images of whose landmarks ``none``, ``some`` or ``all`` are known; `None` for all.
    marks
        Only images that are reviewed, flagged, predicted, or not; or with a landmark that is uncertain, occluded, ...
    order
        By name, by time of import, by landmarks known, by label rank, or by score.
    ranking_id
        Whose scores; the highest stand first, images without a score last.
    """

    split: str | None = None
    text: str = ""
    known: Known | None = None
    marks: Marks = ANY
    order: Order = "name"
    ranking_id: int | None = None

    def ids(self, records: Records, *, reader: str | None = None) -> list[int]:
        """Give the numbers of the images, in their order; what is asked of them is of one reader where one is given."""
        return records.ids(
            self.split,
            text=self.text,
            order=self.order,
            known=self.known,
            marks=self.marks,
            ranking_id=self.ranking_id,
            reader=reader,
        )

    def neighbours(
        self, records: Records, image_id: int, *, unlabelled: bool = False, reader: str | None = None
    ) -> tuple[int | None, int | None]:
        """Give the images before and after one, or those around it of which no landmark is known; `reader` as above."""
        return records.neighbours(
            image_id,
            split=self.split,
            text=self.text,
            order=self.order,
            known="none" if unlabelled else self.known,
            marks=self.marks,
            ranking_id=self.ranking_id,
            reader=reader,
        )
