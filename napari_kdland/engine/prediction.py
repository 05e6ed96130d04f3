"""What trained networks see in radiographs: landmarks in image pixels, with heatmaps, spread and confidence."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.anatomy.regions import Regions
from napari_kdland.engine import devices, heatmaps, networks
from napari_kdland.engine.checkpoints import LoadedRun, load_run
from napari_kdland.engine.distillation.answers import region_probabilities
from napari_kdland.engine.inputs import StoredImages, centred
from napari_kdland.errors import OutOfMemory, RunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Placement

_BATCH = 8


@dataclass(frozen=True)
class Prediction:
    """What was seen in one image.

    `landmarks` in image pixels, with standard deviation and confidence; `heatmaps` (L, h, w) float16, m in 0..1;
    `placement` says where the heatmaps lie on the image; `regions` are masks in image pixels, `None` where the run
    knows none; `covariance` (L, 2, 2) in image pixels squared, (y, x), is that of what stands out of each heatmap,
    NaN where a landmark is absent and `None` where the run knows no landmarks. A landmark whose heatmap is not
    finite is not yet placed: the run said nothing of it.
    """

    landmarks: Landmarks
    heatmaps: NDArray[np.float16]
    placement: Placement
    regions: Regions | None = None
    covariance: NDArray[np.float64] | None = None


class Predictor:
    """One trained run, or several whose heatmaps are averaged and decoded as the first one's recipe says.

    Parameters
    ----------
    folders
        Folder of the run, or folders of several.
    device
        auto, cpu, cuda, cuda:N or mps.

    Raises
    ------
    RunError
        If a run is missing or damaged, or the runs differ in landmarks or input.
    TrainingError
        If there is no such device.
    """

    def __init__(self, folders: Path | Sequence[Path], *, device: str = "auto") -> None:
        runs = [load_run(folder) for folder in ([folders] if isinstance(folders, Path) else folders)]
        check_fit(runs)
        self._device = devices.choose(device)
        self._is_fast_at_bfloat16 = devices.is_fast_at_bfloat16(self._device)
        self.runs = tuple(runs)
        self._networks = [networks.laid_out(run.network(), self._device) for run in runs]

    @property
    def size(self) -> int:
        """Side of the input that `predict` wants, in pixels."""
        return self.runs[0].size

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Names of the L landmarks."""
        return self.runs[0].landmarks

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels that `predict` wants, in order; empty: the images' own one."""
        return self.runs[0].recipe.input.channels

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the R regions; none where the runs know none."""
        return self.runs[0].facts.regions

    def predict(self, images: NDArray[np.uint16], placements: Sequence[Placement]) -> list[Prediction]:
        """Predict images (N, S, S), as `ImagePool` stores them, each lying in its input as its placement says.

        Runs that see several channels want them as (N, C, S, S).

        Raises
        ------
        OutOfMemory
            If the device has no room for a batch.
        """
        with with_advice(self.runs[0], self._device):
            return self._predict(images, placements)

    def _predict(self, images: NDArray[np.uint16], placements: Sequence[Placement]) -> list[Prediction]:
        if not len(images):
            return []
        planes = images.reshape(-1, *images.shape[-2:])
        places_of = np.arange(len(planes)).reshape(len(images), -1)
        stored = StoredImages(planes, np.arange(len(planes)), self._device)
        predictions: list[Prediction] = []
        for start in range(0, len(images), _BATCH):
            seen = self._see(stored[places_of[start : start + _BATCH]])
            predictions += self._read(seen, placements[start : start + _BATCH])
        return predictions

    @torch.no_grad()
    def _see(self, grey: Tensor) -> _Seen:
        images = centred(grey)
        maps, presence, regions = [], [], []
        for run, network in zip(self.runs, self._networks, strict=True):
            # As trained, but never in a bfloat16 that the device would have to emulate.
            is_bfloat16 = self._is_fast_at_bfloat16 and run.facts.precision == "bf16-mixed"
            with torch.autocast(self._device.type, torch.bfloat16, enabled=is_bfloat16):
                output = network(images)
            maps.append(heatmaps.from_logits(output.logits, run.sigma))
            presence.append(output.presence.float().sigmoid())
            regions.append(region_probabilities(output.regions, overlapping=run.facts.regions_overlap))
        return _Seen(*(torch.stack(parts).mean(0) for parts in (maps, presence, regions)))

    def _read(self, seen: _Seen, placements: Sequence[Placement]) -> list[Prediction]:
        if not self.runs[0].recipe.heads.landmarks:
            nothing = np.zeros((0, *seen.maps.shape[-2:]), dtype=np.float16)
            unknown = Landmarks.not_yet(self.landmarks)
            return [
                Prediction(unknown, nothing, placement, self._masks(regions, placement))
                for regions, placement in zip(seen.regions, placements, strict=True)
            ]
        decoded = heatmaps.decode(seen.maps, self.runs[0].sigma, self.runs[0].recipe.decoding)
        points = decoded.points.cpu().double().numpy()
        covariance = decoded.covariance.cpu().double().numpy()
        peak = decoded.peak.clamp(0, 1).cpu().double().numpy()
        shown = seen.maps.nan_to_num(0.0).clamp(0, 1).half().cpu().numpy()
        states = self._states(seen)
        in_image = [
            np.where(s[:, None, None] == LandmarkState.PLACED, placement.covariance_to_image(c), np.nan)
            for s, c, placement in zip(states, covariance, placements, strict=True)
        ]
        return [
            Prediction(self._landmarks(p, c, k, s, placement), heatmap, placement, self._masks(regions, placement), c)
            for p, c, k, s, heatmap, placement, regions in zip(
                points, in_image, peak, states, shown, placements, seen.regions, strict=True
            )
        ]

    def _states(self, seen: _Seen) -> NDArray[np.object_]:
        """Say of each landmark of a batch whether it is placed, absent, or, where its heatmap is no number, not known.

        The highest pixel of a heatmap of NaN would be its corner, and its spread zero: a landmark surely there.
        """
        is_absent = (seen.presence < 0.5).cpu().numpy() & self._knows_absence()
        is_seen = seen.maps.isfinite().flatten(2).all(dim=-1).cpu().numpy()
        states = np.where(is_absent, LandmarkState.ABSENT, LandmarkState.PLACED).astype(object)
        states[~is_seen] = LandmarkState.NOT_YET
        return states

    def _masks(self, probabilities: Tensor, placement: Placement) -> Regions | None:
        """Give masks in image pixels for region probabilities (C_r, h, w): resampled first, decided afterwards."""
        if not self.regions:
            return None
        resampled = to_image_pixels(probabilities, placement)
        if self.runs[0].facts.regions_overlap:
            return Regions(self.regions, (resampled >= 0.5).cpu().numpy())
        likeliest = resampled.argmax(dim=0).cpu().numpy()
        return Regions(self.regions, np.stack([likeliest == number + 1 for number in range(len(self.regions))]))

    def _landmarks(
        self,
        points: NDArray[np.float64],
        covariance: NDArray[np.float64],
        peak: NDArray[np.float64],
        states: NDArray[np.object_],
        placement: Placement,
    ) -> Landmarks:
        variance = np.trace(covariance, axis1=-2, axis2=-1) / 2
        return Landmarks(
            self.landmarks,
            np.where(states[:, None] == LandmarkState.PLACED, placement.to_image(points), np.nan),
            tuple(LandmarkState(state) for state in states),
            sd_px=np.sqrt(variance),
            confidence=peak,
        )

    def _knows_absence(self) -> NDArray[np.bool_]:
        """Say for which landmarks every run has seen images without them; of the others presence means nothing."""
        return np.array([all(name in run.facts.knows_absence for run in self.runs) for name in self.landmarks])


class _Seen(NamedTuple):
    """Heatmaps (B, L, h, w), presence (B, L) and region probabilities (B, C_r, h, w) of a batch."""

    maps: Tensor
    presence: Tensor
    regions: Tensor


@contextmanager
def with_advice(run: LoadedRun, device: torch.device) -> Iterator[None]:
    """Say what to do where the device has no room for a batch.

    Raises
    ------
    OutOfMemory
        In place of torch's own error.
    """
    try:
        yield
    except RuntimeError as error:
        if not devices.is_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"{device} has no memory left to predict images of {run.size} px with {run.name}. "
            "Close what else uses it, or predict on the cpu."
        ) from error


def to_image_pixels(maps: Tensor, placement: Placement) -> Tensor:
    """Give maps (C, h, w) on the heatmap's grid as (C, H, W) on the image's, sampled between pixels."""
    height, width = placement.image_size
    corners = placement.to_heatmap(np.array([[0.0, 0.0], [height - 1.0, width - 1.0]]))
    places = [
        (torch.linspace(first, last, n, dtype=torch.float64, device=maps.device) + 0.5) * (2 / side) - 1
        for first, last, n, side in zip(*corners, placement.image_size, maps.shape[-2:], strict=True)
    ]
    y, x = torch.meshgrid(*places, indexing="ij")
    grid = torch.stack((x, y), dim=-1).to(maps.dtype).unsqueeze(0)
    return functional.grid_sample(maps.unsqueeze(0), grid, padding_mode="border", align_corners=False)[0]


def check_fit(runs: Sequence[LoadedRun]) -> None:
    """Refuse runs that cannot predict together.

    Raises
    ------
    RunError
        If there is none, or they differ in landmarks, regions, heads, channels or input.
    """
    if not runs:
        raise RunError("No run was given to predict with.")
    first = runs[0]
    for run in runs[1:]:
        for what, mine, theirs in (
            ("landmarks", first.landmarks, run.landmarks),
            ("input size", first.size, run.size),
            ("sigma", first.sigma, run.sigma),
            ("channels", first.recipe.input.channels, run.recipe.input.channels),
            ("regions", first.facts.regions, run.facts.regions),
            ("heads", first.recipe.heads, run.recipe.heads),
        ):
            if mine != theirs:
                raise RunError(
                    f"The runs {first.name} and {run.name} cannot predict together: {what} {mine} and {theirs}. "
                    "Choose runs of one scheme and input."
                )
