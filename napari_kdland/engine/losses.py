"""The loss of a recipe: against the reader's labels, the presence output, and the terms between student and teacher."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation import BASE_LOSSES, REGION_LOSSES, SCHEDULES, TARGETS, TERMS, WEIGHTINGS
from napari_kdland.engine.distillation.answers import likeliest_regions, region_probabilities
from napari_kdland.engine.distillation.base import Held, TapChannels, TeacherOutput, Weights
from napari_kdland.engine.distillation.weightings.uncertainty import region_entropy
from napari_kdland.engine.networks.base import LEVELS, STRIDE, Maps, NetworkOutput
from napari_kdland.errors import RecipeError, UsageError
from napari_kdland.menus import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from napari_kdland.engine.batches import Batch
    from napari_kdland.engine.level_heads import LevelHeads
    from napari_kdland.recipes import Recipe
    from napari_kdland.recipes.model import Term

    Ask = Callable[[slice], TeacherOutput]

_HEADS = ("landmarks", "regions")
# A landmark of which less than this share lies in the student's frame is not taught.
_LEAST_INSIDE = 0.5


class RecipeLoss(nn.Module):
    """Everything that a recipe minimises, by name.

    Parameters
    ----------
    recipe
        Names the blocks.
    n_landmarks
        L.
    overlapping
        Whether regions may overlap.
    channels
        Channels of the features that terms read, of student and teacher.
    levels
        The heads of `base.levels`, where the recipe names any.

    Raises
    ------
    RecipeError
        If the recipe names a block that does not exist.
    """

    def __init__(
        self,
        recipe: Recipe,
        n_landmarks: int,
        *,
        overlapping: bool = True,
        channels: TapChannels | None = None,
        levels: LevelHeads | None = None,
    ) -> None:
        super().__init__()
        self._recipe, self._overlapping, self._levels = recipe, overlapping, levels
        self._sigma = recipe.input.sigma_px / STRIDE
        try:
            build = choose(BASE_LOSSES, recipe.base.loss, what="base loss").resolve()
            self._base = build(recipe.base, n_landmarks)
            self._region_loss = choose(REGION_LOSSES, recipe.base.region_loss, what="region loss").resolve()
            self._target = choose(TARGETS, recipe.target.kind, what="target").resolve()
            self._weighting = choose(WEIGHTINGS, recipe.weighting.kind, what="weighting").resolve()
            self._terms = nn.ModuleList(_WeighedTerm(term, channels or TapChannels({}, {})) for term in recipe.terms)
        except UsageError as error:
            raise RecipeError(f"The recipe {recipe.name} cannot be used: {error}") from error
        heads = recipe.heads
        for index, term in enumerate(self._weighed()):
            named = f"The recipe {recipe.name} cannot be used: terms.{index} ({recipe.terms[index].loss}) compares"
            if term.reads in _HEADS and not getattr(heads, term.reads):
                raise RecipeError(
                    f"{named} {term.reads}, but heads.{term.reads} is false, so it would always be 0. Set it to true, "
                    "or leave it out."
                )
            if term.reads_levels and levels is None:
                raise RecipeError(
                    f"{named} the student's levels, but base.levels names none, so it would always be 0. Name some "
                    f"({', '.join(LEVELS)}), or leave it out."
                )
        self._own = (*(("supervised", "presence") if heads.landmarks else ()), *(("regions",) if heads.regions else ()))
        self.names = (*self._own, *_names(recipe.terms))
        # Of each term, in the first step that it has any weight; scalars, left on the device.
        self.target_entropies: dict[str, TargetEntropy] = {}

    def needs_unlabelled(self, progress: float) -> bool:
        """Say whether a term with any weight left reads the unlabelled images at this share of the training."""
        return any(term.settings.where != "labelled" for term in self._active(progress))

    def taps(self, progress: float) -> tuple[str, ...]:
        """Give the features that heads, or terms with any weight left, read at this share of the training."""
        read = (tap for term in self._active(progress) for tap in term.settings.taps)
        return tuple(dict.fromkeys((*self._recipe.base.levels, *read)))

    def with_levels(self, output: NetworkOutput) -> NetworkOutput:
        """Give a network's output with what the recipe's heads on the way up say, if there are any."""
        return output if self._levels is None else self._levels(output)

    def forward(self, output: NetworkOutput, batch: Batch, progress: float, ask: Ask | None = None) -> Tensor:
        """Give the weighted parts in the order of `names`, shape (n,); their sum is what is minimised.

        `ask` gives what the teacher says of some of the batch's images; it is called once, if a term has any weight.
        """
        zero = torch.zeros((), device=output.logits.device)
        values = dict.fromkeys(self.names, zero) | self._supervised(output, batch)
        active = self._active(progress)
        if active and ask is not None:
            values |= self._distilled(output, batch, progress, ask)
        return torch.stack(list(values.values()))

    def _supervised(self, output: NetworkOutput, batch: Batch) -> dict[str, Tensor]:
        n, base = batch.n_labelled, self._recipe.base
        said, values = (output.maps, *output.levels), {}
        if "supervised" in self._own:
            size = (output.logits.shape[-2], output.logits.shape[-1])
            points = (batch.points + 0.5) / STRIDE - 0.5
            is_inside = heatmaps.in_frame(points, size)
            targets = heatmaps.encode(points, size, self._sigma)
            weights = batch.weights * is_inside
            losses = [self._base(each.logits[:n], points, targets, weights, self._sigma) for each in said]
            values["supervised"] = base.weight * torch.stack(losses).mean()
            presence = batch.presence.where(is_inside | (batch.presence == 0), float("nan"))
            values["presence"] = self._recipe.training.presence_weight * presence_loss(output.presence[:n], presence)
        if "regions" in self._own:
            labels = batch.masks, batch.masks_known
            losses = [self._region_loss(each.regions[:n], *labels, overlapping=self._overlapping) for each in said]
            values["regions"] = base.region_weight * torch.stack(losses).mean()
        return values

    def _distilled(self, output: NetworkOutput, batch: Batch, progress: float, ask: Ask) -> dict[str, Tensor]:
        active = self._active(progress)
        n = len(batch.images)
        rows = _rows((term.settings.where for term in active), batch.n_labelled, n)
        said = ask(rows)
        held = self._held(sliced(output, rows), said, batch, rows, progress)
        values = {}
        for name, term in zip(self.names[len(self._own) :], self._terms, strict=True):
            if term not in active:
                continue
            own = _rows([term.settings.where], batch.n_labelled, n)
            part = _part_of(held, slice(own.start - rows.start, own.stop - rows.start), rows.stop - rows.start)
            if name not in self.target_entropies and term.reads in _HEADS:
                self.target_entropies[name] = term.target_entropy(part)
            values[name] = term.factor(progress) * term(part)
        return values

    def _held(self, output: NetworkOutput, said: TeacherOutput, batch: Batch, rows: slice, progress: float) -> Held:
        target = self._target(said, part=self._recipe.target, sigma=self._sigma).detach()
        weights = self._weighting(
            said, part=self._recipe.weighting, stride=STRIDE, progress=progress, overlapping=self._overlapping
        )
        if said.inside is not None:
            kept = said.inside * (said.inside >= _LEAST_INSIDE)
            weights = replace(weights, landmarks=weights.landmarks * kept)
        regions = region_probabilities(said.regions, overlapping=self._overlapping)
        return Held(
            student=output,
            teacher=said,
            target=target,
            region_target=self._likeliest(regions) if self._recipe.target.kind == "hard" else regions,
            weights=weights,
            points=self._points(said, batch, rows),
            areas=self._areas(regions, batch, rows),
            sigma=self._sigma,
            overlapping=self._overlapping,
        )

    def _points(self, said: TeacherOutput, batch: Batch, rows: slice) -> Tensor:
        """Give the reader's points where there are any, else the teacher's; in heatmap pixels."""
        if not (self._recipe.taps and self._recipe.heads.landmarks):
            return said.log_probabilities.new_zeros((len(said.log_probabilities), 0, 2))
        points = heatmaps.decode(said.log_probabilities.exp(), said.sigma).points
        known = (batch.points[rows.start : batch.n_labelled] + 0.5) / STRIDE - 0.5
        points[: len(known)] = torch.where(torch.isfinite(known), known, points[: len(known)])
        return points

    def _areas(self, regions: Tensor, batch: Batch, rows: slice) -> Tensor:
        """Give the reader's masks where there are any, else the teacher's; the background first."""
        areas = self._likeliest(regions)
        n = max(batch.n_labelled - rows.start, 0)
        if n and areas.shape[1]:
            known = batch.masks_known[rows.start : batch.n_labelled, :, None, None]
            areas[:n] = torch.where(known > 0, batch.masks[rows.start : batch.n_labelled], areas[:n])
        if not self._overlapping or not areas.shape[1]:
            return areas
        return torch.cat((1 - areas.amax(dim=1, keepdim=True), areas), dim=1)

    def _likeliest(self, regions: Tensor) -> Tensor:
        return likeliest_regions(regions, overlapping=self._overlapping)

    def _active(self, progress: float) -> list[_WeighedTerm]:
        return [term for term in self._weighed() if term.factor(progress) > 0]

    def _weighed(self) -> list[_WeighedTerm]:
        return [term for term in self._terms if isinstance(term, _WeighedTerm)]


class TargetEntropy(NamedTuple):
    """What a term is taught with, landmarks or regions, and its entropy as a share of the largest there can be."""

    reads: str
    share: Tensor


class _WeighedTerm(nn.Module):
    """A term with its settings and the course of its weight."""

    def __init__(self, settings: Term, channels: TapChannels) -> None:
        super().__init__()
        self.settings = settings
        self._block = choose(TERMS, settings.loss, what="loss term").resolve()(settings, channels)
        self._schedule = choose(SCHEDULES, settings.schedule.kind, what="schedule").resolve()

    @property
    def reads(self) -> str:
        return str(self._block.reads)

    @property
    def reads_levels(self) -> bool:
        return bool(getattr(self._block, "reads_levels", False))

    def factor(self, progress: float) -> float:
        return float(self.settings.weight * self._schedule(progress, self.settings.schedule))

    def target_entropy(self, held: Held) -> TargetEntropy:
        b = self.settings.inverse_temperature
        if self.reads == "landmarks":
            return TargetEntropy(self.reads, normalised_entropy(heatmaps.log_softmax(held.target * b)))
        answer = replace(held.teacher, regions=held.teacher.regions * b)
        return TargetEntropy(self.reads, region_entropy(answer, overlapping=held.overlapping).mean())

    def forward(self, held: Held) -> Tensor:
        loss: Tensor = self._block(held)
        return loss


def sliced(output: NetworkOutput, rows: slice) -> NetworkOutput:
    """Give a network's output on some images of a batch."""
    taps = {name: features[rows] for name, features in output.taps.items()}
    levels = tuple(Maps(each.logits[rows], each.regions[rows]) for each in output.levels)
    own = output.maps
    return NetworkOutput(own.logits[rows], output.presence[rows], own.regions[rows], taps, levels)


def _part_of(held: Held, rows: slice, count: int) -> Held:
    """Give some images of what is held; all of them as it is."""
    if rows == slice(0, count):
        return held

    def of(value: Tensor | None) -> Tensor | None:
        return None if value is None else value[rows]

    said, weights = held.teacher, held.weights
    taps = tuple({name: features[rows] for name, features in member.items()} for member in said.taps)
    teacher = replace(
        said,
        log_probabilities=said.log_probabilities[rows],
        regions=said.regions[rows],
        points=of(said.points),
        between=of(said.between),
        variance=of(said.variance),
        inside=of(said.inside),
        taps=taps,
    )
    return replace(
        held,
        student=sliced(held.student, rows),
        teacher=teacher,
        target=held.target[rows],
        region_target=held.region_target[rows],
        weights=Weights(weights.landmarks[rows], of(weights.heatmap_pixels), of(weights.region_pixels)),
        points=held.points[rows],
        areas=held.areas[rows],
    )


def _rows(where: Iterable[str], n_labelled: int, n: int) -> slice:
    asked = set(where)
    if asked == {"labelled"}:
        return slice(0, n_labelled)
    if asked == {"unlabelled"}:
        return slice(n_labelled, n)
    return slice(0, n)


def _names(terms: Sequence[Term]) -> list[str]:
    losses = [term.loss for term in terms]
    return [
        name if losses.count(name) == 1 else f"{name} {losses[: index + 1].count(name)}"
        for index, name in enumerate(losses)
    ]


def normalised_entropy(log_probabilities: Tensor) -> Tensor:
    """Give the mean entropy of maps (B, L, h, w) as a share of that of an even map."""
    height, width = log_probabilities.shape[-2:]
    entropy = -(log_probabilities.exp() * log_probabilities).flatten(2).sum(-1)
    return entropy.mean() / math.log(height * width)


def presence_loss(logits: Tensor, presence: Tensor) -> Tensor:
    """Give the binary cross-entropy of presence logits (B, L) against 1, 0 or NaN, mean over what is known."""
    known = torch.isfinite(presence)
    wanted = torch.where(known, presence, 0.0)
    each = functional.binary_cross_entropy_with_logits(logits.float(), wanted, reduction="none")
    return heatmaps.weighted_mean(each, known.float())
