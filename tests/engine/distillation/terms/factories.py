"""Makers of what a term gets."""

import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Held, TapChannels, TeacherOutput, Weights
from napari_kdland.engine.networks.base import Maps, NetworkOutput
from napari_kdland.recipes.model import Term
from tests.engine.factories import noise

CHANNELS = TapChannels({"low": 5, "high": 6}, {"low": 5, "high": 9})
SIDE_OF = {"low": 16, "high": 4}
WITH_TAPS = {
    "attention-map",
    "region-affinity",
    "feature-kl",
    "feature-mse",
    "channel-kl",
    "pairwise-affinity",
    "image-affinity",
    "prototype-similarity",
}


def a_term(loss: str, **settings: object) -> Term:
    taps = ("low",) if loss in WITH_TAPS else ()
    return Term.model_validate({"loss": loss, "taps": taps, **settings})


def features(channels: dict[str, int], *, n: int = 2, seed: int = 0) -> dict[str, torch.Tensor]:
    return {tap: noise(n, count, SIDE_OF[tap], SIDE_OF[tap], seed=seed) for tap, count in channels.items()}


def an_output(*, n: int = 2, seed: int = 0) -> NetworkOutput:
    """Of a student with three landmarks and two regions on a grid of 16, and two further levels."""
    maps, regions = noise(n, 3, 16, 16, seed=seed), noise(n, 2, 16, 16, seed=seed + 10)
    levels = tuple(
        Maps(noise(n, 3, 16, 16, seed=more), noise(n, 2, 16, 16, seed=more)) for more in (seed + 30, seed + 40)
    )
    return NetworkOutput(maps, maps.new_zeros(n, 3), regions, features(CHANNELS.student, n=n, seed=seed + 20), levels)


def a_teacher(*, n: int = 2, seed: int = 1, members: int = 1) -> TeacherOutput:
    output = an_output(n=n, seed=seed)
    taps = tuple(features(CHANNELS.teacher, n=n, seed=seed + 20 + member) for member in range(members))
    return TeacherOutput(heatmaps.log_softmax(output.logits), 2.0, output.regions, taps=taps)


def agreeing(student: NetworkOutput) -> TeacherOutput:
    """Give a teacher that says what a student says; its features of a tap must have as many channels."""
    same = {"low": student.taps["low"].detach()}
    return TeacherOutput(heatmaps.log_softmax(student.logits.detach()), 2.0, student.regions.detach(), taps=(same,))


def quadrants(n: int = 2) -> torch.Tensor:
    """Two areas that together are the image, and one that lies in both: (n, 3, 16, 16)."""
    areas = torch.zeros(n, 3, 16, 16)
    areas[:, 0, :8], areas[:, 1, 8:], areas[:, 2, :, :8] = 1, 1, 1
    return areas


def held(student: NetworkOutput, teacher: TeacherOutput, *, overlapping: bool = True, **parts: object) -> Held:
    n = len(student.logits)
    regions = teacher.regions.sigmoid() if overlapping else teacher.regions.softmax(dim=1)
    points = torch.tensor([[4.0, 4.0], [11.0, 5.0], [7.0, 12.0]]).expand(n, 3, 2)
    given = {
        "target": teacher.log_probabilities,
        "region_target": regions,
        "weights": Weights(torch.ones(n, 3)),
        "points": points,
        "areas": quadrants(n),
        "sigma": 2.0,
        "overlapping": overlapping,
        **parts,
    }
    return Held(student=student, teacher=teacher, **given)
