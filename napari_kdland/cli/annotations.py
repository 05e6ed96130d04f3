"""Commands for annotations: export, annotate from a file."""

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


def export(
    project: ProjectPath,
    file_format: Annotated[str, typer.Argument(metavar="FORMAT", help="csv or coco.")],
    out: Annotated[Path, typer.Argument(help="File to write.")],
    reader: Annotated[str | None, typer.Option(help="Only this reader's annotations.")] = None,
) -> None:
    """Write the annotations to a file."""
    from napari_kdland.jobs import export_annotations

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
