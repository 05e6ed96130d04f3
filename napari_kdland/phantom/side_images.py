"""What may lie beside a sample's radiographs: the dual-energy pair as further channels, and region masks."""

from __future__ import annotations

import csv
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from napari_kdland.anatomy import Regions, RegionState
from napari_kdland.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Scheme
    from napari_kdland.phantom.phantom import Phantom

CHANNELS = ("soft_tissue", "bone")
REGIONS = ("right_lung", "left_lung", "heart", "cardiomediastinum", "opacity")


class SideImages:
    """Writes further images of phantoms into ``channels/`` and ``masks/`` of a folder, and the tables that name them.

    Parameters
    ----------
    out
        The folder of the radiographs.
    with_channels
        Whether to write the dual-energy pair.
    scheme
        Whose regions to write; `None` writes none.

    Raises
    ------
    UsageError
        If the scheme has no regions, or one that phantoms do not have.
    """

    def __init__(self, out: Path, *, with_channels: bool, scheme: Scheme | None) -> None:
        names = () if scheme is None else scheme.region_names
        unknown = [name for name in names if name not in REGIONS]
        if scheme is not None and (unknown or not names):
            raise UsageError(
                f"Phantoms have the regions {', '.join(REGIONS)}; the scheme {scheme.name} has "
                f"{', '.join(names) or 'none'}. Choose chest-10-regions, chest-opacity, or a scheme of some of these."
            )
        self._out = out
        self._with_channels = with_channels
        self._scheme = scheme
        self._channels: list[tuple[str, str, str]] = []
        self._states: list[tuple[str, str, str]] = []

    def write(self, phantom: Phantom, name: str, *, has_masks: bool) -> None:
        """Write what belongs to the radiograph called `name`."""
        stem = PurePosixPath(name).stem
        for channel in CHANNELS if self._with_channels else ():
            path = f"channels/{stem}_{channel}.png"
            _write_png(self._out / path, getattr(phantom, channel))
            self._channels.append((name, channel, path))
        if self._scheme is not None and has_masks:
            regions = regions_of(phantom, self._scheme)
            _write_png(self._out / "masks" / f"{stem}.png", regions.to_bits(self._scheme.regions))
            pairs = zip(regions.names, regions.states, strict=True)
            self._states += [(name, region, state.value) for region, state in pairs if state is RegionState.ABSENT]

    def write_tables(self) -> None:
        """Write ``channels.csv`` and ``masks/regions.csv``."""
        if self._with_channels:
            write_csv(self._out / "channels.csv", ("image", "channel", "path"), self._channels)
        if self._scheme is not None:
            (self._out / "masks").mkdir(exist_ok=True)
            write_csv(self._out / "masks" / "regions.csv", ("image", "region", "state"), self._states)


def regions_of(phantom: Phantom, scheme: Scheme) -> Regions:
    """Give a phantom's regions in a scheme's order; where they may not overlap, the later one has the pixel."""
    masks = np.stack([phantom.masks[name] for name in scheme.region_names])
    if not scheme.regions_overlap:
        for place in range(len(masks) - 1):
            masks[place] &= ~masks[place + 1 :].any(axis=0)
    return Regions(scheme.region_names, masks)


def write_csv(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a table with line ends that are the same on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _write_png(path: Path, pixels: NDArray[np.uint16]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels if pixels.max(initial=0) > 255 else pixels.astype(np.uint8)).save(path, format="PNG")
