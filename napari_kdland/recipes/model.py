"""The recipe's own model: teacher source x target x loss terms x weighting x schedule.

Every field is read by the engine, shown by the window's form and settable with ``--set``; the field's description is
its tooltip. Block names are checked against the engine's menus when a run starts, so that this module needs no torch.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Citation(_Part):
    """The work that a recipe follows."""

    paper: str = Field(min_length=1, description="Authors, year, title or identifier.")
    equation: str = Field(min_length=1, description="Equation or section that the recipe computes.")


class StudentPart(_Part):
    """The network that is trained."""

    backbone: str = Field(default="light", description="Name of a backbone; `kdland doctor` lists them.")


class TeacherPart(_Part):
    """Who teaches: nobody, one frozen run, or several."""

    source: Literal["none", "frozen", "ensemble"] = Field(
        default="none", description="Where the teacher's heatmaps come from."
    )
    count: int = Field(default=0, ge=0, le=32, description="How many teacher runs the recipe wants.")

    @model_validator(mode="after")
    def _count_fits(self) -> TeacherPart:
        expected = {"none": self.count == 0, "frozen": self.count == 1, "ensemble": self.count >= 2}
        if not expected[self.source]:
            raise ValueError(
                f"source {self.source!r} does not go with count {self.count} (none: 0, frozen: 1, ensemble: 2+)"
            )
        return self


class TargetPart(_Part):
    """What the teacher's output becomes before the student is held against it."""

    kind: str = Field(default="soft", description="soft: the heatmap as it is.")


class SchedulePart(_Part):
    """How a term's weight runs over the training."""

    kind: str = Field(default="constant", description="constant, or sigmoid-ramp: exp(-5 (1 - t/R)^2).")
    ramp: float = Field(default=0.3, gt=0, le=1, description="Share R of all steps after which a ramp is full.")


class Term(_Part):
    """One loss between teacher and student."""

    loss: str = Field(description="Name of a loss term.")
    weight: float = Field(default=1.0, ge=0, description="Factor of the term.")
    where: Literal["labelled", "unlabelled", "all"] = Field("all", description="On which images the term is taken.")
    inverse_temperature: float = Field(
        default=1.0, gt=0, le=100, description="b = 1/T: factor on the logits before the softmax."
    )
    schedule: SchedulePart = SchedulePart()


class WeightingPart(_Part):
    """How much each landmark of the teacher counts."""

    kind: str = Field(default="none", description="none, or confidence: by the spread of the teacher's heatmap.")
    scale_px: float = Field(
        default=4.0, gt=0, description="confidence: spread in input pixels at which the weight is exp(-1/2)."
    )


class InputPart(_Part):
    """What the network is given."""

    size: int = Field(default=256, ge=64, le=2048, multiple_of=32, description="Side of the square input in pixels.")
    sigma_px: float = Field(default=4.0, gt=0, description="Standard deviation of the target Gaussian in input pixels.")


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
    flip: bool = Field(
        default=False, description="Mirror half of the images; needs the scheme's pairs. Wrong for heart and diaphragm."
    )


class TrainingPart(_Part):
    """The optimiser and its schedule."""

    steps: int = Field(default=600, ge=1, description="Optimiser steps.")
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
    teacher: TeacherPart = TeacherPart()
    target: TargetPart = TargetPart()
    terms: tuple[Term, ...] = ()
    weighting: WeightingPart = WeightingPart()
    input: InputPart = InputPart()
    augmentation: AugmentationPart = AugmentationPart()
    training: TrainingPart = TrainingPart()

    @model_validator(mode="after")
    def _parts_fit(self) -> Recipe:
        if (self.teacher.source == "none") != (not self.terms):
            raise ValueError("a recipe has loss terms exactly when it has a teacher")
        if self.training.unlabelled_batch and all(term.where == "labelled" for term in self.terms):
            raise ValueError("training.unlabelled_batch is set, but no term is taken on unlabelled images")
        if not self.training.unlabelled_batch and any(term.where == "unlabelled" for term in self.terms):
            raise ValueError("a term is taken on unlabelled images, but training.unlabelled_batch is 0")
        return self
