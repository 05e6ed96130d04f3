"""Labels that may be wrong: what is doubted, how much, and why in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# From so many robust standard deviations on a label is doubted. Real shapes have long tails: of the 2040 labels of
# wingspan-512, untouched, the other landmarks doubt 29 from 4 on and 6 from 5 on; of labels moved by 30 px of 512 they
# find 36 of 40 and 21 of 40.
THRESHOLD = 4.5
# What is certain, such as one patient on two sides, stands above whatever is likely.
CERTAIN = 100.0


@dataclass(frozen=True)
class Doubt:
    """One reason to look at one image.

    Parameters
    ----------
    image
        Name of the image.
    landmark
        The landmark, empty where the whole image is doubted.
    kind
        ``swap``, ``geometry``, ``disagreement``, ``duplicate`` or ``patient``.
    score
        Robust standard deviations; `CERTAIN` and more where there is no doubt about it.
    reason
        A sentence.
    """

    image: str
    landmark: str
    kind: str
    score: float
    reason: str


@dataclass(frozen=True)
class Doubts:
    """All that was found, the most doubtful first, and what could not be looked for.

    Parameters
    ----------
    found
        A line an image, landmark and kind.
    notes
        Sentences on what was not looked for, such as geometry with too few labels.
    n_images
        How many annotated images were looked at.
    """

    found: tuple[Doubt, ...]
    notes: tuple[str, ...]
    n_images: int

    @classmethod
    def of(cls, found: Iterable[Doubt], notes: Iterable[str], n_images: int) -> Doubts:
        """Sort what was found."""
        ordered = sorted(found, key=lambda one: (-one.score, one.image, one.landmark, one.kind))
        return cls(tuple(ordered), tuple(notes), n_images)

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the doubted images, each once, the most doubtful first."""
        return tuple(dict.fromkeys(one.image for one in self.found))

    def scores_of(self, image: str) -> tuple[float, dict[str, float]]:
        """Give the highest score of an image, and the highest of each doubted landmark."""
        lines = [one for one in self.found if one.image == image]
        parts: dict[str, float] = {}
        for one in lines:
            if one.landmark:
                parts[one.landmark] = max(one.score, parts.get(one.landmark, one.score))
        return max(one.score for one in lines), parts

    def reasons_of(self, image: str) -> dict[str, str]:
        """Give why an image is doubted, by landmark, empty for the whole image; the most doubtful first."""
        parts: dict[str, list[str]] = {}
        for one in self.found:
            if one.image == image:
                parts.setdefault(one.landmark, []).append(one.reason)
        return {landmark: " ".join(dict.fromkeys(told)) for landmark, told in parts.items()}

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return {"n_images": self.n_images, "notes": list(self.notes), "doubts": [asdict(one) for one in self.found]}


def robust_scale(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the standard deviation along an axis that distances (N, L) have by their median; (L,), NaN without any.

    The median of the length of a round Gaussian step is 1.177 standard deviations.
    """
    known = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.median(column) / 1.1774 if len(column) else np.nan for column in known])


def stacked(points: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Give points (L, 2) of N images as (N, L, 2)."""
    return np.array(points, dtype=np.float64).reshape(len(points), -1, 2)
