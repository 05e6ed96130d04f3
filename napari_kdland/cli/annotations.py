"""Commands for annotations and channels: export, and import for images that are in the project already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import ProjectPath, Reader
from napari_kdland.cli.watching import say, watch


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("export")(export)
    app.command("import-landmarks")(import_landmarks)
    app.command("import-masks")(import_masks)
    app.command("import-channels")(import_channels)


def export(
    project: ProjectPath,
    file_format: Annotated[str, typer.Argument(metavar="FORMAT", help="csv, coco or masks.")],
    out: Annotated[Path, typer.Argument(help="File to write; for masks, a new folder.")],
    reader: Annotated[str | None, typer.Option(help="Only this reader's annotations.")] = None,
) -> None:
    """Write the landmarks to a file, or the region masks to a folder."""
    from napari_kdland.jobs import export_annotations, export_masks
    from napari_kdland.menus import choose
    from napari_kdland.project.exchange import EXPORTS

    if choose(EXPORTS, file_format, what="format").name == "masks":
        say(f"Wrote {watch(export_masks(project, out, reader=reader))} masks to {out}.")
        return
    n_landmarks = watch(export_annotations(project, file_format, out, reader=reader))
    say(f"Wrote {n_landmarks} landmarks to {out}.")


def import_landmarks(
    project: ProjectPath,
    path: Annotated[Path, typer.Argument(help="CSV image,landmark,x,y[,state], or COCO JSON.")],
    file_format: Annotated[str | None, typer.Option("--format", help="csv or coco; by default by the ending.")] = None,
    reader: Reader = "import",
) -> None:
    """Read annotations for images that are in the project already."""
    from napari_kdland.jobs import import_annotations

    n_landmarks = watch(import_annotations(project, path, file_format=file_format, reader=reader))
    say(f"Read {n_landmarks} landmarks from {path}.")


def import_masks(
    project: ProjectPath,
    folder: Annotated[Path, typer.Argument(help="Folder of <image stem>.png, bit flags that the scheme names.")],
    reader: Reader = "import",
) -> None:
    """Read region masks of images that are in the project already."""
    from napari_kdland.jobs import import_masks

    n_masks = watch(import_masks(project, folder, reader=reader))
    say(f"Read {n_masks} masks from {folder}.")


def import_channels(
    project: ProjectPath,
    path: Annotated[Path, typer.Argument(help="CSV image,channel,path[,frame]; paths relative to the CSV.")],
) -> None:
    """Say which files show further channels of images that are in the project already."""
    from napari_kdland.jobs import import_channels

    n_channels = watch(import_channels(project, path))
    say(f"Read {n_channels} channels from {path}.")
