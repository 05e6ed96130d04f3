"""Asking the teacher: whichever view it sees, its output comes on the student's grid and in its frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_kdland.engine.devices import seed_of
from napari_kdland.engine.distillation import TEACHERS
from napari_kdland.engine.distillation.answers import Wanted, combined
from napari_kdland.engine.distillation.members import TrainedMember, on_grid
from napari_kdland.engine.memory import TeacherMemory
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.menus import choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from napari_kdland.engine.batches import Batch, Batches
    from napari_kdland.engine.distillation.base import Source, TeacherOutput
    from napari_kdland.engine.mapping import Mapping
    from napari_kdland.engine.networks.base import NetworkOutput
    from napari_kdland.recipes import Recipe

_CHUNK = 8
_MEMORY = 1 << 30
# Far from every peak a float32 probability underflows; its logarithm must stay finite.
_TINIEST = 1e-30


class Teaching:
    """The teacher of a recipe.

    Parameters
    ----------
    recipe
        Names the source, the views and what is read of the answers.
    members
        The trained runs; for an online teacher the student's average, or the student itself.
    batches
        For the images as they are, and the order of sides.
    seed
        Of passes with dropout.
    overlapping
        Whether regions may overlap.

    Raises
    ------
    UsageError
        If there is no such source.
    """

    def __init__(
        self, recipe: Recipe, members: Sequence[TrainedMember], batches: Batches, *, seed: int, overlapping: bool
    ) -> None:
        self._recipe, self._batches, self._seed, self._overlapping = recipe, batches, seed, overlapping
        self._members = tuple(members)
        build = choose(TEACHERS, recipe.teacher.source, what="teacher source").resolve()
        self._source: Source = build(self._members, recipe.teacher)
        weighting, target = recipe.weighting, recipe.target
        self._wanted = Wanted(
            points=target.points == "answers" or weighting.measure in ("between", "total"),
            variance=weighting.per == "pixel",
        )
        self._memory: TeacherMemory | None = None

    @property
    def is_asked_before(self) -> bool:
        """Whether the teacher says the same at every step, so that it is asked once."""
        return self._recipe.views.kind == "clean" and not self._recipe.is_taught_online

    def remember(self, folder: Path, size: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Ask the teacher of every image that the training will draw; gives how many are done, of how many."""
        rows = self._batches.drawn_rows(self._recipe.training.steps)
        with TeacherMemory(folder, rows) as memory:
            for start in range(0, len(rows), _CHUNK):
                chunk = rows[start : start + _CHUNK]
                memory.add(self._asked(self._batches.unchanged(chunk), size, _MEMORY + start))
                yield min(start + _CHUNK, len(rows)), len(rows)
        self._memory = memory

    def __call__(self, batch: Batch, rows: slice, size: tuple[int, int], step: int) -> TeacherOutput:
        """Give what the teacher says of some images of a batch."""
        if self._memory is not None:
            said = self._memory.read(batch.rows[rows].tolist(), batch.images.device)
        elif batch.teacher_images is not None:
            said = self._asked(batch.teacher_images[rows], size, step)
        else:
            raise ValueError("the teacher was neither asked before nor is shown anything")
        if batch.to_student is None:
            return said
        return self._moved(said, batch.to_student.of(rows), batch.is_mirrored[rows])

    def heard(self, output: NetworkOutput) -> TeacherOutput:
        """Give what a student says on the same images as what a teacher says: a peer, or its own levels."""
        taps = {name: features.detach() for name, features in output.taps.items()}
        own = output._replace(logits=output.logits.detach(), regions=output.regions.detach(), taps=taps)
        levels = output.levels if self._recipe.teacher.source == "levels" else ()
        said = [own, *(own._replace(logits=each.logits.detach(), regions=each.regions.detach()) for each in levels)]
        size = (output.logits.shape[-2], output.logits.shape[-1])
        order, region_order = range(output.logits.shape[1]), range(output.regions.shape[1])
        answers = [on_grid(each, size, order, region_order) for each in said]
        sigma = self._recipe.input.sigma_px / STRIDE
        return combined(answers, sigma=sigma, overlapping=self._overlapping, wanted=self._wanted)

    @torch.no_grad()
    def _asked(self, images: torch.Tensor, size: tuple[int, int], number: int) -> TeacherOutput:
        sigma = float(np.mean([member.sigma(images, size) for member in self._members]))
        answers = self._source.answers(images, size, self._recipe.taps, seed_of(self._seed, number))
        return combined(answers, sigma=sigma, overlapping=self._overlapping, wanted=self._wanted)

    def _moved(self, said: TeacherOutput, mapping: Mapping, is_mirrored: torch.Tensor) -> TeacherOutput:
        """Take what the teacher says from its own view to the student's."""
        swap = self._batches.swap_sides
        probabilities, inside = mapping.probabilities(said.log_probabilities.exp())
        regions = said.regions
        moved_regions = mapping.images(regions, outside="border") if regions.shape[1] else regions
        moved = replace(
            said,
            log_probabilities=swap(probabilities.clamp_min(_TINIEST).log(), is_mirrored),
            regions=self._batches.swap_regions(moved_regions, is_mirrored),
            inside=swap(inside, is_mirrored),
        )
        if said.variance is not None:
            moved = replace(moved, variance=swap(mapping.images(said.variance), is_mirrored))
        if said.points is not None and said.between is not None:
            points, between = _grid_points(mapping, said.points), mapping.covariance(said.between)
            moved = replace(moved, points=swap(points, is_mirrored), between=swap(between, is_mirrored))
        return moved


def _grid_points(mapping: Mapping, points: torch.Tensor) -> torch.Tensor:
    moved = mapping.points((points + 0.5) * STRIDE - 0.5)
    return (moved + 0.5) / STRIDE - 0.5
