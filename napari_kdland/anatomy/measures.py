"""What a scheme wants measured beside the distance of each landmark: groups, outlines, indices, radii."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]*$")]
_Radius = Annotated[float, Field(gt=0, allow_inf_nan=False)]
# Literature on cephalograms and chest radiographs; the larger ones because outlines of a chest are soft.
DETECTION_MM = (2.0, 2.5, 3.0, 4.0, 5.0, 10.0, 15.0)
DETECTION_PX_AT_512 = (3.0, 6.0, 9.0)
PCK_FRACTIONS = (0.05, 0.1)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Extent(_Part):
    """A length that landmarks span.

    `of` names landmarks, or patterns such as ``heart_*``. ``width`` and ``height`` reach from the outermost of them on
    one side to that on the other, along the image's rows or columns; ``distance`` is that of two landmarks.
    """

    measure: Literal["width", "height", "distance"]
    of: tuple[str, ...] = Field(min_length=1)

    def length(self, names: Sequence[str], points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Measure the landmarks of N images.

        Parameters
        ----------
        names
            Names of the L landmarks.
        points : (N, L, 2)
            (y, x), NaN where there is none.

        Returns
        -------
        (N,)
            In the unit of the points; NaN unless every landmark of the extent has a point.
        """
        chosen = points[:, [names.index(name) for name in matching(self.of, names)]]
        spans: NDArray[np.float64] = chosen.max(axis=1) - chosen.min(axis=1)
        if self.measure == "distance":
            lengths: NDArray[np.float64] = np.hypot(spans[:, 0], spans[:, 1])
            return lengths
        return spans[:, 1 if self.measure == "width" else 0]


class ReferenceLength(Extent):
    """The length that detection rates in shares of it refer to."""

    title: str


class Index(_Part):
    """A ratio of two lengths that readers use, such as the cardiothoracic ratio."""

    name: _Name
    title: str
    description: str = ""
    numerator: Extent
    denominator: Extent


class Group(_Part):
    """Landmarks that belong together.

    Where `outline` is ``closed`` or ``open`` they lie along one line in the order of the scheme, so that an error has a
    part across the line and one along it.
    """

    name: _Name
    title: str
    landmarks: tuple[str, ...] = Field(min_length=1)
    outline: Literal["none", "open", "closed"] = "none"


class Measures(_Part):
    """All that a scheme wants measured; radii in millimetres, and in pixels of an image whose longer side has 512."""

    groups: tuple[Group, ...] = ()
    indices: tuple[Index, ...] = ()
    reference_length: ReferenceLength | None = None
    detection_mm: tuple[_Radius, ...] = DETECTION_MM
    detection_px_at_512: tuple[_Radius, ...] = DETECTION_PX_AT_512
    pck_fractions: tuple[_Radius, ...] = PCK_FRACTIONS

    @model_validator(mode="after")
    def _names_are_unique(self) -> Measures:
        for what, names in (
            ("group", [group.name for group in self.groups]),
            ("index", [one.name for one in self.indices]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} names must be unique; found twice: {', '.join(twice)}")
        return self

    def check(self, names: Sequence[str]) -> None:
        """Hold what is to be measured against the landmarks that there are.

        Raises
        ------
        ValueError
            If a name or pattern fits no landmark, a distance has not two ends, or an outline fewer than three points.
        """
        for where, selectors in self._selections():
            for selector in selectors:
                if not matching([selector], names):
                    raise ValueError(f"{where} names {selector}, which fits no landmark of the scheme")
        for where, extent in self._extents():
            n = len(matching(extent.of, names))
            if n < 2 or (extent.measure == "distance" and n != 2):
                raise ValueError(f"{where} is a {extent.measure} of {n} landmarks: a length has two ends")
        for group in self.groups:
            if group.outline != "none" and len(matching(group.landmarks, names)) < 3:
                raise ValueError(f"the outline {group.name} needs at least three landmarks")

    def _selections(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for group in self.groups:
            yield f"group {group.name}", group.landmarks
        for where, extent in self._extents():
            yield where, extent.of

    def _extents(self) -> Iterator[tuple[str, Extent]]:
        for one in self.indices:
            yield f"numerator of {one.name}", one.numerator
            yield f"denominator of {one.name}", one.denominator
        if self.reference_length is not None:
            yield "reference_length", self.reference_length


def matching(selectors: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Give the names that are chosen by name or by a pattern with ``*``, in the order of `names`."""
    return tuple(name for name in names if any(fnmatchcase(name, selector) for selector in selectors))
