"""The atlas: where each landmark of a scheme lies, on a picture of a chest or as a bare shape."""

from __future__ import annotations

import contextlib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import Landmarks, load_scheme
from napari_kdland.events import Advanced, Job, Started
from napari_kdland.session.shapes import laid_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.evaluation import MeanShape

# A man of 47 who stands upright, without findings or devices, hardly turned.
_PATIENT = 45
_SIZE = (256, 256)
# As `napari_kdland.phantom.SCHEMES`, which would load all that draws phantoms.
PHANTOM_SCHEMES = ("chest-10", "chest-8")
# Fewer landmarks than these in common say little about where the others lie on the phantom.
_FEWEST = 3


@dataclass(frozen=True)
class Portrait:
    """A phantom's radiograph with the landmarks that phantoms know.

    Parameters
    ----------
    picture : (H, W) uint8
        Bone bright.
    landmarks
        Of all schemes that phantoms know, in pixels of the picture.
    """

    picture: NDArray[np.uint8]
    landmarks: Landmarks


@dataclass(frozen=True)
class Atlas:
    """Where landmarks lie.

    Parameters
    ----------
    picture : (H, W) uint8
        Black where no picture fits the scheme.
    landmarks
        Of the scheme, in pixels of the picture; not-yet where nobody knows.
    """

    picture: NDArray[np.uint8]
    landmarks: Landmarks


def knows(names: Sequence[str]) -> bool:
    """Whether phantoms know enough of these landmarks to be a picture of them."""
    return len(set(names) & set(_names())) >= _FEWEST


def make_portrait(cache_folder: Path) -> Job[Portrait]:
    """Make the phantom's portrait, or read it where it was made before; it takes a second or two.

    Parameters
    ----------
    cache_folder
        Where it is kept.
    """
    yield Started("Drawing the atlas", 1)
    path = cache_folder / f"atlas-{_PATIENT}-{_SIZE[0]}.npz"
    portrait = _read(path)
    if portrait is None:
        portrait = _drawn()
        # It is as good without being kept: on a full disk, or in a project that cannot be written.
        with contextlib.suppress(OSError):
            cache_folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(path, picture=portrait.picture, points=portrait.landmarks.points)
    yield Advanced(1)
    return portrait


def atlas_of(names: Sequence[str], portrait: Portrait | None, shape: MeanShape | None) -> Atlas | None:
    """Put the landmarks of a scheme on the portrait.

    Those that phantoms know lie where the phantom has them. Others lie where the mean shape of the project's labels
    has them, once it is laid over those that are known. A scheme that has nothing to do with phantoms is the mean shape
    alone, on black.

    Returns
    -------
    Atlas or None
        `None` where neither says anything of the scheme.
    """
    labelled = None if shape is None else shape.predict(_SIZE).reordered(names)
    if portrait is not None and knows(names):
        known = portrait.landmarks.reordered(names)
        return Atlas(portrait.picture, known if labelled is None else _filled(known, laid_over(labelled, known, _SIZE)))
    return None if labelled is None else Atlas(np.zeros(_SIZE, np.uint8), labelled)


def _filled(known: Landmarks, others: Landmarks) -> Landmarks:
    return Landmarks.placed(known.names, np.where(known.has_point[:, None], known.points, others.points))


def _drawn() -> Portrait:
    from napari_kdland.phantom import make_phantom  # loads much; the window opens before it is needed

    phantom = make_phantom(_PATIENT, _SIZE)
    grey = phantom.standard.astype(np.float64)
    low, high = np.percentile(grey, (1, 99))
    picture = np.rint(255 * np.clip((grey - low) / (high - low), 0.0, 1.0)).astype(np.uint8)
    return Portrait(picture, _together(phantom.landmarks))


def _together(by_scheme: dict[str, Landmarks]) -> Landmarks:
    points = {name: point for scheme in PHANTOM_SCHEMES for name, _, point in by_scheme[scheme]}
    return Landmarks.placed(_names(), np.array([points[name] for name in _names()]))


def _read(path: Path) -> Portrait | None:
    try:
        with np.load(path) as kept:
            return Portrait(kept["picture"], Landmarks.placed(_names(), kept["points"]))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # not there, or of no use
        return None


def _names() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for scheme in PHANTOM_SCHEMES for name in load_scheme(scheme).landmark_names))
