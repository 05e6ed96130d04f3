"""PNG and JPEG, through Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from napari_kdland.errors import UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images.colour import grey_of, without_alpha
from napari_kdland.images.guards import DAMAGE, cut_short, refuse_odd_size
from napari_kdland.images.plain import plain_radiograph
from napari_kdland.images.png16 import decode_png16
from napari_kdland.images.silence import decoders_kept_quiet

if TYPE_CHECKING:
    from pathlib import Path

    from napari_kdland.images.colour import Samples
    from napari_kdland.images.radiograph import Radiograph

_EXIF_ORIENTATION = 0x0112
_GREY_MODES = ("L", "I;16", "I")
_COLOUR_MODES = ("LA", "RGB", "RGBA")
# What programs write when nobody has thought about resolution: screens.
_SCREEN_DPI = (72, 96)


def read_picture(path: Path, *, frame: int | None = None) -> Radiograph:
    """Read a PNG or JPEG as a radiograph.

    Pixels are taken as stored: no gamma, colour profile or EXIF orientation is applied (an orientation is named in
    `applied`). A resolution in dots per inch is no spacing, since drawing and export programs fill it in.

    Parameters
    ----------
    path
        The file.
    frame
        Which picture of an animated PNG, from 0.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short or no picture.
    UnsupportedImage
        If it is a mask, empty, constant, in printing colours, or has several frames and none was chosen.
    UsageError
        If there is no such frame.
    """
    with decoders_kept_quiet():
        try:
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                refuse_odd_size(path.name, image.height, image.width)
                _seek(path.name, image, frame)
                samples, bits, applied = _samples(path, image)
        except Image.DecompressionBombError as error:
            raise UnsupportedImage(f"{path.name} claims to be far too large for a radiograph: {error}") from error
        except UnidentifiedImageError as error:
            raise UnreadableImage(f"{path.name} is not a PNG or JPEG, although it looks like one.") from error
        except DAMAGE as error:
            raise cut_short(path.name, error) from error
    samples, alpha = without_alpha(samples)
    grey, colours = grey_of(samples)
    return plain_radiograph(path.name, grey, bits=bits, applied=(*applied, *alpha, *colours))


def _seek(name: str, image: Image.Image, frame: int | None) -> None:
    # A JPEG's further pictures (MPO) are previews of the first.
    n_frames = getattr(image, "n_frames", 1) if image.format == "PNG" else 1
    if frame is None and n_frames > 1:
        raise UnsupportedImage(
            f"{name} is an animation of {n_frames} frames; a radiograph is one. Read one with frame=0 to "
            f"frame={n_frames - 1}, or save that frame as a file of its own."
        )
    if frame is not None and not 0 <= frame < n_frames:
        raise UsageError(f"{name} has no frame {frame}; it has {n_frames}, counted from 0.")
    if frame:
        image.seek(frame)


def _samples(path: Path, image: Image.Image) -> tuple[Samples, int, tuple[str, ...]]:
    """Decode to (H, W) or (H, W, channels), with the bits stored and the notes."""
    notes = _notes(image)
    depth, n_channels = _png_header(path) if image.format == "PNG" else (8, 0)
    if depth == 16 and n_channels > 1:
        return decode_png16(path.read_bytes()), 16, notes
    if image.mode == "P":
        image.load()
        palette = np.array(image.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
        grey, colours = grey_of(palette[np.asarray(image)], "palette")
        return grey, 8, (*notes, *colours)
    if image.mode in _GREY_MODES:
        samples = np.asarray(image)
        return samples.astype(np.uint8 if depth <= 8 else np.uint16), depth, notes
    if image.mode in _COLOUR_MODES:
        return np.asarray(image), depth, notes
    if image.mode == "1":
        raise UnsupportedImage(f"{path.name} has 1 bit a pixel: a mask, not a radiograph. Import it as a mask.")
    raise UnsupportedImage(
        f"{path.name} has the colour mode {image.mode}, which has no safe way to grey. Save it as grey or RGB."
    )


def _png_header(path: Path) -> tuple[int, int]:
    """Give bits a channel and channels of a PNG whose header Pillow has already accepted."""
    with path.open("rb") as file:
        head = file.read(26)
    return head[24], {2: 3, 4: 2, 6: 4}.get(head[25], 1)


def _notes(image: Image.Image) -> tuple[str, ...]:
    """Say what the file asks for and the reader leaves undone."""
    notes = []
    orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    if orientation != 1:
        notes.append(f"EXIF orientation {orientation} not applied")
    dpi = image.info.get("dpi")
    if dpi and round(dpi[0]) > 1 and round(dpi[0]) not in _SCREEN_DPI:
        notes.append(f"{round(dpi[0])} dpi not taken as spacing")
    return tuple(notes)
