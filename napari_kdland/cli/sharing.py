"""Commands that pass trained runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson, ProjectPath
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("export-run")(export_run)
    app.command("import-run")(import_run)
    app.command("export-model")(export_model)


def export_run(
    project: ProjectPath,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A trained run.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A new folder.")],
    half: Annotated[bool, typer.Option("--half", help="Weights at half precision, in half the space.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a trained run as a small folder for another project: no image, no file name, no path."""
    from napari_kdland import jobs

    written = watch(jobs.export_run(project, run, out, half=half))
    size = sum(path.stat().st_size for path in written.iterdir())
    if as_json:
        print_json({"folder": written, "size_bytes": size})
        return
    say(f"{written}: {size / 1e6:.1f} MB. Take it into a project with: kdland import-run PROJECT {written}")


def import_run(
    project: ProjectPath,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a run.")],
    name: Annotated[str | None, typer.Option(help="Name of the run in this project; the folder's by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take a run's folder of another project into this one: it predicts, teaches and is compared like the own ones."""
    from napari_kdland import jobs

    record = watch(jobs.import_run(project, folder, name=name))
    if as_json:
        print_json({"run": record.name, "folder": record.folder, "best_error_px": record.best_error_px})
        return
    say(f"{record.name} is in the project. Predict with: kdland predict {project} --run {record.name}")


def export_model(
    project: ProjectPath,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A trained run.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.onnx", help="The file.")],
    decoder: Annotated[str | None, typer.Option(help="The decoder to build in; the recipe's by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a trained run as an ONNX file for other programs: from grey values to landmarks, without torch."""
    from napari_kdland import jobs

    written = watch(jobs.export_model(project, run, out, decoder=decoder))
    size = written.path.stat().st_size
    if as_json:
        facts = {"outputs": written.outputs, "largest_difference": written.largest_difference}
        print_json({"file": written.path, "size_bytes": size, **facts})
        return
    say(f"{written.path}: {size / 1e6:.1f} MB; gives {', '.join(written.outputs)}.")
    say(f"On images of the project it answers as the run does (largest difference {written.largest_difference:.1g}).")
