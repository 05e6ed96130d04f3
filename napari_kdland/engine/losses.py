"""The loss of a recipe: the supervised part, the presence output, and the terms between student and teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation import SCHEDULES, TARGETS, TEACHERS, TERMS, WEIGHTINGS
from napari_kdland.engine.networks.heatmap_unet import STRIDE
from napari_kdland.errors import RecipeError, UsageError
from napari_kdland.menus import choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from napari_kdland.engine.batches import Batch
    from napari_kdland.engine.distillation.base import Member
    from napari_kdland.engine.networks.heatmap_unet import NetworkOutput
    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.model import Term


class RecipeLoss:
    """Everything that a recipe minimises, by name.

    The teacher looks at the changed images themselves, at every step. Its heatmaps kept from the plain images would
    save a forward pass a member, but had to be warped after the student's images, which blurs them.

    Parameters
    ----------
    recipe
        Names the blocks.
    members
        The teacher's networks; as many as the recipe wants.

    Raises
    ------
    RecipeError
        If the recipe names a block that does not exist.
    """

    def __init__(self, recipe: Recipe, members: Sequence[Member]) -> None:
        self._recipe = recipe
        self._sigma = recipe.input.sigma_px / STRIDE
        try:
            self._terms = [_ResolvedTerm(term) for term in recipe.terms]
            self._target = choose(TARGETS, recipe.target.kind, what="target").resolve()
            self._weighting = choose(WEIGHTINGS, recipe.weighting.kind, what="weighting").resolve()
            source = recipe.teacher.source
            build = None if source == "none" else choose(TEACHERS, source, what="teacher source").resolve()
        except UsageError as error:
            raise RecipeError(f"The recipe {recipe.name} cannot be used: {error}") from error
        self._teacher = build(members) if build and members else None
        self.names = ("supervised", "presence", *_names(recipe.terms))

    def needs_unlabelled(self, progress: float) -> bool:
        """Say whether a term with any weight left reads the unlabelled images at this share of the training."""
        return any(term.settings.where != "labelled" and term.factor(progress) > 0 for term in self._terms)

    def __call__(self, output: NetworkOutput, batch: Batch, progress: float) -> Tensor:
        """Give the weighted parts in the order of `names`, shape (n,); their sum is what is minimised."""
        n = batch.n_labelled
        size = (output.logits.shape[-2], output.logits.shape[-1])
        points = (batch.points + 0.5) / STRIDE - 0.5
        is_inside = heatmaps.in_frame(points, size)
        targets = heatmaps.encode(points, size, self._sigma)
        parts = output.logits.new_zeros(len(self.names), dtype=torch.float32).unbind()
        values = dict(zip(self.names, parts, strict=True))
        values["supervised"] = heatmaps.spatial_cross_entropy(output.logits[:n], targets, batch.weights * is_inside)
        presence = batch.presence.where(is_inside | (batch.presence == 0), float("nan"))
        values["presence"] = self._recipe.training.presence_weight * presence_loss(output.presence[:n], presence)
        values.update(self._distilled(output.logits, batch, progress))
        return torch.stack(list(values.values()))

    def _distilled(self, logits: Tensor, batch: Batch, progress: float) -> dict[str, Tensor]:
        named = zip(self.names[2:], self._terms, strict=True)
        active = [(name, term, term.factor(progress)) for name, term in named]
        active = [entry for entry in active if entry[2] > 0]
        if not active or self._teacher is None:
            return {}
        rows = _rows({term.settings.where for _, term, _ in active}, batch.n_labelled, len(batch.images))
        said = self._teacher(batch.images[rows], (logits.shape[-2], logits.shape[-1]))
        target = self._target(said)
        weights = self._weighting(said, part=self._recipe.weighting, stride=STRIDE)
        start = rows.start or 0
        values = {}
        for name, term, factor in active:
            own = _rows({term.settings.where}, batch.n_labelled, len(batch.images))
            asked = slice(own.start - start, own.stop - start)
            value = term.function(logits[own], target[asked], weights[asked], term=term.settings, sigma=self._sigma)
            values[name] = factor * value
        return values


class _ResolvedTerm:
    def __init__(self, settings: Term) -> None:
        self.settings = settings
        self.function = choose(TERMS, settings.loss, what="loss term").resolve()
        self._schedule = choose(SCHEDULES, settings.schedule.kind, what="schedule").resolve()

    def factor(self, progress: float) -> float:
        return float(self.settings.weight * self._schedule(progress, self.settings.schedule.ramp))


def _rows(where: set[str], n_labelled: int, n: int) -> slice:
    """Give the images of a batch that these places together cover; labelled images come first."""
    if where == {"labelled"}:
        return slice(0, n_labelled)
    if where == {"unlabelled"}:
        return slice(n_labelled, n)
    return slice(0, n)


def _names(terms: Sequence[Term]) -> list[str]:
    losses = [term.loss for term in terms]
    return [
        name if losses.count(name) == 1 else f"{name} {losses[: index + 1].count(name)}"
        for index, name in enumerate(losses)
    ]


def presence_loss(logits: Tensor, presence: Tensor) -> Tensor:
    """Give the binary cross-entropy of presence logits (B, L) against 1, 0 or NaN, mean over what is known."""
    known = torch.isfinite(presence)
    wanted = torch.where(known, presence, 0.0)
    each = functional.binary_cross_entropy_with_logits(logits.float(), wanted, reduction="none")
    return heatmaps.weighted_mean(each, known.float())
