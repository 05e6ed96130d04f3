"""The mean shape of a project's landmarks, laid over what an image already has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.evaluation import MeanShape, mean_shape

if TYPE_CHECKING:
    from napari_kdland.project import Project

# Of a project of many labelled images, the first ones by name are enough for a mean.
_AT_MOST = 300
# Two landmarks turn and scale a shape; closer together than a tenth of the image's height, their errors would tilt it.
_FEWEST = 2
_SPREAD = 0.1
_SURE = (LandmarkState.PLACED, LandmarkState.OCCLUDED)


def shape_of(project: Project, *, without: int | None = None) -> MeanShape | None:
    """Average the landmarks that readers are sure of; `None` where there are none.

    Parameters
    ----------
    project
        Whose labels are averaged.
    without
        An image that does not count.
    """
    image_ids = [image_id for image_id in project.annotations.labelled_ids() if image_id != without][:_AT_MOST]
    sizes = project.records.sizes()
    labels = project.annotations.labels(image_ids, with_accepted=False)
    sure = [(_sure(labels[image_id]), sizes[image_id]) for image_id in image_ids]
    known = [pair for pair in sure if pair[0].has_point.any()]
    return mean_shape(known) if known else None


def laid_over(shape: Landmarks, placed: Landmarks, size: tuple[int, int]) -> Landmarks:
    """Turn, scale and move a shape so that it fits landmarks of an image of (height, width) pixels as well as it can.

    Where fewer than two of its landmarks are placed, or all of them close together, the shape comes back as it is.

    References
    ----------
    Umeyama 1991, Least-squares estimation of transformation parameters between two point patterns, eqs. 40-42.
    """
    shape = shape.reordered(placed.names)
    both = shape.has_point & placed.has_point
    here, there = shape.points[both], placed.points[both]
    if both.sum() < _FEWEST or min(_spread(here), _spread(there)) < _SPREAD * size[0]:
        return shape
    from skimage.transform import SimilarityTransform  # loads much; the window opens before it is needed

    points = shape.points.copy()
    # scikit-image turns (x, y); the same number of axes in another order gives the same similarity.
    points[shape.has_point] = SimilarityTransform.from_estimate(here, there)(shape.points[shape.has_point])
    return Landmarks(shape.names, points, shape.states)


def _sure(landmarks: Landmarks) -> Landmarks:
    known = {name: (state, (float(point[0]), float(point[1]))) for name, state, point in landmarks if state in _SURE}
    return Landmarks.from_mapping(landmarks.names, known)


def _spread(points: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Give the root mean square distance from the middle, in pixels."""
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))
