"""Where a prediction's uncertainty comes from: one look, passes with dropout, several runs, or several views."""

from __future__ import annotations

from dataclasses import dataclass

from napari_kdland.errors import UsageError
from napari_kdland.menus import Entry, choose
from napari_kdland.recipes.model import TeacherPart

_HERE = "napari_kdland.recipes.asking"

WAYS: tuple[Entry, ...] = (
    Entry("heatmap", "How far each heatmap is spread; costs nothing.", f"{_HERE}:one_look"),
    Entry("dropout", "Passes with dropout on, of a run that was trained with dropout.", f"{_HERE}:passes"),
    Entry("ensemble", "Further runs beside it, that learnt the same from another seed.", f"{_HERE}:ensemble"),
    Entry("views", "Looks at the image turned and resized.", f"{_HERE}:views"),
)


@dataclass(frozen=True)
class Asking:
    """How a run is asked for its uncertainty; the landmarks that it predicts are the same whichever way.

    Parameters
    ----------
    how
        Name in `WAYS`.
    others
        For an ensemble: names of the further runs.
    passes
        For dropout: number of passes.

    Raises
    ------
    UsageError
        If there is no such way, or the further runs or passes do not go with it.
    """

    how: str = "heatmap"
    others: tuple[str, ...] = ()
    passes: int = 10

    def __post_init__(self) -> None:
        choose(WAYS, self.how, what="uncertainty")
        if (self.how == "ensemble") != bool(self.others):
            raise UsageError(
                "The uncertainty of an ensemble wants further runs beside the one that predicts, and no other wants "
                f"any: found {self.how!r} with {', '.join(self.others) or 'none'}. Name runs for an ensemble."
            )
        if len(set(self.others)) < len(self.others):
            raise UsageError(f"Name each run of an ensemble once, found {', '.join(self.others)}.")
        if not 2 <= self.passes <= 64:
            raise UsageError(f"Passes with dropout must be 2 to 64, found {self.passes}.")

    @property
    def part(self) -> TeacherPart:
        """The source of answers in the words of a recipe's teacher."""
        part: TeacherPart = choose(WAYS, self.how, what="uncertainty").resolve()(self)
        return part

    @property
    def title(self) -> str:
        """The way with its settings, in words."""
        if self.how == "dropout":
            return f"dropout, {self.passes} passes"
        return f"ensemble with {', '.join(self.others)}" if self.others else self.how


def one_look(_: Asking) -> TeacherPart:
    """Ask once: the covariance of each heatmap."""
    return TeacherPart(source="frozen", count=1)


def passes(asking: Asking) -> TeacherPart:
    """Ask one network again and again with dropout on.

    References
    ----------
    Gal and Ghahramani 2016, Dropout as a Bayesian approximation, eq. 8-9.
    """
    return TeacherPart(source="dropout", count=1, passes=asking.passes)


def ensemble(asking: Asking) -> TeacherPart:
    """Ask several networks.

    References
    ----------
    Lakshminarayanan et al. 2017, Simple and scalable predictive uncertainty estimation using deep ensembles, section
    2.4.
    """
    return TeacherPart(source="ensemble", count=1 + len(asking.others))


def views(_: Asking) -> TeacherPart:
    """Ask one network of several views: turned by 5 degrees to both sides, a tenth smaller and larger.

    References
    ----------
    Wang et al. 2019, Aleatoric uncertainty estimation with test-time augmentation for medical image segmentation with
    convolutional neural networks, section 3.3.
    """
    return TeacherPart(source="views", count=1)
