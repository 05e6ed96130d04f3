"""The floor: what is gained by predicting the mean position of every landmark, without looking at the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import TrainingError
from napari_kdland.evaluation.scoring import common_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class MeanShape:
    """Mean position of every landmark, relative to the image.

    Parameters
    ----------
    names
        The L landmarks.
    relative : (L, 2)
        (y, x) as shares of height and width, measured from the image's upper left corner; NaN for a landmark that no
        labelled image has.
    """

    names: tuple[str, ...]
    relative: NDArray[np.float64]

    def predict(self, size: tuple[int, int]) -> Landmarks:
        """Give the mean shape in an image of (height, width) pixels."""
        # Pixel centres lie at whole numbers, so the image's corner is at -0.5.
        return Landmarks.placed(self.names, self.relative * np.asarray(size, dtype=np.float64) - 0.5)


def mean_shape(labelled: Iterable[tuple[Landmarks, tuple[int, int]]]) -> MeanShape:
    """Average the landmarks of labelled images.

    Parameters
    ----------
    labelled
        Landmarks with the (height, width) of their image. Only points count.

    Raises
    ------
    TrainingError
        If there is no labelled image.
    SchemeError
        If the images do not have the same landmarks.
    """
    pairs: Sequence[tuple[Landmarks, tuple[int, int]]] = list(labelled)
    if not pairs:
        raise TrainingError(
            "The mean shape needs at least one labelled image and was given none. Annotate some images."
        )
    names = common_names(landmarks for landmarks, _ in pairs)
    shares = np.stack([(one.reordered(names).points + 0.5) / np.asarray(size) for one, size in pairs])
    known = np.isfinite(shares).all(axis=2)
    totals = np.where(known[..., None], shares, 0.0).sum(axis=0)
    counts = known.sum(axis=0)[:, None]
    return MeanShape(names, np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0))
