"""One source of landmarks held against the truth, image by image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState, Measures
from napari_kdland.errors import AnnotationError, SchemeError
from napari_kdland.evaluation.geometry import Geometry
from napari_kdland.evaluation.metrics import (
    Errors,
    ErrorSummary,
    Flags,
    Limits,
    image_means,
    plain_values,
    radial_errors,
    summarise,
)
from napari_kdland.evaluation.presence import Presence, count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.evaluation.regions import RegionEvaluation

ByImage = Mapping[str, Landmarks]
SpacingByImage = Mapping[str, tuple[float, float] | None]
SizeByImage = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Evaluation:
    """The errors of one source on every image that has a truth.

    Parameters
    ----------
    names
        The L landmarks.
    images
        The N images that have a truth.
    errors_px : (N, L)
        Radial errors in pixels of each original image; NaN where truth or prediction has no point.
    errors_mm : (N, L) or None
        In millimetres; `None` unless every one of the N images has a spacing.
    has_truth : (N, L)
        Where the truth has a point.
    summary, presence
        The errors, and the agreement on what is there at all, summed up.
    without_truth
        Images of which nothing is known; they are in no figure.
    without_prediction
        Images with a truth for which the source says nothing; all their landmarks count as missing.
    without_spacing
        Images without a spacing.
    regions
        How well regions were found in the same images; `None` where there is nothing of them to measure.
    geometry
        Where the points lie; `None` where there are no landmarks.
    measures
        What the scheme wants measured beside the errors.
    limits
        Radii at which errors are judged.
    """

    names: tuple[str, ...]
    images: tuple[str, ...]
    errors_px: Errors
    errors_mm: Errors | None
    has_truth: Flags
    summary: ErrorSummary
    presence: Presence
    without_truth: tuple[str, ...] = ()
    without_prediction: tuple[str, ...] = ()
    without_spacing: tuple[str, ...] = ()
    regions: RegionEvaluation | None = None
    geometry: Geometry | None = None
    measures: Measures = field(default_factory=Measures)
    limits: Limits = field(default_factory=Limits)

    def errors_in(self, unit: Literal["px", "mm"]) -> Errors:
        """Give the radial errors (N, L) in a unit; in pixels where there are no millimetres."""
        return self.errors_mm if unit == "mm" and self.errors_mm is not None else self.errors_px

    @property
    def image_errors_px(self) -> Errors:
        """Mean radial error of each image; (N,), NaN where no landmark could be measured."""
        return image_means(self.errors_px)

    def errors_of(self, image: str) -> dict[str, float]:
        """Give the radial error in pixels by landmark for one image."""
        row = self.errors_px[self.images.index(image)]
        return dict(zip(self.names, row.tolist(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Give the summary's plain values, with presence, the images left out, and the error of each image."""
        values: dict[str, Any] = plain_values(
            {
                **self.summary.to_json(),
                "presence": asdict(self.presence),
                "without_truth": self.without_truth,
                "without_prediction": self.without_prediction,
                "per_image": dict(zip(self.images, self.image_errors_px.tolist(), strict=True)),
            }
        )
        return values if self.regions is None else {**values, "regions": self.regions.to_json()}


def evaluate(
    predicted: ByImage,
    truth: ByImage,
    *,
    spacing_mm: SpacingByImage | None = None,
    sizes: SizeByImage | None = None,
    measures: Measures | None = None,
    limits: Limits | None = None,
) -> Evaluation:
    """Hold the landmarks of one source against the truth.

    Parameters
    ----------
    predicted, truth
        Landmarks by image name. The landmarks may stand in different orders; the truth's is kept.
    spacing_mm
        (row, column) millimetres per pixel by image name; `None` or left out where an image has none.
    sizes
        (height, width) in pixels by image name; left out where it is not known.
    measures
        What the scheme wants measured beside the errors, with its radii in millimetres; `Measures()` by default.
    limits
        Radii of outliers and detection rates; those of `measures` by default.

    Raises
    ------
    SchemeError
        If truth and prediction do not have the same landmarks.
    AnnotationError
        If no image has a truth.
    """
    names = common_names([*truth.values(), *predicted.values()])
    images = images_with_truth(truth)
    true = [truth[image].reordered(names) for image in images]
    found = [predicted[image].reordered(names) if image in predicted else Landmarks.not_yet(names) for image in images]
    geometry = Geometry(
        found=_stacked(found),
        true=_stacked(true),
        is_absent=np.array([[state is LandmarkState.ABSENT for state in landmarks.states] for landmarks in true]),
        spacing_mm=_pairs(images, spacing_mm),
        sizes=_pairs(images, sizes),
    )
    measures = measures or Measures()
    evaluation = _measured(names, images, geometry, measures, limits or Limits(detection_mm=measures.detection_mm))
    return replace(
        evaluation,
        without_truth=tuple(image for image in {**truth, **predicted} if image not in set(images)),
        without_prediction=tuple(image for image in images if image not in predicted),
    )


def only_images(evaluation: Evaluation, images: Sequence[str]) -> Evaluation:
    """Give the evaluation of some of the images, without regions; they keep its order."""
    rows = [index for index, image in enumerate(evaluation.images) if image in set(images)]
    if evaluation.geometry is None:
        return regions_alone(None, tuple(evaluation.images[row] for row in rows))
    chosen = tuple(evaluation.images[row] for row in rows)
    geometry = evaluation.geometry.of_images(rows)
    restricted = _measured(evaluation.names, chosen, geometry, evaluation.measures, evaluation.limits)
    without = tuple(image for image in evaluation.without_prediction if image in set(chosen))
    return replace(restricted, without_truth=evaluation.without_truth, without_prediction=without)


def only_landmarks(evaluation: Evaluation, chosen: Sequence[str]) -> Evaluation:
    """Give the evaluation of some of the landmarks, without regions.

    The others keep their places, so that reference lengths and outlines are still those of the whole: they have a true
    point, and count neither as found nor as missing.
    """
    geometry = evaluation.geometry
    if geometry is None:
        return regions_alone(None, evaluation.images)
    columns = [evaluation.names.index(name) for name in chosen]
    is_chosen = np.isin(np.arange(len(evaluation.names)), columns)
    errors_mm, has_truth = evaluation.errors_mm, evaluation.has_truth
    return replace(
        evaluation,
        errors_px=np.where(is_chosen, evaluation.errors_px, np.nan),
        errors_mm=None if errors_mm is None else np.where(is_chosen, errors_mm, np.nan),
        has_truth=has_truth & is_chosen,
        summary=summarise(
            evaluation.errors_px[:, columns],
            names=tuple(chosen),
            has_truth=has_truth[:, columns],
            errors_mm=None if errors_mm is None else errors_mm[:, columns],
            limits=evaluation.limits,
        ),
        presence=count(has_truth[:, columns], geometry.is_absent[:, columns], geometry.has_found[:, columns]),
        regions=None,
        geometry=replace(geometry, found=np.where(is_chosen[:, None], geometry.found, np.nan)),
    )


def _measured(
    names: tuple[str, ...], images: tuple[str, ...], geometry: Geometry, measures: Measures, limits: Limits
) -> Evaluation:
    is_spaced = geometry.has_spacing
    errors_px = radial_errors(geometry.found, geometry.true)
    errors_mm = None
    if is_spaced.all():
        errors_mm = radial_errors(geometry.found, geometry.true, spacing_mm=geometry.spacing_mm)
    has_truth = geometry.has_true
    return Evaluation(
        names=names,
        images=images,
        errors_px=errors_px,
        errors_mm=errors_mm,
        has_truth=has_truth,
        summary=summarise(errors_px, names=names, has_truth=has_truth, errors_mm=errors_mm, limits=limits),
        presence=count(has_truth, geometry.is_absent, geometry.has_found),
        without_spacing=tuple(image for image, known in zip(images, is_spaced, strict=True) if not known),
        geometry=geometry,
        measures=measures,
        limits=limits,
    )


def common_unit(evaluations: Iterable[Evaluation]) -> Literal["px", "mm"]:
    """Give the unit of what is said of several: millimetres where every image of each has a spacing, else pixels."""
    return "mm" if all(of.errors_mm is not None for of in evaluations) else "px"


def regions_alone(regions: RegionEvaluation | None, images: tuple[str, ...]) -> Evaluation:
    """Give the evaluation of a run that finds regions and no landmarks; `images` are those of the comparison."""
    nothing, none = np.zeros((len(images), 0)), np.zeros((len(images), 0), dtype=bool)
    return Evaluation(
        names=(),
        images=images,
        errors_px=nothing,
        errors_mm=None,
        has_truth=none,
        summary=summarise(nothing, names=()),
        presence=Presence(0, 0, 0, 0, 0),
        regions=regions,
    )


def common_names(all_landmarks: Iterable[Landmarks]) -> tuple[str, ...]:
    """Give the landmark names that all share, in the first one's order.

    Raises
    ------
    SchemeError
        If two of them do not have the same names.
    """
    names: tuple[str, ...] | None = None
    for landmarks in all_landmarks:
        names = names or landmarks.names
        if set(landmarks.names) != set(names):
            odd = sorted(set(landmarks.names) ^ set(names))
            raise SchemeError(
                f"Truth and predictions have different landmarks: {', '.join(odd)} in one but not in the other. "
                "Compare runs that were trained with the project's scheme."
            )
    return names or ()


def images_with_truth(truth: ByImage) -> tuple[str, ...]:
    """Give the images of which at least one landmark is known, be it as absent.

    Raises
    ------
    AnnotationError
        If there is none.
    """
    images = tuple(image for image, landmarks in truth.items() if landmarks.n_known)
    if not images:
        raise AnnotationError(
            f"None of the {len(truth)} images has annotated landmarks, so there is nothing to measure against. "
            "Annotate some of them, or import their landmarks."
        )
    return images


def _stacked(rows: Sequence[Landmarks]) -> NDArray[np.float64]:
    return np.stack([landmarks.points for landmarks in rows])


def _pairs(images: Sequence[str], given: Mapping[str, tuple[float, float] | None] | None) -> NDArray[np.float64]:
    """Give (row, column) values by image as (N, 2); NaN where there are none."""
    return np.array([(given or {}).get(image) or (np.nan, np.nan) for image in images], dtype=np.float64)
