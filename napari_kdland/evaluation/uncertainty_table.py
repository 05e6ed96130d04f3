"""What the standard deviations of runs are worth, as one table: order, size, and radii that hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from napari_kdland.evaluation.conformal import images_needed
from napari_kdland.evaluation.report_tables import Cell, Table, interval, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.evaluation.conformal import Coverage
    from napari_kdland.evaluation.uncertainty import UncertaintyFigures


def uncertainty_table(
    judged: Mapping[str, UncertaintyFigures], unjudged: Mapping[str, str] | None = None
) -> Table | None:
    """Give a row for each run, of dashes where its standard deviations cannot be held against its errors.

    Parameters
    ----------
    judged
        By run: calibrated on val, measured on the images of the comparison. Those that measured nothing are left out.
    unjudged
        Why they cannot, by run.

    Returns
    -------
    Table or None
        `None` without any run.
    """
    known, unjudged = {run: of for run, of in judged.items() if of.n_predictions}, unjudged or {}
    if not known and not unjudged:
        return None
    levels = [one.level for one in next(iter(known.values())).coverage] if known else []
    head = ["Run", "Found by", "Images of val", "Landmarks measured", "Spearman", "by landmark", "AUSE"]
    head += ["ENCE before scaling", "ENCE", *(f"{100 * level:g} %: {of}" for level in levels for of in _OF_LEVEL)]
    body = [(run, _cells(of)) for run, of in known.items()]
    body += [(run, (Cell(why), *_dashes(2 * len(levels)))) for run, why in unjudged.items()]
    caption = _caption(known) + (_ANEW if unjudged else "")
    return Table("uncertainty", "What the standard deviations are worth", caption, tuple(head), tuple(body))


_ANEW = (
    " A run without figures has standard deviations of which it is not known how they were found, or that do not hold "
    "together; they are judged once its images are predicted anew in one way."
)


def _dashes(n_of_levels: int) -> tuple[Cell, ...]:
    nothing = (number(None),) * 3
    return (*nothing, interval(None), *nothing, *((number(None),) * n_of_levels))


_OF_LEVEL = ("within (%)", "mean radius (px)")


def _cells(of: UncertaintyFigures) -> tuple[Cell, ...]:
    ranks = [value for value in of.spearman_per_landmark.values() if not math.isnan(value)]
    n_val = max((one.n_calibration for one in of.coverage), default=0)
    return (
        Cell(of.how),
        Cell(str(n_val), n_val),
        Cell(str(of.n_predictions), of.n_predictions),
        number(of.spearman, 2),
        interval((min(ranks), max(ranks)) if ranks else None, 2, signed=False),
        number(of.ause, 2),
        number(of.ence_before, 2),
        number(of.ence if n_val else None, 2),
        *(cell for one in of.coverage for cell in (number(100 * one.covered), _radius(one))),
    )


def _radius(of: Coverage) -> Cell:
    return Cell("infinite") if math.isinf(of.mean_radius_px) else number(of.mean_radius_px)


def _caption(judged: Mapping[str, UncertaintyFigures]) -> str:
    said = (
        "Spearman: rank correlation of error and standard deviation, over all landmarks, and the lowest and highest of "
        "a landmark. AUSE: area between the sparsification curve and the best order, 0 is best. ENCE: calibration "
        "error, 0 is best, before and after standard deviations were scaled by landmark to the errors on val. Within: "
        "share of landmarks no farther from the truth than their split-conformal radius, which val gives; the level is "
        "what was asked for."
    )
    unbounded = sorted({one.level for of in judged.values() for one in of.coverage if math.isinf(one.mean_radius_px)})
    if unbounded:
        needed = ", ".join(f"{images_needed(level)} at {100 * level:g} %" for level in unbounded)
        said += f" A radius is infinite where val has too few annotated images of a landmark: it takes {needed}."
    return said
