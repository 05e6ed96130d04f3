"""Columns that a scheme asks for: detection rates at its radii, shares of its reference length, its indices."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from napari_kdland.evaluation.columns import Metric
from napari_kdland.evaluation.detection import detected_at_512, detected_mm, hits_at_512, hits_mm, hits_pck, pck
from napari_kdland.evaluation.indices import agreement, index_values, references

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.anatomy import Index, Measures
    from napari_kdland.evaluation.detection import Counted
    from napari_kdland.evaluation.scoring import Evaluation


def columns_of(measures: Measures) -> tuple[Metric, ...]:
    """Give the metrics that a scheme's measures ask for, in their order."""
    return (
        *(
            _rate(
                f"detection_rate_{radius:g}_mm",
                f"Within {radius:g} mm",
                partial(detected_mm, radius=radius),
                counted=partial(hits_mm, radius=radius),
            )
            for radius in measures.detection_mm
        ),
        *(
            _rate(
                f"detection_rate_{radius:g}_px_at_512",
                f"Within {radius:g} px at 512",
                partial(detected_at_512, radius=radius),
                "images scaled to a longer side of 512",
                counted=partial(hits_at_512, radius=radius),
            )
            for radius in measures.detection_px_at_512
        ),
        *_shares(measures),
        *(_index_column(index) for index in measures.indices),
    )


def _shares(measures: Measures) -> tuple[Metric, ...]:
    length = measures.reference_length
    if length is None:
        return ()
    return tuple(
        _rate(
            f"pck_{share:g}",
            f"PCK {share:g}",
            partial(pck, fraction=share),
            f"as a share of the {length.title}",
            counted=partial(hits_pck, fraction=share),
        )
        for share in measures.pck_fractions
    )


def _rate(
    name: str,
    title: str,
    value: Callable[[Evaluation], float | None],
    how: str = "",
    *,
    counted: Callable[[Evaluation], Counted | None],
) -> Metric:
    summary = f"Share of landmarks predicted within this radius{', ' if how else ''}{how}."
    return Metric(name, title, "%", "higher", value, is_main=False, table="detection", summary=summary, counted=counted)


def _index_column(index: Index) -> Metric:
    return Metric(
        f"mean_absolute_error_{index.name}",
        f"{index.title}, mean absolute error",
        "",
        "lower",
        partial(_index_error, index=index),
        is_main=False,
        table="indices",
        decimals=3,
        summary=f"Mean absolute difference of the predicted from the true value. {index.description}".strip(),
    )


def _index_error(evaluation: Evaluation, *, index: Index) -> float | None:
    if evaluation.geometry is None:
        return None
    return agreement(index_values(index, evaluation), references(index, evaluation)).mean_absolute
