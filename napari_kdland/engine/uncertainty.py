"""How unsure trained networks are: covariance within each answer, and between the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from napari_kdland.engine import devices, heatmaps, networks
from napari_kdland.engine.checkpoints import load_run
from napari_kdland.engine.distillation import TEACHERS
from napari_kdland.engine.distillation.answers import covariance_between
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.inputs import StoredImages, centred
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.engine.prediction import check_fit, with_advice
from napari_kdland.errors import RunError
from napari_kdland.menus import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from napari_kdland.anatomy import Placement
    from napari_kdland.engine.checkpoints import LoadedRun
    from napari_kdland.engine.distillation.base import Answer, Source
    from napari_kdland.recipes.model import DecodingPart, TeacherPart

_BATCH = 8


@dataclass(frozen=True, eq=False)
class Spread:
    """Covariance of each landmark of N images in image pixels squared, (y, x), in its two parts.

    Parameters
    ----------
    within : (N, L, 2, 2)
        Mean over the answers of the covariance inside each heatmap.
    between : (N, L, 2, 2)
        Covariance of the answers' points around their mean; 0 where there is one answer only.
    """

    within: NDArray[np.float64]
    between: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """Their sum (N, L, 2, 2), by the law of total covariance."""
        return self.within + self.between


class Parts(NamedTuple):
    """Covariances (B, L, 2, 2) within and between answers, in heatmap pixels squared."""

    within: Tensor
    between: Tensor


class SpreadPredictor:
    """One trained run, or several, asked as a recipe's teacher is, for how unsure they are.

    Parameters
    ----------
    folders
        Folders of the runs; those after the first are further members.
    part
        Who answers, and how often.
    device
        auto, cpu, cuda, cuda:N or mps.
    seed
        Of passes with dropout.

    Raises
    ------
    RunError
        If a run is missing or damaged, learnt no landmarks, does not fit the first one, or was trained without dropout
        and is to be asked with it.
    TrainingError
        If there is no such device.
    """

    def __init__(self, folders: Sequence[Path], part: TeacherPart, *, device: str = "auto", seed: int = 0) -> None:
        runs = [load_run(folder) for folder in folders]
        check_fit(runs)
        if part.source == "dropout":
            _refuse_without_dropout(runs[0])
        self._run, self._seed = runs[0], seed
        self._device = devices.choose(device)
        fast = devices.is_fast_at_bfloat16(self._device)
        build = choose(TEACHERS, part.source, what="teacher source").resolve()
        self._source: Source = build([_member(run, self._device, is_fast_at_bfloat16=fast) for run in runs], part)

    def predict(self, images: NDArray[np.uint16], placements: Sequence[Placement]) -> Spread:
        """Give the covariances of images (N, S, S), or (N, C, S, S), each lying in its input as its placement says.

        Raises
        ------
        OutOfMemory
            If the device has no room for a batch.
        """
        with with_advice(self._run, self._device):
            parts = self._predict(images)
        scale = np.square([placement.heatmap_scale for placement in placements]).reshape(-1, 1, 1, 1)
        return Spread(parts[0] * scale, parts[1] * scale)

    def _predict(self, images: NDArray[np.uint16]) -> NDArray[np.float64]:
        planes = images.reshape(-1, *images.shape[-2:])
        places_of = np.arange(len(planes)).reshape(len(images), len(planes) // max(1, len(images)))
        stored = StoredImages(planes, np.arange(len(planes)), self._device)
        found = [np.zeros((2, 0, len(self._run.landmarks), 2, 2))]
        for start in range(0, len(images), _BATCH):
            seen = centred(stored[places_of[start : start + _BATCH]])
            found.append(torch.stack(self._ask(seen)).cpu().double().numpy())
        return np.concatenate(found, axis=1)

    @torch.no_grad()
    def _ask(self, images: Tensor) -> Parts:
        size = (images.shape[-2] // STRIDE, images.shape[-1] // STRIDE)
        answers = self._source.answers(images, size, (), self._seed)
        return total_covariance(answers, self._run.sigma, self._run.recipe.decoding)


def total_covariance(answers: Iterable[Answer], sigma: float, decoding: DecodingPart) -> Parts:
    """Put the answers' covariances together by the law of total covariance.

    Parameters
    ----------
    answers
        At least one; taken one at a time, so that memory does not grow with their number.
    sigma
        Standard deviation of the targets in heatmap pixels.
    decoding
        How a heatmap becomes a point.

    References
    ----------
    Kendall, Gal 2017, What uncertainties do we need in Bayesian deep learning for computer vision, eq. 9: variance of
    the means plus mean of the variances.
    """
    points, within = [], None
    for answer in answers:
        decoded = heatmaps.decode(answer.log_probabilities.exp(), sigma, decoding)
        points.append(decoded.points)
        within = decoded.covariance if within is None else within + decoded.covariance
    if within is None:
        raise ValueError("nobody gave an answer")
    return Parts(within / len(points), covariance_between(points))


@dataclass(frozen=True)
class _Member(TrainedMember):
    """A member that computes in the precision that it was trained in."""

    is_bfloat16: bool = False

    def answer(self, images: Tensor, size: tuple[int, int], taps: Sequence[str] = ()) -> Answer:
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self.is_bfloat16):
            return super().answer(images, size, taps)


def _member(run: LoadedRun, device: torch.device, *, is_fast_at_bfloat16: bool) -> _Member:
    return _Member(
        networks.laid_out(run.network(), device),
        run.size,
        run.recipe.input.sigma_px,
        tuple(range(len(run.landmarks))),
        tuple(range(len(run.recipe.input.channels) or 1)),
        # As trained, but never in a bfloat16 that the device would have to emulate.
        is_bfloat16=is_fast_at_bfloat16 and run.facts.precision == "bf16-mixed",
    )


def _refuse_without_dropout(run: LoadedRun) -> None:
    if not run.recipe.student.dropout:
        raise RunError(
            f"The run {run.name} was trained without dropout (student.dropout is 0), so that passes with dropout would "
            "all say the same. Train one with --set student.dropout=0.2, or take the uncertainty from views."
        )
