"""Which images of the project a list shows, and in what order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.project.records import Known, Order, Record, Records


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
    order
        By name, by time of import, by landmarks known, or by label rank.
    """

    split: str | None = None
    text: str = ""
    known: Known | None = None
    order: Order = "name"

    def count(self, records: Records) -> int:
        """Count the images."""
        return records.count(split=self.split, text=self.text, known=self.known)

    def page(self, records: Records, offset: int, limit: int) -> list[Record]:
        """Give `limit` images from `offset` on."""
        return records.page(offset, limit, split=self.split, text=self.text, order=self.order, known=self.known)

    def neighbours(self, records: Records, image_id: int, *, unlabelled: bool = False) -> tuple[int | None, int | None]:
        """Give the images before and after one, or those around it of which no landmark is known."""
        known: Known | None = "none" if unlabelled else self.known
        return records.neighbours(image_id, split=self.split, text=self.text, order=self.order, known=known)

    def row_of(self, records: Records, image_id: int) -> int | None:
        """Give the place of an image in the list, from 0; `None` where it is not in it."""
        ids = records.ids(self.split, text=self.text, order=self.order, known=self.known)
        return ids.index(image_id) if image_id in ids else None
