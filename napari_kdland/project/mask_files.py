"""Region masks as PNG files of bit flags: each pixel is the sum of the bits of the regions that it lies in."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from napari_kdland.errors import AnnotationError, ImageError
from napari_kdland.images.guards import DAMAGE, in_short, refuse_odd_size
from napari_kdland.images.silence import decoders_kept_quiet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy.regions import Regions
    from napari_kdland.anatomy.scheme import RegionEntry

# Grey, palette (whose numbers are the flags, whatever colours they have) and one bit a pixel.
_MODES = ("L", "P", "1", "I", "I;16", "I;16B", "I;16L")
_HIGHEST = np.iinfo(np.uint16).max
_GREYS = bytes(value for grey in range(256) for value in (grey, grey, grey))


@dataclass(frozen=True)
class MaskFile:
    """One image's regions as the bytes of a PNG, and the names of those of which it says something.

    `size` is (height, width) in pixels.
    """

    png: bytes = field(repr=False)
    size: tuple[int, int]
    known: tuple[str, ...]

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, by which the project names the file."""
        return hashlib.sha256(self.png).hexdigest()


def encoded(regions: Regions, entries: Sequence[RegionEntry]) -> MaskFile:
    """Write regions as a PNG of 8 bits, or of 16 where a region's bit needs them."""
    return MaskFile(to_png(regions.to_bits(entries), is_quick=True), regions.size, regions.known_names)


def to_png(bits: NDArray[np.uint16], *, is_quick: bool = False) -> bytes:
    """Write bit flags (H, W) as a grey PNG of 8 bits, or of 16 where a value needs them; a quick one has a palette."""
    out = io.BytesIO()
    if bits.max(initial=0) >= 256:
        Image.fromarray(bits).save(out, format="PNG")
    elif is_quick:
        image = Image.fromarray(bits.astype(np.uint8))
        # A ramp of greys shows the same numbers, and spares a PNG the search for filters: a mask of 2048 x 2048 is
        # written after every stroke of the brush, in 15 ms in place of 70.
        image.putpalette(_GREYS)
        image.save(out, format="PNG", compress_level=1)
    else:
        Image.fromarray(bits.astype(np.uint8)).save(out, format="PNG")
    return out.getvalue()


def read_bits(path: Path) -> NDArray[np.uint16]:
    """Read bit flags.

    Returns
    -------
    (H, W)
        Pixels as stored; the numbers of a palette, not its colours.

    Raises
    ------
    AnnotationError
        If the file is missing, damaged, no PNG, or in colour.
    """
    try:
        with decoders_kept_quiet(), Image.open(path, formats=("PNG",)) as image:
            refuse_odd_size(path.name, image.height, image.width)
            mode, values = image.mode, np.asarray(image)
    except (ImageError, Image.DecompressionBombError) as error:
        raise AnnotationError(str(error)) from error
    except UnidentifiedImageError as error:
        raise AnnotationError(f"{path.name} is not a PNG; masks are PNG files of bit flags") from error
    except FileNotFoundError as error:
        raise AnnotationError(f"there is no mask file {path}") from error
    except DAMAGE as error:
        raise AnnotationError(f"{path.name} is damaged or cut short ({in_short(error)})") from error
    if mode not in _MODES:
        raise AnnotationError(f"{path.name} has the colour mode {mode}; masks are grey, each pixel a sum of bits")
    if values.min() < 0 or values.max() > _HIGHEST:
        raise AnnotationError(f"{path.name} has values from {values.min()} to {values.max()}; masks have 16 bits")
    return values.astype(np.uint16)
