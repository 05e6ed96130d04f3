"""VOI LUT and window: from modality values to what the eye sees (PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_kdland.images.dicom.header import items, numbers, scopes, text, texts
from napari_kdland.images.dicom.lookup_table import LookupTable, lookup_table
from napari_kdland.images.plain import full_range
from napari_kdland.images.presets import Preset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset, FileDataset

# A file that offers more says nothing more.
_MOST = 20


@dataclass(frozen=True, eq=False)
class Voi:
    """A table, or a window, that a file offers.

    Parameters
    ----------
    table
        From modality values to 0..1; `None` for a window.
    centre, width, function
        Of the window; ``LINEAR``, ``LINEAR_EXACT`` or ``SIGMOID``.
    explanation
        What the file says that it is good for.
    turn
        What the image was turned over against; `None` where it was not. See `Radiograph`.
    """

    table: LookupTable | None = None
    centre: float = 0.0
    width: float = 0.0
    function: str = "LINEAR"
    explanation: str = ""
    turn: float | None = None

    @property
    def note(self) -> str:
        """Say what it is."""
        if self.table is not None:
            return "VOI LUT"
        kind = "" if self.function == "LINEAR" else f" {self.function}"
        return f"window {self.centre:g}/{self.width:g}{kind}"

    def shown(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give 0..1 for modality values that were not turned over; any shape."""
        if self.table is not None:
            return self.table(values)
        if self.function == "SIGMOID":
            exponent = (values - np.float32(self.centre)) * np.float32(-4 / self.width)
            return np.asarray(1 / (1 + np.exp(exponent.clip(-80, 80))), dtype=np.float32)
        low, high = self._limits()
        shown = values - np.float32(low)
        shown /= np.float32(high - low)
        return np.clip(shown, 0, 1, out=shown)

    def __call__(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give 0..1 for `Radiograph.pixels`, which may have been turned over."""
        return self.shown(pixels) if self.turn is None else 1 - self.shown(np.float32(self.turn) - pixels)

    def preset(self) -> Preset:
        """Give it as a preset over `Radiograph.pixels`."""
        if self.table is not None or self.function == "SIGMOID":
            return Preset(self.note, 0.0, 1.0, self.explanation, self)
        low, high = self._limits()
        ends = (low, high) if self.turn is None else (self.turn - high, self.turn - low)
        return Preset(self.note, *ends, self.explanation)

    def is_usable(self, own_range: tuple[float, float]) -> bool:
        """Tell whether it leaves an image with these smallest and largest values more than one grey."""
        if self.table is not None:
            return bool(self.table.values.min() < self.table.values.max())
        if self.width <= 0 or (self.function == "LINEAR" and self.width < 1):
            return False
        low, high = self.shown(np.array(own_range, dtype=np.float32))
        return bool(low < high)

    def _limits(self) -> tuple[float, float]:
        """Give what is black and what is white: C.11.2.1.2.1 (LINEAR) or C.11.2.1.3.2 (LINEAR_EXACT)."""
        if self.function == "LINEAR_EXACT":
            return self.centre - self.width / 2, self.centre + self.width / 2
        # A width of 1 is a step at the centre.
        low = self.centre - 0.5 - (self.width - 1) / 2
        return low, low + max(self.width - 1, 1e-6)


class Display(NamedTuple):
    """What an image looks like, (H, W) 0..1 and not turned over; the presets that its file offers; what was applied."""

    shown: NDArray[np.float32]
    presets: tuple[Preset, ...]
    notes: tuple[str, ...]


def display_of(
    values: NDArray[np.float32],
    own_range: tuple[float, float],
    dataset: FileDataset,
    frame_index: int = 0,
    turn: float | None = None,
) -> Display:
    """Apply the first usable VOI LUT or window, else show the image's own range.

    Tables go before windows, and what is said of the frame before what is said of all. One that cannot be used, or
    leaves the image all one value, counts as none, and the notes say so.

    Parameters
    ----------
    values : (H, W)
        Modality values, not turned over.
    own_range
        The smallest and the largest of them.
    turn
        What `Radiograph.pixels`, which presets are about, are turned over against.
    """
    vois: dict[tuple[str, str], Voi] = {}
    unusable: list[str] = []
    for scope in scopes(dataset, "FrameVOILUTSequence", frame_index):
        for voi in _of_scope(dataset, scope, turn):
            if voi is not None and voi.is_usable(own_range):
                vois.setdefault((voi.note, voi.explanation), voi)
            elif not vois:
                unusable.append(f"{'VOI LUT' if voi is None else voi.note} unusable")
    usable = list(vois.values())[:_MOST]
    if not usable:
        return Display(full_range(values, *own_range), (), (*unusable, "full range shown"))
    presets = tuple(voi.preset() for voi in usable)
    return Display(usable[0].shown(values), presets, (*unusable, usable[0].note))


def _of_scope(dataset: FileDataset, scope: Dataset, turn: float | None) -> Iterator[Voi | None]:
    for item in items(scope, "VOILUTSequence"):
        table = lookup_table(dataset, item)
        yield None if table is None else Voi(_spread(table), explanation=text(item, "LUTExplanation"), turn=turn)
    function = text(scope, "VOILUTFunction") or "LINEAR"
    words = texts(scope, "WindowCenterWidthExplanation")
    # A half-written pair is none: each centre needs its width.
    pairs = zip(numbers(scope, "WindowCenter"), numbers(scope, "WindowWidth"), strict=False)
    for place, (centre, width) in enumerate(pairs):
        yield Voi(None, centre, width, function, words[place] if place < len(words) else "", turn)


def _spread(table: LookupTable) -> LookupTable:
    """Bring a table to 0..1 over its own range: its stated depth is too often wrong."""
    low, high = float(table.values.min()), float(table.values.max())
    return LookupTable(table.first, full_range(table.values, low, high)) if low < high else table
