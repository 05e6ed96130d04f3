"""The raw images of the JSRT database: 2048 x 2048 big-endian 16-bit numbers without a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images.guards import in_short, refuse_constant
from napari_kdland.images.identity import content_hash
from napari_kdland.images.plain import full_range
from napari_kdland.images.radiograph import Radiograph, Spacing, View

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 2048

# 12 bits; other people's readers cut what lies above, so some pixels may.
_TOP = 4095
_MOST_ABOVE = 0.01

# SCR database, data description: "scanned from films to a size of 2048 by 2048 pixels, a spatial resolution of
# .175 mm/pixel and 12 bit gray levels" (isi.uu.nl/Research/Databases/SCR/data.php), all of them PA.
_SPACING = Spacing(0.175, 0.175, "JSRT")
_VIEW = View("PA", True)


def read_jsrt(path: Path, *, frame: int | None = None) -> Radiograph:
    """Read an ``.IMG`` file of the JSRT database.

    Large numbers are dark film, so the image is turned over against 4095, as the published readers of these files do
    (HybridGNet's ``1 - image / 4096``, mednet's ``4095 - image``): bone comes out bright.

    Parameters
    ----------
    path
        The file.
    frame
        `None` or 0: there is one image in it.

    Raises
    ------
    UnreadableImage
        If it cannot be opened.
    UnsupportedImage
        If it has another size, other numbers, or the same value everywhere.
    UsageError
        If another frame than 0 is asked for.

    References
    ----------
    Shiraishi et al. 2000, Development of a digital image database for chest radiographs with and without a lung
    nodule, AJR 174:71-74, section on the database.
    """
    if frame:
        raise UsageError(f"{path.name} has no frame {frame}; a JSRT file holds one image.")
    stored = _stored(path)
    above = int((stored > _TOP).sum())
    if above > _MOST_ABOVE * stored.size:
        raise UnsupportedImage(
            f"{path.name} has {above} of {stored.size} pixels above {_TOP}: these are no big-endian 12-bit numbers. "
            "Copy the original file of the JSRT database, or convert it to PNG or TIFF."
        )
    pixels = np.float32(_TOP) - np.minimum(stored, _TOP).astype(np.float32)
    lowest, highest = float(pixels.min()), float(pixels.max())
    refuse_constant(path.name, lowest, highest)
    cut = (f"{above} pixels above {_TOP} cut",) if above else ()
    return Radiograph(
        pixels,
        full_range(pixels, lowest, highest),
        _SPACING,
        content_hash(stored),
        view=_VIEW,
        applied=(f"JSRT, dark film stored high: inverted against {_TOP}", *cut),
        bits=12,
        turn=float(_TOP),
    )


def _stored(path: Path) -> NDArray[np.uint16]:
    n_bytes, n_there = 2 * SIDE * SIDE, path.stat().st_size
    if n_there != n_bytes:
        raise UnsupportedImage(
            f"{path.name} has {n_there} bytes; an image of the JSRT database has {n_bytes} (2048 x 2048, 16 bits, no "
            "header). Copy it again if it is one; if it is half of an Analyze or NIfTI image, save that as one .nii."
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableImage(f"{path} cannot be opened: {in_short(error)}. Check that you may read it.") from error
    return np.frombuffer(data, ">u2").reshape(SIDE, SIDE)
