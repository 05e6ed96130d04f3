"""Which images are labelled at each label count and draw of a study: the same for every recipe and seed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.jobs.freezing import FrozenData, freeze
from napari_kdland.jobs.training_inputs import heads_of
from napari_kdland.recipes.study import RANKED

if TYPE_CHECKING:
    from napari_kdland.project import Project
    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.study import Draw

# What a network says of an image, as `freeze` names it.
Heads = tuple[str, ...]
# Orders images that have no label_rank, for all runs alike.
_UNRANKED_SEED = 0


@dataclass(frozen=True, order=True)
class Cell:
    """A number of labels, and how the labelled images are drawn."""

    labels: int
    draw: Draw = RANKED

    @property
    def title(self) -> str:
        """For tables: ``k = 10``, and the draw where there is one."""
        return f"k = {self.labels}" if self.draw == RANKED else f"k = {self.labels}, draw {self.draw}"

    @property
    def slug(self) -> str:
        """For names of runs: ``k10``, ``k10-d3``."""
        return f"k{self.labels}" if self.draw == RANKED else f"k{self.labels}-d{self.draw}"


class Subsets:
    """The frozen data of a project by cell; labels are read once, so that editing meanwhile changes nothing."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._data: dict[tuple[Cell, Heads], FrozenData] = {}
        self._prints: dict[tuple[Cell, Heads], str] = {}

    def data(self, cell: Cell, recipe: Recipe) -> FrozenData:
        """Give what runs of a recipe train on in a cell.

        Raises
        ------
        TrainingError
            If the project has fewer images that are labelled with what the recipe learns.
        """
        heads = heads_of(recipe)
        if (cell, heads) not in self._data:
            data = freeze(self._project, labels=cell.labels, seed=_UNRANKED_SEED, heads=heads)
            if cell.draw != RANKED:
                everything = freeze(self._project, labels=None, seed=_UNRANKED_SEED, heads=heads)
                data = drawn(everything, cell.labels, seed=int(cell.draw))
            self._data[cell, heads] = data
        return self._data[cell, heads]

    def fingerprint(self, cell: Cell, recipe: Recipe) -> str:
        """Give a hash of what runs of a recipe train on in a cell."""
        key = cell, heads_of(recipe)
        if key not in self._prints:
            with tempfile.TemporaryDirectory() as folder:
                self._prints[key] = self.data(cell, recipe).write(Path(folder))
        return self._prints[key]


def drawn(data: FrozenData, labels: int, *, seed: int) -> FrozenData:
    """Keep the labels of some labelled images only; the others become unlabelled ones.

    Draws of one seed are nested: that of fewer labels is part of that of more.
    """
    ordered = sorted(data.labelled, key=lambda image: image.content_hash)
    places = np.random.default_rng(seed).permutation(len(ordered))
    chosen = tuple(ordered[place] for place in places[:labels])
    others = tuple(replace(ordered[place], landmarks=None, mask=None) for place in sorted(places[labels:]))
    return replace(data, labelled=chosen, unlabelled=(*others, *data.unlabelled))
