"""Where images lie in a trained network's feature space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_kdland.engine import devices, networks
from napari_kdland.engine.checkpoints import load_run
from napari_kdland.engine.inputs import StoredImages, centred
from napari_kdland.engine.prediction import with_advice

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_BATCH = 8
_TAP = "bottleneck"


class FeatureReader:
    """A run's deepest features, the mean over each image.

    Parameters
    ----------
    folder
        Of the run.
    device
        auto, cpu, cuda, cuda:N or mps.

    Raises
    ------
    RunError
        If the run is missing or damaged.
    TrainingError
        If there is no such device.
    """

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        self._run = load_run(folder)
        self._device = devices.choose(device)
        self._network = networks.laid_out(self._run.network(), self._device)

    def read(self, images: NDArray[np.uint16]) -> NDArray[np.float64]:
        """Give the features (N, F) of images (N, S, S), or (N, C, S, S).

        Raises
        ------
        OutOfMemory
            If the device has no room for a batch.
        """
        planes = images.reshape(-1, *images.shape[-2:])
        places_of = np.arange(len(planes)).reshape(len(images), len(planes) // max(1, len(images)))
        stored = StoredImages(planes, np.arange(len(planes)), self._device)
        parts = [np.zeros((0, self._network.tap_channels[_TAP]))]
        with with_advice(self._run, self._device):
            for start in range(0, len(images), _BATCH):
                parts.append(self._features(stored[places_of[start : start + _BATCH]]))
        return np.concatenate(parts)

    @torch.no_grad()
    def _features(self, grey: torch.Tensor) -> NDArray[np.float64]:
        features = self._network(centred(grey), (_TAP,)).taps[_TAP]
        found: NDArray[np.float64] = features.mean(dim=(2, 3)).double().cpu().numpy()
        return found
