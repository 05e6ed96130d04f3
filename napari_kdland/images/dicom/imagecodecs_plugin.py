"""A decoder for pydicom: JPEG 2000 by imagecodecs, which lets the window go on meanwhile and uses several cores.

The other decoders of JPEG 2000 hold Python's lock from beginning to end, and so stop every other thread: 0.4 s for
2048 x 2048 pixels (benchmarks/results/jpeg2000.json). Written to pydicom's guide for decoder plugins.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pydicom.uid import HTJ2K, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, JPEG2000Lossless

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import DecodeRunner

LABEL = "napari-kdland-imagecodecs"
SYNTAXES = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)
DECODER_DEPENDENCIES = dict.fromkeys(SYNTAXES, ("imagecodecs",))
# The training in the background wants cores, too.
_MOST_THREADS = 4


def is_available(uid: str) -> bool:
    """Whether imagecodecs is installed, and the transfer syntax one that it decodes here."""
    return uid in SYNTAXES and find_spec("imagecodecs") is not None


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """Decode a grey frame.

    Raises
    ------
    RuntimeError
        If the stream is damaged, or in colour.
    """
    import imagecodecs  # loads much; most files are not JPEG 2000

    pixels: Any = imagecodecs.jpeg2k_decode(source, numthreads=min(_MOST_THREADS, os.cpu_count() or 1))
    if pixels.ndim != 2:
        raise RuntimeError(f"{pixels.shape} is not a grey frame")
    runner.set_option("bits_allocated", 8 * pixels.itemsize)
    data: bytes = pixels.tobytes()
    return data
