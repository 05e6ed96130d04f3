"""Images that show nearly the same, and patients on two sides: what leaks from training into a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.doubts import CERTAIN, Doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

# Measured on wingspan-512: different people reach 0.61; copies with another window, blur and noise, or moved by 4 of
# 512 pixels, stay above 0.9. One that was cropped by 2 % falls to 0.7.
ALIKE = 0.8
# The finest structures that survive resizing, in pixels of the small picture.
_BLUR = 2.0
_CHUNK = 256


def twins(
    pictures: Mapping[str, NDArray[np.uint8]], split_of: Mapping[str, str], *, alike: float = ALIKE
) -> tuple[list[Doubt], list[str]]:
    """Find pairs of images whose small pictures correlate once the broad shades are taken out.

    Parameters
    ----------
    pictures
        Small grey pictures of one size by image name, 64 pixels wide or so.
    split_of
        The split of each image.
    """
    names = list(pictures)
    if len(names) < 2:
        return [], []
    prints = np.stack([_print(pictures[name]) for name in names])
    found = []
    for start in range(0, len(names), _CHUNK):
        likeness = prints[start : start + _CHUNK] @ prints.T
        for row, column in np.argwhere(likeness > alike):
            one, other = names[start + row], names[column]
            if one < other:
                found += _pair(one, other, split_of, float(likeness[row, column]))
    return found, []


def straddling(kin: Iterable[Sequence[str]], split_of: Mapping[str, str]) -> tuple[list[Doubt], list[str]]:
    """Name images of one patient that stand on two sides of the splits."""
    found = []
    for images in kin:
        for image in images:
            others = ", ".join(f"{one} ({split_of[one]})" for one in images if one != image)
            reason = f"the same patient stands in {split_of[image]} and elsewhere: {others}."
            found.append(Doubt(image, "", "patient", CERTAIN + 2, reason))
    return found, []


def _pair(one: str, other: str, split_of: Mapping[str, str], likeness: float) -> list[Doubt]:
    leaks = split_of[one] != split_of[other]
    score = CERTAIN + likeness if leaks else CERTAIN - 3 + likeness
    return [
        Doubt(
            image,
            "",
            "duplicate",
            score,
            f"shows nearly the same as {twin} ({split_of[twin]}), correlation {likeness:.2f}"
            + (f": it stands in {split_of[image]}, which leaks." if leaks else "."),
        )
        for image, twin in ((one, other), (other, one))
    ]


def _print(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Give what is fine in a picture, evened out over it, as a vector of length 1; one shade all over gives none."""
    from scipy import ndimage

    grey = picture.astype(np.float64)
    fine = ndimage.gaussian_filter(grey, 0.5) - ndimage.gaussian_filter(grey, _BLUR)
    ranks = fine / (ndimage.gaussian_filter(np.abs(fine), 2 * _BLUR) + 1.0)
    flat = (ranks - ranks.mean()).ravel()
    length = float(np.linalg.norm(flat))
    unit: NDArray[np.float64] = flat / length if length > 0 else flat
    return unit
