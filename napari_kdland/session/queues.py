"""A review queue: the images, or single landmarks, of a ranking, the most urgent first, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from napari_kdland.project import Project, Ranking, Scored


@dataclass(frozen=True)
class Queue:
    """What is to be looked through.

    Parameters
    ----------
    ranking
        Where the scores come from.
    lines
        Images, or landmarks of images, the highest score first.
    of_landmarks
        Whether each line is one landmark.
    split
        Only images of this split; `None` for all that are ranked.
    """

    ranking: Ranking
    lines: tuple[Scored, ...]
    of_landmarks: bool = False
    split: str | None = None

    @classmethod
    def read(cls, project: Project, ranking: Ranking, *, of_landmarks: bool = False, split: str | None = None) -> Queue:
        """Read a queue from the project."""
        page = project.scores.landmark_page if of_landmarks else project.scores.page
        lines = page(ranking.ranking_id, limit=-1)
        return cls(ranking, tuple(line for line in lines if split in (None, line.split)), of_landmarks, split)

    @cached_property
    def image_ids(self) -> frozenset[int]:
        """The images in it."""
        return frozenset(line.image_id for line in self.lines)

    def place_of(self, image_id: int, landmark: str | None) -> int | None:
        """Give the line of an image, or of one of its landmarks; the image's first where that is in no line."""
        places = [place for place, line in enumerate(self.lines) if line.image_id == image_id]
        own = [place for place in places if self.lines[place].landmark == landmark]
        return next(iter((*own, *places)), None)

    def next_after(self, place: int | None, done: Collection[int]) -> int | None:
        """Give the next line whose image is not `done`, from the top again after the last; `None` where all are."""
        start = -1 if place is None else place
        order = (*range(start + 1, len(self.lines)), *range(start + 1))
        return next((each for each in order if self.lines[each].image_id not in done and each != place), None)
