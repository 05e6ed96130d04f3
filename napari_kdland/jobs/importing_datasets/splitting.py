"""Which case goes into which split."""

from __future__ import annotations

import random
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from napari_kdland.errors import UsageError
from napari_kdland.project.exchange.rows import Problems
from napari_kdland.project.exchange.tables import read_table
from napari_kdland.project.tables import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class CaseSplits:
    """How the cases of a data set are split; all images of a case go together.

    Parameters
    ----------
    val, test
        Shares of the cases, rounded; the rest is trained on.
    seed
        Seed of the draw: the same cases and seed give the same splits.
    file
        CSV ``case,split`` in place of a draw; cases that it does not name are not imported.
    """

    val: float = 0.15
    test: float = 0.25
    seed: int = 0
    file: Path | None = None

    def of(self, cases: Sequence[str]) -> dict[str, str]:
        """Give the split of each case that is to be imported.

        Raises
        ------
        UsageError
            If the shares are negative or above 1 together.
        AnnotationError
            If the file cannot be read, or names cases or splits that there are not.
        """
        if self.file is not None:
            return _read(self.file, set(cases))
        if min(self.val, self.test) < 0 or self.val + self.test > 1:
            raise UsageError(
                f"Shares of val and test must be positive and at most 1 together; found {self.val:g} and {self.test:g}."
            )
        order = sorted(set(cases))
        random.Random(self.seed).shuffle(order)
        n_test, n_val = round(self.test * len(order)), round(self.val * len(order))
        ends = ((n_test, "test"), (n_test + n_val, "val"), (len(order), "train"))
        return {case: next(split for end, split in ends if place < end) for place, case in enumerate(order)}


def _read(path: Path, cases: set[str]) -> dict[str, str]:
    problems = Problems(path)
    found: dict[str, str] = {}
    for line in read_table(path, ("case", "split")):
        case, split = line.fields["case"], line.fields["split"].lower()
        if case not in cases:
            close = get_close_matches(case, cases, n=3)
            hint = f"close to it: {', '.join(close)}" if close else f"there are {len(cases)} others"
            problems.add(line.where, f"the data set has no case {case!r} ({hint})")
        elif split not in SPLITS:
            problems.add(line.where, f"there is no split {split!r} (there are: {', '.join(SPLITS)})")
        elif case in found:
            problems.add(line.where, f"{case} comes twice")
        else:
            found[case] = split
    problems.refuse_if_any()
    return found
