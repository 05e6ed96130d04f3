"""Methods over numbers of labelled images: their errors, their tests against the baseline, and what these show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_kdland.evaluation.judging import PairTest


@dataclass(frozen=True)
class LabelPoint:
    """One method at one number of labelled images.

    Parameters
    ----------
    mean
        Mean radial error, over seeds or draws of labels.
    interval
        95 % interval of it; `None` for a single training.
    singles
        The mean of each seed, or of each draw where labels were drawn several times.
    """

    mean: float
    interval: tuple[float, float] | None = None
    singles: tuple[float, ...] = ()


@dataclass(frozen=True)
class LabelLine:
    """One method, or a reference, over numbers of labelled images.

    Parameters
    ----------
    name
        Of the method.
    kind
        Students compete; teachers and the floor are references.
    points
        By number of labels.
    tests
        Its tests against the baseline, by number of labels; none for the baseline and for references.
    unit
        Of its errors, the same for all lines of one page.
    """

    name: str
    kind: Literal["student", "teacher", "floor"]
    points: Mapping[int, LabelPoint]
    tests: Mapping[int, PairTest] = field(default_factory=dict)
    unit: Literal["px", "mm"] = "px"


def counts_of(lines: Sequence[LabelLine]) -> list[int]:
    """Give the numbers of labels of all lines, growing."""
    return sorted({labels for line in lines for labels in line.points})


def said_over_labels(line: LabelLine, baseline: str) -> str:
    """Say with how many labels a method is shown to be better or worse than the baseline, and with how many neither."""
    shown: dict[str, list[int]] = {"better": [], "worse": [], "": []}
    for labels, test in sorted(line.tests.items()):
        shown[shown_as(test)].append(labels)
    said = [
        f"{verdict} than {baseline} with {_listed(counts)} labels "
        f"(by {_listed([_amount(line.tests[labels]) for labels in counts])})"
        for verdict in ("better", "worse")
        if (counts := shown[verdict])
    ]
    if shown[""]:
        against = "" if said else f" from {baseline}"
        said.append(f"no difference shown{against} with {_listed(shown[''])}{'' if said else ' labels'}")
    return "; ".join(said)


def shown_as(test: PairTest) -> Literal["better", "worse", ""]:
    """Give what a test shows: better, worse, or nothing."""
    if not test.is_shown:
        return ""
    return "better" if test.mean < 0 else "worse"


def _amount(test: PairTest) -> str:
    return f"{abs(test.mean):.{1 if abs(test.mean) >= 1 else 2}f} {test.unit}"


def _listed(values: Sequence[object]) -> str:
    texts = [str(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
