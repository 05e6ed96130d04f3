"""A trained network as an ONNX file that finds landmarks without this program, and without torch."""

from __future__ import annotations

import json
import logging
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from napari_kdland.engine import heatmaps
from napari_kdland.engine.checkpoints import load_run, write_whole
from napari_kdland.engine.decoding import DECODERS
from napari_kdland.engine.distillation.answers import region_probabilities
from napari_kdland.engine.inputs import centred
from napari_kdland.engine.networks.base import STRIDE
from napari_kdland.errors import RunError, UsageError
from napari_kdland.menus import choose

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.engine.checkpoints import LoadedRun
    from napari_kdland.engine.networks.base import Backbone

# Raised when inputs, outputs or metadata change their names or meaning.
FORMAT_VERSION = 1
# It solves linear equations, for which ONNX has no operator.
_UNKNOWN_TO_ONNX = "gaussian-fit"
# Largest difference between torch and ONNX Runtime in outputs of about 1; the float32 sums of eight backbones differed
# by 1e-6 at most.
_TOLERANCE = 1e-3


class OnnxModel(NamedTuple):
    """A file that was written, the names of its outputs, and how far they were from torch's on the same images."""

    path: Path
    outputs: tuple[str, ...]
    largest_difference: float


class _Answering(nn.Module):
    """The network with all that stands between grey values and points."""

    def __init__(self, run: LoadedRun, network: Backbone, decoder: str | None) -> None:
        super().__init__()
        self.network = network
        self.run = run
        self.decoding = run.recipe.decoding.model_copy(update={"kind": decoder} if decoder else {})

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Give the outputs named by `_output_names` for grey values 0..1, (B, C, S, S)."""
        output = self.network(centred(image))
        given: tuple[Tensor, ...] = ()
        if self.run.heads.n_landmarks:
            maps = heatmaps.from_logits(output.logits, self.run.sigma)
            decoded = heatmaps.decode(maps, self.run.sigma, self.decoding)
            points = (decoded.points.flip(-1) + 0.5) * STRIDE - 0.5
            covariance = decoded.covariance.flip((-1, -2)) * STRIDE**2
            given = (points, covariance, decoded.peak.clamp(0, 1), output.presence.sigmoid(), maps.clamp(0, 1))
        if self.run.heads.n_region_channels:
            given += (region_probabilities(output.regions, overlapping=self.run.facts.regions_overlap),)
        return given


def write_onnx(folder: Path, out: Path, seen: NDArray[np.uint16], *, decoder: str | None = None) -> OnnxModel:
    """Write a run's network as an ONNX file, and hold it against torch on images.

    The file takes `image` (B, C, S, S) float32, grey values 0..1 as `images.to_input` makes them, divided by 65,535.
    It gives, where the run knows landmarks, `landmarks_xy` (B, L, 2) and `covariance_xy` (B, L, 2, 2) in pixels of
    `image`, (x, y), pixel centres at whole numbers; `confidence` (B, L), the heatmap's height; `presence` (B, L),
    a probability; `heatmaps` (B, L, S / 2, S / 2), 0..1. Where it knows regions, `regions` (B, C_r, S / 2, S / 2),
    probabilities. Its metadata name them all.

    Parameters
    ----------
    folder
        Of the run.
    out
        The file; whole or not there at all.
    seen : (N, C, S, S)
        Images that both are asked about, as `ImagePool` stores them; one at least.
    decoder
        The decoder to build in; the recipe's by default.

    Raises
    ------
    RunError
        If the run is damaged, its decoder cannot be said in ONNX, or the file answers otherwise than the network.
    UsageError
        If there is no such decoder, or a package that ONNX needs is not installed.
    TrainingError
        If the file cannot be written.
    """
    _require_packages()
    run = load_run(folder)
    if decoder is not None:
        choose(DECODERS, decoder, what="decoder")
    answering = _Answering(run, run.network(), decoder).eval()
    if answering.decoding.kind == _UNKNOWN_TO_ONNX and run.heads.n_landmarks:
        raise RunError(
            f"{run.name} decodes by {_UNKNOWN_TO_ONNX}, which solves linear equations: ONNX has no operator for that. "
            "Choose another decoder for the file, such as --decoder dark."
        )
    images = torch.from_numpy(seen.astype(np.float32) / 65535)
    content = _as_onnx(answering, images, _output_names(run), _metadata(run, answering.decoding.kind))
    difference = _difference(answering, content, images)
    if difference > _TOLERANCE:
        raise RunError(
            f"The ONNX file of {run.name} would answer otherwise than the network: they differ by {difference:.2g}. "
            "Nothing was written. Please report this with the output of: kdland doctor"
        )
    write_whole(out, content)
    return OnnxModel(out, _output_names(run), difference)


def _output_names(run: LoadedRun) -> tuple[str, ...]:
    landmarks = ("landmarks_xy", "covariance_xy", "confidence", "presence", "heatmaps")
    return (*(landmarks if run.heads.n_landmarks else ()), *(("regions",) if run.heads.n_region_channels else ()))


def _metadata(run: LoadedRun, decoder: str) -> dict[str, str]:
    """Give what a program must know to use the file; no image, file name or path."""
    facts, known = run.facts, run.heads
    regions = facts.regions if facts.regions_overlap else ("background", *facts.regions)
    values = {
        "format_version": FORMAT_VERSION,
        "run": run.name,
        "recipe": run.recipe.name,
        "scheme": facts.scheme,
        "landmarks": facts.landmarks if known.n_landmarks else (),
        # Of the others the training has never seen an image without them: their presence means nothing.
        "presence_is_known_of": facts.knows_absence if known.n_landmarks else (),
        "regions": regions if known.n_region_channels else (),
        "regions_overlap": facts.regions_overlap,
        "channels": run.recipe.input.channels,
        "input_px": run.size,
        "heatmap_stride_px": STRIDE,
        "heatmap_sigma_px": run.recipe.input.sigma_px,
        "decoder": decoder,
        "validation_error_px": run.checkpoint.facts.get("best_error_px"),
        "versions": facts.versions,
    }
    return {f"kdland.{name}": json.dumps(value) for name, value in values.items()}


def _as_onnx(answering: _Answering, images: Tensor, names: tuple[str, ...], metadata: dict[str, str]) -> bytes:
    # It warns of an absent torchvision at every call.
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # Of names that torch itself still uses inside.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.onnx.export(
            answering,
            # A batch of one would be taken for a constant.
            (images[:1].repeat(2, 1, 1, 1),),
            input_names=["image"],
            output_names=list(names),
            dynamic_shapes={"image": {0: torch.export.Dim("batch")}},
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RunError("torch could not write the network as ONNX. Please report this with: kdland doctor")
    proto = program.model_proto
    for name, value in metadata.items():
        proto.metadata_props.add(key=name, value=value)
    return bytes(proto.SerializeToString())


def _difference(answering: _Answering, content: bytes, images: Tensor) -> float:
    """Give the largest difference of maps, confidence and probabilities: a point of two equal peaks may be either."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        wanted = answering(images)
    given = session.run(None, {"image": images.numpy()})
    names = [output.name for output in session.get_outputs()]
    return max(
        float(np.abs(ours.numpy() - theirs).max())
        for name, ours, theirs in zip(names, wanted, given, strict=True)
        if not name.endswith("_xy")
    )


def _require_packages() -> None:
    absent = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
    if absent:
        raise UsageError(
            f"An ONNX file needs {', '.join(absent)}. Install what is missing: pip install 'napari-kdland[onnx]'"
        )
