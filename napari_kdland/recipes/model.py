"""The recipe's own model: teacher source x target x loss terms x weighting x schedule x views x rounds.

Every field is read by the engine, shown by the window's form and settable with ``--set``; the field's description is
its tooltip. Block names are checked against the engine's menus when a run starts, so that this module needs no torch.
"""

from __future__ import annotations

import json
import shlex
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Names = tuple[str, ...]

# How many runs a source of teachers wants: at least, at most.
_RUNS_OF = {
    "none": (0, 0),
    "frozen": (1, 1),
    "ensemble": (2, 32),
    "dropout": (1, 1),
    "views": (1, 32),
    "average": (0, 0),
    "self": (0, 0),
    "peer": (0, 0),
    "levels": (0, 0),
}
ONLINE = ("average", "self", "peer", "levels")
# They are heard on the very images that the student sees.
_HEARD = ("peer", "levels")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Citation(_Part):
    """The work that a recipe follows."""

    paper: str = Field(min_length=1, description="Authors, year, title or identifier.")
    equation: str = Field(min_length=1, description="Equation or section that the recipe computes.")


class StudentPart(_Part):
    """The network that is trained."""

    backbone: str = Field(default="light", description="Name of a backbone; `kdland doctor` lists them.")
    dropout: float = Field(
        default=0.0, ge=0, lt=1, description="Share of channels dropped in training; a dropout teacher needs some."
    )
    start: Literal["fresh", "trained"] = Field(
        default="fresh", description="fresh: random first weights; trained: those of a run named with --start."
    )


class TeacherPart(_Part):
    """Who teaches: nobody, trained runs, or the student's own average, itself, a peer or its own levels."""

    source: Literal["none", "frozen", "ensemble", "dropout", "views", "average", "self", "peer", "levels"] = Field(
        default="none", description="Where the teacher's heatmaps come from."
    )
    count: int = Field(default=0, ge=0, le=32, description="How many teacher runs the recipe wants.")
    passes: int = Field(
        default=0, ge=0, le=64, description="Passes with dropout on, for the uncertainty (dropout, average)."
    )
    rotations_deg: tuple[float, ...] = Field(
        default=(-5.0, 5.0), description="views: further looks at the image turned by these angles."
    )
    scales: tuple[float, ...] = Field(
        default=(0.9, 1.1), description="views: further looks at the image at these sizes."
    )
    channels: Names = Field(default=(), description="Channels that the teacher sees; empty: those of the student.")
    recipe: str = Field(default="supervised", description="Recipe that a study trains the teacher runs by.")
    settings: Names = Field(
        default=("student.backbone=teacher",), description="Settings that a study trains the teacher runs with."
    )

    @model_validator(mode="after")
    def _count_fits(self) -> TeacherPart:
        least, most = _RUNS_OF[self.source]
        if not least <= self.count <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise ValueError(f"source {self.source!r} wants count {wanted}, found {self.count}")
        if self.source == "dropout" and self.passes < 2:
            raise ValueError(f"source 'dropout' wants passes of 2 or more, found {self.passes}")
        if self.passes and self.source not in ("dropout", "average"):
            raise ValueError(f"source {self.source!r} makes no passes with dropout: set passes to 0")
        return self


class TargetPart(_Part):
    """What the teacher's output becomes before the student is held against it."""

    kind: str = Field(
        default="soft",
        description="soft: the heatmap as it is; hard: drawn anew at its point; gaussian: drawn anew as wide as it is.",
    )
    points: Literal["heatmap", "answers"] = Field(
        default="heatmap",
        description="hard, gaussian: the point of the mean heatmap, or the mean of the single answers' points.",
    )


class SchedulePart(_Part):
    """How a term's weight runs over the training."""

    kind: str = Field(default="constant", description="constant, sigmoid-ramp, linear-ramp, linear-decay, ...")
    ramp: float = Field(default=0.3, gt=0, le=1, description="Share of all steps after which a ramp is full.")
    start: float = Field(default=0.0, ge=0, lt=1, description="Share of all steps before which the weight is 0.")


class Term(_Part):
    """One loss between teacher and student."""

    loss: str = Field(description="Name of a loss term.")
    weight: float = Field(default=1.0, ge=0, description="Factor of the term.")
    where: Literal["labelled", "unlabelled", "all"] = Field("all", description="On which images the term is taken.")
    inverse_temperature: float = Field(
        default=1.0, gt=0, le=100, description="b = 1/T: factor on the logits before the softmax."
    )
    taps: Names = Field(default=(), description="Features that a feature term reads: low, high, bottleneck.")
    exponent: float = Field(default=4.0, gt=0, le=8, description="attention-map: power of the activations.")
    areas: Literal["landmarks", "masks"] = Field(
        default="landmarks", description="region-affinity: discs around landmarks, or region masks."
    )
    schedule: SchedulePart = SchedulePart()


class WeightingPart(_Part):
    """How much each landmark of the teacher counts."""

    kind: str = Field(
        default="none", description="none; confidence: exp(-u / 2 s^2); threshold: only what is sure enough."
    )
    measure: Literal["within", "between", "total", "peak"] = Field(
        default="within",
        description="Uncertainty by the heatmap's spread, by the answers' disagreement, by both, or by its height.",
    )
    per: Literal["landmark", "pixel"] = Field(
        default="landmark", description="One weight a landmark, or one a pixel from the answers' variance there."
    )
    scale_px: float = Field(
        default=4.0, gt=0, description="confidence: spread in input pixels at which the weight is exp(-1/2)."
    )
    variance_scale: float = Field(
        default=0.05, gt=0, description="confidence per pixel: variance of the heatmap at which the weight is exp(-1)."
    )
    threshold: float = Field(
        default=8.0,
        ge=0,
        description="threshold: what has less spread, in input pixels, or at least this height, counts.",
    )
    region_threshold: float = Field(
        default=0.75,
        ge=0,
        le=1,
        description="threshold, regions: largest entropy as a share of the largest there can be, or least probability "
        "(peak), that counts.",
    )
    region_threshold_rise: float = Field(
        default=0.0, description="threshold, regions: by how much it has moved after `ramp`."
    )
    threshold_rise: float = Field(default=0.0, description="threshold: by how much it has moved after `ramp`.")
    ramp: float = Field(default=1.0, gt=0, le=1, description="Share of all steps over which the threshold moves.")


class AugmentationPart(_Part):
    """Random changes of image and landmarks, drawn anew for each image of each batch."""

    rotation_deg: float = Field(default=12.0, ge=0, le=45, description="Largest rotation in degrees.")
    scale: float = Field(default=0.15, ge=0, lt=1, description="Largest relative change of size.")
    shift: float = Field(default=0.06, ge=0, le=0.5, description="Largest shift as a share of the input's side.")
    shear_deg: float = Field(default=0.0, ge=0, le=20, description="Largest shear in degrees.")
    gamma: float = Field(default=0.4, ge=0, lt=1, description="Grey values are raised to a power in exp(+-gamma).")
    contrast: float = Field(default=0.2, ge=0, lt=1, description="Largest relative change of contrast and brightness.")
    noise: float = Field(
        default=0.05, ge=0, le=1, description="Largest standard deviation of added noise (grey range 0..1)."
    )
    cutout: float = Field(
        default=0.0, ge=0, le=0.25, description="Largest share of the image that a grey square covers; 0: none."
    )
    flip: bool = Field(
        default=False, description="Mirror half of the images; needs the scheme's pairs. Wrong for heart and diaphragm."
    )


_WEAK = AugmentationPart(rotation_deg=4, scale=0.05, shift=0.02, gamma=0.1, contrast=0.05, noise=0.01)
_STRONG = AugmentationPart(rotation_deg=15, scale=0.2, shift=0.08, gamma=0.6, contrast=0.3, noise=0.08, cutout=0.1)


class ViewsPart(_Part):
    """Which view of an image the teacher sees, and which the student."""

    kind: Literal["same", "clean", "weak-strong"] = Field(
        default="same",
        description="same: both the student's; clean: the teacher sees the unchanged image, asked once; "
        "weak-strong: both changed, the student's more.",
    )
    weak: AugmentationPart = Field(default=_WEAK, description="weak-strong: changes of the teacher's view.")
    strong: AugmentationPart = Field(
        default=_STRONG, description="weak-strong: changes of the student's view of unlabelled images."
    )


class HeadsPart(_Part):
    """What the network says of an image."""

    landmarks: bool = Field(default=True, description="Heatmaps of the scheme's landmarks.")
    regions: bool = Field(default=False, description="Masks of the scheme's regions.")

    @model_validator(mode="after")
    def _says_something(self) -> HeadsPart:
        if not (self.landmarks or self.regions):
            raise ValueError("a network needs landmarks, regions, or both")
        return self


class BasePart(_Part):
    """The losses against the reader's own labels."""

    loss: str = Field(default="spatial-cross-entropy", description="Loss of the heatmaps.")
    weight: float = Field(default=1.0, ge=0, description="Factor of the heatmaps' loss.")
    region_loss: str = Field(default="dice-ce", description="Loss of the region masks.")
    region_weight: float = Field(default=1.0, ge=0, description="Factor of the masks' loss.")
    levels: Names = Field(
        default=(),
        description="Features on the way up with heads of their own that learn the labels too: up-4, up-8, up-16.",
    )


class InputPart(_Part):
    """What the network is given."""

    size: int = Field(default=256, ge=64, le=2048, multiple_of=32, description="Side of the square input in pixels.")
    sigma_px: float = Field(default=4.0, gt=0, description="Standard deviation of the target Gaussian in input pixels.")
    channels: Names = Field(default=(), description="Channels that the network sees; empty: the image's own one.")


class DecodingPart(_Part):
    """How a heatmap becomes a point, in validation and prediction."""

    kind: Literal["argmax", "quarter", "dark", "dark-udp", "local-mean", "soft-argmax", "gaussian-fit"] = Field(
        default="dark",
        description="argmax: highest pixel; quarter: 0.25 px towards the higher neighbour; dark, dark-udp: Newton step "
        "on the blurred logarithm; local-mean, soft-argmax: centre of mass near the peak, of all; gaussian-fit.",
    )
    window_sigmas: float = Field(
        default=2.0,
        gt=0,
        le=6,
        description="local-mean, gaussian-fit: how far from the peak the map is read, in sigma.",
    )
    inverse_temperature: float = Field(
        default=1.0, gt=0, le=100, description="local-mean, soft-argmax: b = 1/T, power of the heatmap before the mean."
    )


class TrainingPart(_Part):
    """The optimiser and its schedule."""

    steps: int = Field(default=600, ge=1, description="Optimiser steps.")
    rounds: int = Field(
        default=1, ge=1, le=5, description="Trainings one after the other; each student teaches the next."
    )
    labelled_batch: int = Field(default=8, ge=1, le=512, description="Labelled images a step.")
    unlabelled_batch: int = Field(default=0, ge=0, le=512, description="Unlabelled images a step.")
    learning_rate: float = Field(default=2e-3, gt=0, description="Peak of the one-cycle schedule (AdamW).")
    weight_decay: float = Field(default=1e-4, ge=0, description="AdamW's weight decay.")
    ema_decay: float = Field(
        default=0.99, ge=0, lt=1, description="Decay of the averaged weights that are validated and kept; 0: off."
    )
    uncertain_weight: float = Field(
        default=0.5, ge=0, le=1, description="Weight of landmarks that the reader marked uncertain."
    )
    accepted_weight: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Weight of landmarks that are predictions which a reader accepted; 0: none.",
    )
    presence_weight: float = Field(default=0.1, ge=0, description="Weight of the present/absent output.")
    validate_every: int = Field(default=50, ge=1, description="Steps between validations.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="auto: bfloat16 where the processor has it."
    )


class Recipe(_Part):
    """How to train one network."""

    name: Slug
    title: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    cites: tuple[Citation, ...] = Field(min_length=1)
    departs: str = Field(default="", description="Where the recipe departs from what it cites.")
    student: StudentPart = StudentPart()
    heads: HeadsPart = HeadsPart()
    teacher: TeacherPart = TeacherPart()
    target: TargetPart = TargetPart()
    base: BasePart = BasePart()
    terms: tuple[Term, ...] = ()
    weighting: WeightingPart = WeightingPart()
    views: ViewsPart = ViewsPart()
    input: InputPart = InputPart()
    augmentation: AugmentationPart = AugmentationPart()
    decoding: DecodingPart = DecodingPart()
    training: TrainingPart = TrainingPart()

    @property
    def n_teacher_runs(self) -> int:
        """How many trained runs have to be named as teachers."""
        return self.teacher.count

    @property
    def teacher_settings(self) -> Names:
        """Settings of the runs that can teach: those that the recipe names, with the heads and channels it needs."""
        told = {setting.partition("=")[0] for setting in self.teacher.settings}
        needed = {f"heads.{name}": value for name, value in self.heads if value != getattr(HeadsPart(), name)}
        if self.heads.regions and self.base.region_loss != BasePart().region_loss:
            needed["base.region_loss"] = self.base.region_loss
        channels = self.teacher.channels or self.input.channels
        if channels:
            needed["input.channels"] = channels
        more = [f"{name}={json.dumps(value)}" for name, value in needed.items() if name not in told]
        return (*self.teacher.settings, *more)

    @property
    def teacher_command(self) -> str:
        """Options of `kdland train` that train a run which can teach."""
        words = [word for setting in self.teacher_settings for word in ("--set", setting)]
        return shlex.join(["--recipe", self.teacher.recipe, *words])

    @property
    def taps(self) -> Names:
        """Features that the terms read, each once."""
        return tuple(dict.fromkeys(tap for term in self.terms for tap in term.taps))

    @property
    def is_taught_online(self) -> bool:
        """Whether the teacher changes while the student is trained."""
        return self.teacher.source in ONLINE

    @property
    def _reads_disagreement(self) -> bool:
        weighting = self.weighting
        is_weighed = weighting.measure == "between" or (weighting.per == "pixel" and self.heads.landmarks)
        return (weighting.kind != "none" and is_weighed) or self.target.points == "answers"

    @property
    def _has_several_answers(self) -> bool:
        return self.teacher.source in ("ensemble", "views", "levels") or self.teacher.passes > 1

    @model_validator(mode="after")
    def _parts_fit(self) -> Recipe:
        problem = next((words for found, words in self._misfits() if found), None)
        if problem:
            raise ValueError(problem)
        return self

    def _misfits(self) -> list[tuple[bool, str]]:
        source, n_unlabelled, where = self.teacher.source, self.training.unlabelled_batch, {t.where for t in self.terms}
        return [
            ((source == "none") != (not self.terms), "a recipe has loss terms exactly when it has a teacher"),
            (
                bool(n_unlabelled) and where <= {"labelled"},
                "training.unlabelled_batch is set, but no term is taken on unlabelled images",
            ),
            (
                not n_unlabelled and "unlabelled" in where,
                "a term is taken on unlabelled images, but training.unlabelled_batch is 0",
            ),
            (
                bool(self.taps) and self.views.kind != "same",
                'terms on features need views.kind = "same": features are not moved between views',
            ),
            (
                source == "self" and self.views.kind == "same",
                'a student that teaches itself needs another view: set views.kind to "weak-strong" or "clean"',
            ),
            (
                self.training.rounds > 1 and source not in ("frozen", "ensemble", "dropout", "views"),
                f"training.rounds wants a teacher of trained runs, found source {source!r}",
            ),
            (
                bool(self.teacher.channels) and (source == "none" or self.is_taught_online),
                f"teacher.channels wants a teacher of trained runs, found source {source!r}",
            ),
            (
                source in _HEARD and self.views.kind != "same",
                'peers and levels teach on the view that the student sees: set views.kind to "same"',
            ),
            (
                source == "levels" and not self.base.levels,
                "source 'levels' is the mean of the student's heads on the way up: name some in base.levels",
            ),
            (
                len(set(self.base.levels)) < len(self.base.levels),
                "base.levels names a level twice",
            ),
            (
                self._reads_disagreement and not self._has_several_answers,
                "weighting.measure between, weighting.per pixel and target.points answers want several answers, but "
                f"source {source!r} gives one",
            ),
            (
                self.teacher.source == "average" and self.teacher.passes > 0 and not self.student.dropout,
                "teacher.passes makes passes with dropout, but student.dropout is 0: all would say the same",
            ),
        ]
