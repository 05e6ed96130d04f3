"""How standard deviations of predictions were found: which way, scaled on what; and whether a figure mixes several."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class FoundBy:
    """How the standard deviations of one prediction were found.

    Parameters
    ----------
    how
        The way with its settings, such as ``views`` or ``dropout, 10 passes``; empty where nobody wrote it down.
    n_images
        Images of val that they are calibrated on; 0 where they are as the network gave them.
    labels
        Hash of the labels of these images.
    """

    how: str = ""
    n_images: int = 0
    labels: str = ""

    @property
    def words(self) -> str:
        """Say it in a few words."""
        if not self.how:
            return "not recorded"
        images = "1 image" if self.n_images == 1 else f"{self.n_images} images"
        return f"{self.how}, " + (f"calibrated on {images} of val" if self.n_images else "not calibrated")

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        return asdict(self)


# What was predicted before the way was kept.
NOT_RECORDED = FoundBy()


@dataclass(frozen=True)
class FoundOfRun:
    """How the standard deviations behind one figure of a run were found.

    Parameters
    ----------
    ways
        Each way with the number of its images, the most frequent first.
    is_stale
        Whether labels of val have changed since some of them were calibrated.
    """

    ways: tuple[tuple[FoundBy, int], ...] = ()
    is_stale: bool = False

    @classmethod
    def of(cls, found: Iterable[FoundBy], *, labels: str) -> FoundOfRun:
        """Count ways; `labels` is the hash of the labels that val has now."""
        counts = Counter(found)
        ordered = sorted(counts.items(), key=lambda way: (-way[1], way[0].words, way[0].labels))
        return cls(tuple(ordered), any(way.n_images and way.labels != labels for way in counts))

    @property
    def is_mixed(self) -> bool:
        """Whether they were found in several ways, or scaled on several sets of labels."""
        return len(self.ways) > 1

    @property
    def words(self) -> str:
        """Say it in a few words; empty where nothing was predicted."""
        if not self.is_mixed:
            said = "".join(way.words for way, _ in self.ways)
        else:
            # Ways that differ in their labels alone read the same.
            counts: Counter[str] = Counter()
            for way, count in self.ways:
                counts[way.words] += count
            said = "mixed: " + "; ".join(f"{words} ({count})" for words, count in counts.items())
        return said + (", labels of val have changed since" if self.is_stale else "")

    def problem(self, run: str) -> str:
        """Say what a figure of these cannot be trusted for, and what to do; empty where nothing is wrong."""
        if not (self.is_mixed or self.is_stale):
            return ""
        return (
            f"The standard deviations of {run} are not of one kind ({self.words}), so figures of its uncertainty "
            "are not either. Predict its images anew in one way."
            if self.is_mixed
            else f"The labels of val have changed since the standard deviations of {run} were calibrated. Predict its "
            "images anew before its uncertainty is judged."
        )

    def to_json(self) -> dict[str, Any]:
        """Give plain values."""
        ways = [{"way": way.how or None, "calibrated_on": way.n_images, "images": count} for way, count in self.ways]
        return {"found_by": ways, "is_mixed": self.is_mixed, "is_stale": self.is_stale}


def in_one_line(found: Mapping[str, FoundOfRun]) -> str:
    """Say of several runs how their standard deviations were found, runs of one way together; empty without any."""
    together: dict[str, list[str]] = {}
    for run, ways in found.items():
        if ways.words:
            together.setdefault(ways.words, []).append(run)
    return "; ".join(f"{', '.join(runs)}: {words}" for words, runs in together.items())
