"""How unsure runs were, as it is kept with their predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_kdland.evaluation import Evaluation
    from napari_kdland.project import Project


def predicted_spreads(project: Project, run: str, of: Evaluation, ids: Mapping[str, int]) -> NDArray[np.float64]:
    """Give the standard deviations (N, L) that a run predicted, in pixels; NaN where it gave none.

    Parameters
    ----------
    project, run
        Where the predictions are kept, and whose they are.
    of
        Its N images and L landmarks are those of the result.
    ids
        Numbers of the images by name; images without one are NaN.
    """
    said = project.predictions.load_many(run, [ids[image] for image in of.images if image in ids])
    spreads = np.full((len(of.images), len(of.names)), np.nan)
    for place, image in enumerate(of.images):
        landmarks = said.get(ids.get(image, -1))
        if landmarks is not None and landmarks.sd_px is not None:
            spreads[place] = landmarks.reordered(of.names).sd_px
    return spreads
