"""TIFF, through tifffile."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

import numpy as np
from tifffile import PHOTOMETRIC, TIFF, TiffFile, TiffPage

from napari_kdland.errors import MissingDecoder, UnsupportedImage, UsageError
from napari_kdland.images.colour import grey_of, without_alpha
from napari_kdland.images.guards import DAMAGE, cut_short, refuse_odd_size
from napari_kdland.images.plain import plain_radiograph
from napari_kdland.images.radiograph import Spacing
from napari_kdland.images.silence import decoders_kept_quiet

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.images.radiograph import Radiograph

# Without any handler, logging prints tifffile's complaints about odd tags on the terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_MM_PER_UNIT = {
    "mm": 1.0,
    "millimeter": 1.0,
    "cm": 10.0,
    "centimeter": 10.0,
    "micron": 1e-3,
    "um": 1e-3,
    "µm": 1e-3,
    "\\u00b5m": 1e-3,
    "inch": 25.4,
}


def read_tiff(path: Path, *, frame: int | None = None) -> Radiograph:
    """Read one page of a TIFF as a radiograph.

    Spacing is taken from ImageJ's unit and resolution only; the plain resolution tags hold what a printer should do.

    Parameters
    ----------
    path
        The file.
    frame
        Which page, from 0; thumbnails do not count.

    Raises
    ------
    UnreadableImage
        If it is damaged, cut short or no TIFF.
    MissingDecoder
        If its compression is one that tifffile and imagecodecs do not know.
    UnsupportedImage
        If it is a mask, empty, constant, holds NaN, has several pages and none was chosen, or is a volume.
    UsageError
        If there is no such page.
    """
    with decoders_kept_quiet():
        try:
            with TiffFile(path) as file:
                # Before anything else: tifffile divides by the first page's size.
                refuse_odd_size(path.name, file.pages[0].imagelength, file.pages[0].imagewidth)
                page_index = _page_index(path.name, file, frame)
                page = file.pages[page_index]
                refuse_odd_size(path.name, page.imagelength, page.imagewidth)
                _refuse_missing_bytes(path, page)
                samples = _decoded(path, page)
                applied, spacing = _resolution(file, page)
                grey, colours = _to_grey(path.name, page, samples)
                bits, is_white_zero = _bits(page), page.photometric == PHOTOMETRIC.MINISWHITE
        except DAMAGE as error:
            raise cut_short(path.name, error) from error
    return plain_radiograph(
        path.name, grey, bits=bits, applied=(*applied, *colours), spacing=spacing, is_white_zero=is_white_zero
    )


def _page_index(name: str, file: TiffFile, frame: int | None) -> int:
    """Find the page, thumbnails left out."""
    pages = [index for index, page in enumerate(file.pages) if not page.keyframe.is_reduced] or [0]
    stacked = max((int(np.prod(series.shape)) // max(1, series.keyframe.size) for series in file.series), default=1)
    n_pages = max(len(pages), stacked)
    if frame is None and n_pages > 1:
        raise UnsupportedImage(
            f"{name} holds {n_pages} pages; a radiograph is one. Read one with frame=0 to frame={n_pages - 1}, "
            "or save that page as a file of its own."
        )
    if frame is not None and not 0 <= frame < n_pages:
        raise UsageError(f"{name} has no page {frame}; it has {n_pages}, counted from 0.")
    if n_pages > len(pages):
        raise UnsupportedImage(
            f"{name} is a stack of {n_pages} images written as one block. Save the one you need as a file of its own."
        )
    return pages[frame or 0]


def _refuse_missing_bytes(path: Path, page: TiffPage) -> None:
    """Find out a file that was cut off, since missing strips would otherwise come out black."""
    n_bytes = path.stat().st_size
    ends = [offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False)]
    if not ends or max(ends) > n_bytes or not all(page.databytecounts):
        raise cut_short(path.name, f"pixels reach to byte {max(ends, default=0)}, the file ends at {n_bytes}")


def _decoded(path: Path, page: TiffPage) -> NDArray[np.generic]:
    """Give (H, W) or (H, W, channels)."""
    try:
        TIFF.DECOMPRESSORS[page.compression]
        TIFF.UNPREDICTORS[page.predictor]
    except KeyError as error:
        raise MissingDecoder(
            f"{path.name} is compressed as {page.compression.name} with {_bits(page)} bits, for which there is no "
            "decoder. Export it uncompressed, or compressed without loss as LZW."
        ) from error
    samples: NDArray[np.generic] = page.asarray()
    if page.axes == "SYX":
        return np.moveaxis(samples, 0, -1)
    if page.axes not in ("YX", "YXS"):
        raise UnsupportedImage(f"{path.name} holds a volume ({page.axes}), not one radiograph. Save one slice of it.")
    return samples


def _to_grey(name: str, page: TiffPage, samples: NDArray[np.generic]) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    if page.photometric == PHOTOMETRIC.PALETTE and samples.ndim == 2:
        # A TIFF palette has 16 bits a colour; 8-bit ones are written as value * 256 or * 257.
        palette = (np.asarray(page.colormap).T >> 8).astype(np.uint8)
        return grey_of(palette[samples], "palette")
    if samples.ndim == 2:
        return samples, ()
    if samples.dtype.kind != "u" or page.photometric not in (
        PHOTOMETRIC.RGB,
        PHOTOMETRIC.YCBCR,
        PHOTOMETRIC.MINISBLACK,
        PHOTOMETRIC.MINISWHITE,
    ):
        raise UnsupportedImage(
            f"{name} has {samples.shape[-1]} channels of {samples.dtype} as {page.photometric.name}, which has no safe "
            "way to grey. Save it as grey or RGB."
        )
    kept, alpha = without_alpha(cast("NDArray[np.integer]", samples))
    if kept.ndim == 3 and kept.shape[-1] != 3:
        raise UnsupportedImage(f"{name} has {kept.shape[-1]} channels; a radiograph has one. Save the one you need.")
    grey, colours = grey_of(kept)
    return grey, (*alpha, *colours)


def _bits(page: TiffPage) -> int:
    bits: int | tuple[int, ...] = page.bitspersample
    return bits[0] if isinstance(bits, tuple) else bits


def _resolution(file: TiffFile, page: TiffPage) -> tuple[tuple[str, ...], Spacing | None]:
    """Take ImageJ's spacing; name any other resolution as not taken."""
    across, down = (_per_unit(page, tag) for tag in ("XResolution", "YResolution"))
    if not (across and down):
        return (), None
    if file.is_imagej:
        unit_mm = _MM_PER_UNIT.get(str((file.imagej_metadata or {}).get("unit", "")).lower())
        return ((), Spacing(unit_mm / down, unit_mm / across, "ImageJ")) if unit_mm else ((), None)
    per_inch = across * {3: 2.54}.get(page.tags.valueof("ResolutionUnit", 2), 1)
    if round(per_inch) in (0, 1, 72, 96):
        return (), None
    return (f"{per_inch:.4g} dpi not taken as spacing",), None


def _per_unit(page: TiffPage, tag: str) -> float:
    """Give pixels per unit; 0 where the tag is missing or makes no sense."""
    value = page.tags.valueof(tag)
    if not (isinstance(value, tuple) and len(value) == 2 and value[0] > 0 and value[1] > 0):
        return 0.0
    return float(value[0] / value[1])
