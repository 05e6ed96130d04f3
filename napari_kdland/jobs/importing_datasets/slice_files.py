"""The folder that slices of volumes are written to: 16-bit PNG files, a folder a case, and where each came from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PIL import Image

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.project.exchange.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.jobs.importing_datasets.volumes import Windowed

SETTINGS = "import.txt"
SOURCES = "slices.csv"
# Of 1 to 9: Pillow's own 6 takes half as long again and saves 5 % on slices of a head.
_COMPRESSION = 1
_COLUMNS = ("file", "channel", "source", "slice", "low", "high", "unit", "window_source", "row_mm", "column_mm")


def claim(out: Path, settings: str) -> None:
    """Make the folder for slices, or see that the one that is there was written with the same settings.

    Raises
    ------
    UsageError
        If there is something else in the folder, or it was written with other settings.
    ProjectError
        If it cannot be written.
    """
    path = out / SETTINGS
    try:
        if path.is_file():
            before = path.read_text(encoding="utf-8")
            if before != settings:
                raise UsageError(
                    f"{out} holds slices that were written with other settings ({before.strip()}; now "
                    f"{settings.strip()}). Choose another folder with --out."
                )
            return
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UsageError(f"{out} holds other things than slices of an import. Choose another folder with --out.")
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(settings, encoding="utf-8")
    except OSError as error:
        raise _cannot_write(out, error) from error


def write_slices(out: Path, case: str, images: Mapping[str, Windowed], chosen: Sequence[int]) -> list[dict[str, Path]]:
    """Write the slices of a case, all or none; the files of an earlier import of it are replaced.

    Parameters
    ----------
    out
        The claimed folder; the case gets a folder of its own in it.
    case
        Name of the case.
    images
        Slices by channel; a channel without a name is not named in the files either.
    chosen
        Numbers of the slices in their volumes.

    Returns
    -------
    list of dict
        For each slice, its file by channel.

    Raises
    ------
    ProjectError
        If they cannot be written.
    """
    folder, unfinished, before = out / case, out / f".{case}.part", out / f".{case}.old"
    names = [{channel: _name(case, index, channel) for channel in images} for index in chosen]
    try:
        for left_over in (unfinished, before):
            shutil.rmtree(left_over, ignore_errors=True)
        unfinished.mkdir(parents=True)
        for channel, image in images.items():
            for row, pixels in zip(names, image.pixels, strict=True):
                Image.fromarray(pixels).save(unfinished / row[channel], compress_level=_COMPRESSION)
        (unfinished / SOURCES).write_text(_sources(names, images, chosen), encoding="utf-8")
        if folder.exists():
            folder.rename(before)
        unfinished.rename(folder)
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise _cannot_write(folder, error) from error
    return [{channel: folder / name for channel, name in row.items()} for row in names]


def _name(case: str, index: int, channel: str) -> str:
    return "_".join(part for part in (case, f"z{index:03d}", channel) if part) + ".png"


def _sources(names: Sequence[Mapping[str, str]], images: Mapping[str, Windowed], chosen: Sequence[int]) -> str:
    rows = []
    for row, index in zip(names, chosen, strict=True):
        for channel, (volume, window, _) in images.items():
            spacing = volume.spacing
            size = ("", "") if spacing is None else (f"{spacing.row_mm:g}", f"{spacing.column_mm:g}")
            span = (f"{window.low:g}", f"{window.high:g}", window.unit, window.source)
            rows.append((row[channel], channel, str(volume.path), str(index), *span, *size))
    return write_table(_COLUMNS, rows)


def _cannot_write(path: Path, error: OSError) -> ProjectError:
    return ProjectError(
        f"Cannot write slices to {path}: {error.strerror}. What is imported so far is kept; make room, or choose "
        "another folder with --out, and import again."
    )
