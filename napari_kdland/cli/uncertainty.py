"""Options of how a run is asked for its uncertainty."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from napari_kdland.recipes.asking import Asking


class Way(StrEnum):
    """Where an uncertainty comes from; the names of the menu in `recipes.asking`."""

    HEATMAP = "heatmap"
    DROPOUT = "dropout"
    ENSEMBLE = "ensemble"
    VIEWS = "views"


Uncertainty = Annotated[Way, typer.Option(help="Where standard deviations come from.", show_default=False)]
Beside = Annotated[
    list[str] | None, typer.Option("--beside", help="ensemble: further run of this project; repeat for several.")
]
Passes = Annotated[int, typer.Option(help="dropout: passes.", min=2, max=64)]


def asking_of(way: Way | None, beside: list[str] | None, passes: int) -> Asking:
    """Give how to ask, by the heatmaps where nothing is said.

    Raises
    ------
    UsageError
        If runs are named and the way is no ensemble, or the other way round.
    """
    from napari_kdland.recipes.asking import Asking

    return Asking((way or Way.HEATMAP).value, tuple(beside or ()), passes)
