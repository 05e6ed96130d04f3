"""What the blocks have in common: what a teacher says, what a term gets, and one trained network behind a teacher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor, nn

    from napari_kdland.engine.networks.base import NetworkOutput
    from napari_kdland.recipes.model import SchedulePart, TargetPart, TeacherPart, Term, WeightingPart


@dataclass(frozen=True)
class TeacherOutput:
    """What a teacher says of a batch, on the student's grid.

    An *answer* is what one member, one pass with dropout, or one view says; what is told of several is `None` where
    there is one only, or where nothing asks for it.

    Parameters
    ----------
    log_probabilities : (B, L, h, w)
        Logarithm of where each landmark is; sums to 1 over space after exp. The mean of the answers' probabilities.
    sigma
        Standard deviation, in heatmap pixels, of the Gaussians that the teacher itself was trained on.
    regions : (B, C_r, h, w)
        Logits of the region channels; of several answers those of the mean probability.
    points : (B, L, 2)
        Mean of the answers' decoded points, (y, x) in heatmap pixels.
    between : (B, L, 2, 2)
        Covariance of the answers' points around their mean, divided by their number.
    variance : (B, L, h, w)
        Variance over the answers of the heatmap m = 2 pi sigma^2 p.
    taps
        Features asked for by name, one mapping a member.
    inside : (B, L)
        Share of each map that lies in the student's frame; `None` where teacher and student see the same view.
    """

    log_probabilities: Tensor
    sigma: float
    regions: Tensor
    points: Tensor | None = None
    between: Tensor | None = None
    variance: Tensor | None = None
    taps: tuple[dict[str, Tensor], ...] = ()
    inside: Tensor | None = None


@dataclass(frozen=True)
class Weights:
    """How much of the teacher counts, 0..1: each landmark (B, L), and each pixel where the recipe weighs pixels.

    `heatmap_pixels` (B, L, h, w) and `region_pixels` (B, 1, h, w) are `None` where all pixels count the same.
    """

    landmarks: Tensor
    heatmap_pixels: Tensor | None = None
    region_pixels: Tensor | None = None


@dataclass(frozen=True)
class Held:
    """Student and teacher of the same images, held against each other by a term.

    Parameters
    ----------
    student
        With gradient; its `taps` hold what the terms ask for.
    teacher
        Without gradient.
    target : (B, L, h, w)
        Log-probabilities that the target block made of the teacher's.
    region_target : (B, C_r, h, w)
        Probabilities that the target block made of the teacher's region logits.
    weights
        Of landmarks and pixels.
    points : (B, L, 2)
        (y, x) in heatmap pixels: the reader's where an image is labelled, else the teacher's; NaN where unknown.
    areas : (B, A, h, w)
        0 or 1, background first: the reader's region masks where an image has them, else the teacher's.
    sigma
        Standard deviation of the student's targets in heatmap pixels.
    overlapping
        Whether regions may overlap (one sigmoid each) or not (one softmax over all and the background).
    """

    student: NetworkOutput
    teacher: TeacherOutput
    target: Tensor
    region_target: Tensor
    weights: Weights
    points: Tensor
    areas: Tensor
    sigma: float
    overlapping: bool


class TapChannels(NamedTuple):
    """Number of channels of each tap of the student and of the teacher, for terms that need an adapter."""

    student: dict[str, int]
    teacher: dict[str, int]


class TermBlock(Protocol):
    """One loss between student and teacher; a `torch.nn.Module`, whose parameters are trained along.

    `reads` says what it compares, landmarks, regions or features: a recipe without that head is refused. A block that
    compares the student's own levels says so with `reads_levels = True`: a recipe without `base.levels` is refused.
    """

    reads: str

    def __init__(self, term: Term, channels: TapChannels) -> None: ...

    def __call__(self, held: Held) -> Tensor:
        """Give the loss, a scalar."""
        ...


class Answer(NamedTuple):
    """What one network says once: log-probabilities (B, L, h, w), region logits (B, C_r, h, w), features by name."""

    log_probabilities: Tensor
    regions: Tensor
    taps: dict[str, Tensor]


class Member(Protocol):
    """One network of a teacher, as its source sees it."""

    @property
    def network(self) -> nn.Module:
        """The network itself, for sources that change how it computes."""
        ...

    def answer(self, images: Tensor, size: tuple[int, int], taps: Sequence[str] = ()) -> Answer:
        """Give what it says of images (B, C, S, S) on a grid of `size`, without gradient."""
        ...

    def sigma(self, images: Tensor, size: tuple[int, int]) -> float:
        """Give the standard deviation of its own targets, in pixels of a grid of `size` over the images."""
        ...


class Source(Protocol):
    """Whoever can be asked: one pass over the batch for each answer."""

    def __init__(self, members: Sequence[Member], part: TeacherPart) -> None: ...

    def answers(self, images: Tensor, size: tuple[int, int], taps: Sequence[str], seed: int) -> Iterator[Answer]:
        """Give the answers one after the other, so that memory does not grow with their number.

        A source that draws at random draws by `seed` alone.
        """
        ...


class Target(Protocol):
    """Makes of a teacher's output what the student is held against, as log-probabilities (B, L, h, w)."""

    def __call__(self, output: TeacherOutput, *, part: TargetPart, sigma: float) -> Tensor:
        """Give the target; `sigma` is that of the student's own targets in heatmap pixels."""
        ...


class Weighting(Protocol):
    """How much of the teacher counts."""

    def __call__(
        self, output: TeacherOutput, *, part: WeightingPart, stride: float, progress: float, overlapping: bool
    ) -> Weights:
        """Give the weights.

        `stride` is input pixels per heatmap pixel, `progress` the share of all steps taken, `overlapping` whether
        regions may overlap.
        """
        ...


class Schedule(Protocol):
    """The share of a term's weight at a point of the training."""

    def __call__(self, progress: float, part: SchedulePart) -> float:
        """Give the share for `progress`, the share of all steps taken."""
        ...
