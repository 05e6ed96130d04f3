"""How well regions are found: overlap and surface distance, per region and over images, as a table of its own."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.errors import AnnotationError, SchemeError
from napari_kdland.evaluation.metrics import plain_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class RegionFigures:
    """What was measured in one image.

    Parameters
    ----------
    names
        Names of the R regions.
    dice : (R,)
        0..1; NaN where the truth is unknown, or the region is absent from the truth.
    hd95_px, assd_px : (R,)
        95th percentile of the Hausdorff distance, and mean distance of the surfaces both ways; NaN unless the region
        is in the truth and in the prediction.
    hd95_mm, assd_mm : (R,)
        The same in millimetres; `None` where the image has no spacing.
    has_truth, has_prediction : (R,)
        Whether the region has a pixel.
    known : (R,)
        Whether the truth says anything of it.
    """

    names: tuple[str, ...]
    dice: Values
    hd95_px: Values
    assd_px: Values
    hd95_mm: Values | None
    assd_mm: Values | None
    has_truth: Flags
    has_prediction: Flags
    known: Flags


@dataclass(frozen=True)
class Spread:
    """Mean, sample standard deviation and median over images; NaN where there are none, SD also for a single one."""

    mean: float
    sd: float
    median: float

    @classmethod
    def of(cls, values: Values) -> Spread:
        """Sum up values; those that are not finite are left out."""
        measured = values[np.isfinite(values)]
        if not len(measured):
            return cls(float("nan"), float("nan"), float("nan"))
        sd = float(measured.std(ddof=1)) if len(measured) > 1 else float("nan")
        return cls(float(measured.mean()), sd, float(np.median(measured)))


@dataclass(frozen=True)
class RegionSummary:
    """One region over all images, or all regions together.

    Parameters
    ----------
    dice, hd95_px, assd_px
        Over images. A region that was missed has Dice 0 and no distance.
    hd95_mm, assd_mm
        `None` unless every image has a spacing.
    n_images
        Images whose truth has the region.
    n_missing
        Of those, how many have no pixel of it in the prediction. They are in no distance.
    n_invented
        Images whose truth says that the region is absent, and whose prediction has it all the same. They are in no
        Dice.
    """

    dice: Spread
    hd95_px: Spread
    assd_px: Spread
    hd95_mm: Spread | None
    assd_mm: Spread | None
    n_images: int
    n_missing: int
    n_invented: int


@dataclass(frozen=True)
class RegionEvaluation:
    """The regions of one run against the readers' masks.

    Parameters
    ----------
    names, images
        Names of the R regions and the N images.
    dice, hd95_px, assd_px : (N, R)
        As in `RegionFigures`.
    hd95_mm, assd_mm : (N, R) or None
        The same; `None` unless every image has a spacing.
    per_region
        Each region over the images.
    overall
        The image is the unit: figures are averaged over the regions of an image first.
    """

    names: tuple[str, ...]
    images: tuple[str, ...]
    dice: Values
    hd95_px: Values
    assd_px: Values
    per_region: Mapping[str, RegionSummary]
    overall: RegionSummary
    hd95_mm: Values | None = None
    assd_mm: Values | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """The figures to be kept with a run, by name; those that are not numbers are left out."""
        found: dict[str, float] = {}
        for title, of in (("", self.overall), *((f"_{name}", one) for name, one in self.per_region.items())):
            for key in ("dice", "hd95_px", "assd_px", "hd95_mm", "assd_mm"):
                spread = getattr(of, key)
                if spread is not None and np.isfinite(spread.mean):
                    found[f"{key}{title}"] = spread.mean
        return found

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`: `None` for what is not a number."""
        per_region = {name: asdict(one) for name, one in self.per_region.items()}
        plain: dict[str, Any] = plain_values({"overall": asdict(self.overall), "per_region": per_region})
        return plain


def sum_up(figures: Mapping[str, RegionFigures]) -> RegionEvaluation:
    """Sum up what was measured in each image, by image.

    Raises
    ------
    AnnotationError
        If no image has a truth.
    SchemeError
        If the images do not have the same regions.
    """
    images = tuple(name for name, one in figures.items() if one.known.any())
    if not images:
        raise AnnotationError(
            f"None of the {len(figures)} images has region masks, so there is nothing to measure against. "
            "Draw some, or import them."
        )
    rows = [figures[image] for image in images]
    names = rows[0].names
    for image, row in zip(images, rows, strict=True):
        if row.names != names:
            raise SchemeError(f"{image} has the regions {', '.join(row.names)}, {images[0]} {', '.join(names)}.")
    columns = _Columns(rows)
    each = [np.arange(len(names)) == index for index in range(len(names))]
    return RegionEvaluation(
        names=names,
        images=images,
        dice=columns.values["dice"],
        hd95_px=columns.values["hd95_px"],
        assd_px=columns.values["assd_px"],
        per_region={name: columns.summary(chosen) for name, chosen in zip(names, each, strict=True)},
        overall=columns.summary(np.ones(len(names), dtype=bool)),
        hd95_mm=columns.values.get("hd95_mm"),
        assd_mm=columns.values.get("assd_mm"),
    )


class _Columns:
    """The figures of all images, stacked: (N, R) by name."""

    def __init__(self, rows: Sequence[RegionFigures]) -> None:
        self.values = {key: np.stack([getattr(row, key) for row in rows]) for key in ("dice", "hd95_px", "assd_px")}
        if all(row.hd95_mm is not None for row in rows):
            self.values |= {key: np.stack([getattr(row, key) for row in rows]) for key in ("hd95_mm", "assd_mm")}
        self._has_truth = np.stack([row.has_truth & row.known for row in rows])
        self._is_absent = np.stack([~row.has_truth & row.known for row in rows])
        self._has_prediction = np.stack([row.has_prediction for row in rows])

    def summary(self, chosen: Flags) -> RegionSummary:
        """Sum up the regions `chosen` (R,), averaged within each image."""
        spreads = {key: Spread.of(_means(values[:, chosen])) for key, values in self.values.items()}
        has_truth, has_prediction = self._has_truth[:, chosen], self._has_prediction[:, chosen]
        return RegionSummary(
            dice=spreads["dice"],
            hd95_px=spreads["hd95_px"],
            assd_px=spreads["assd_px"],
            hd95_mm=spreads.get("hd95_mm"),
            assd_mm=spreads.get("assd_mm"),
            n_images=int(has_truth.any(axis=1).sum()),
            n_missing=int((has_truth & ~has_prediction).sum()),
            n_invented=int((self._is_absent[:, chosen] & has_prediction).sum()),
        )


def _means(values: Values) -> Values:
    """Average (N, R) over the regions of each image; NaN where none was measured."""
    measured = np.isfinite(values)
    totals, counts = np.where(measured, values, 0.0).sum(axis=1), measured.sum(axis=1)
    means: Values = np.divide(totals, counts, out=np.full(len(values), np.nan), where=counts > 0)
    return means
