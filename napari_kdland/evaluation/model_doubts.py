"""Labels that networks contradict which never saw them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.doubts import CERTAIN, THRESHOLD, Doubt, robust_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.evaluation.shape_doubts import Labels

# Fewer errors of a landmark say nothing of how large they usually are.
LEAST = 6
# From so many robust standard deviations on a network's own landmark is odd among its others. Chosen on wingspan-512
# with 5 % of corrupted labels, with other images corrupted than those of the published figures.
_ODD = 1.5


def disagreements(
    labels: Labels, predicted: NDArray[np.float64], *, threshold: float = THRESHOLD
) -> tuple[list[Doubt], list[str]]:
    """Find labels that lie farther from the prediction than the landmark's predictions usually do.

    A network errs too. Where its landmark does not fit its own others, the distance counts for the less the odder it
    is: a landmark that the network has put in another place altogether says nothing of the label. Shapes are known
    from twelve images on; below, every distance counts whole.

    Parameters
    ----------
    labels
        What is doubted.
    predicted : (N, L, 2)
        By networks that were trained on other images; NaN where there is no prediction.

    References
    ----------
    Northcutt et al. 2021, Confident learning: estimating uncertainty in dataset labels, section 3 (out-of-sample
    predictions of every label by cross-validation).
    """
    distances = np.linalg.norm(predicted - labels.points, axis=-1)
    counts = (~np.isnan(distances)).sum(axis=0)
    few = [name for name, count in zip(labels.names, counts, strict=True) if count < LEAST]
    told = f"{', '.join(few)}: fewer than {LEAST} labels have a prediction, so none was held against one."
    notes = [told] if few else []
    scale = np.where(counts >= LEAST, robust_scale(distances), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = distances / np.maximum(scale, 1e-9) / np.maximum(_oddness(labels, predicted) / _ODD, 1)
        rows, columns = np.nonzero(scores > threshold)
    found = []
    for row, column in zip(rows, columns, strict=True):
        name, score = labels.names[column], float(scores[row, column])
        reason = (
            f"networks that never saw this image see {name} {distances[row, column]:.0f} px away, which counts for "
            f"{score:.1f} times the usual spread."
        )
        found.append(Doubt(labels.images[row], name, "disagreement", min(score, CERTAIN - 2), reason))
    return found, notes


def _oddness(labels: Labels, predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give how odd each predicted landmark (N, L) is among the others of its image; 0 where that is not known."""
    _, model = labels.shapes
    if model is None:
        return np.zeros(predicted.shape[:2])
    sizes = labels.sizes.max(axis=1)
    return np.nan_to_num([model.oddness(points, size) for points, size in zip(predicted, sizes, strict=True)])
