"""Command for public data sets: import-dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson, EventsAs, EventsFormat, ProjectPath, Reader
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command("import-dataset")(import_dataset)


def import_dataset(
    project: ProjectPath,
    layout: Annotated[str, typer.Argument(metavar="LAYOUT", help="brats2018, lits17, kits19 or jsrt.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the data set was unpacked.")],
    out: Annotated[Path | None, typer.Option(help="Volumes: folder to write their slices to.")] = None,
    window: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="LOW HIGH", help="Volumes: range of values that is kept, such as -60 140 (HU)."),
    ] = None,
    every_slice: Annotated[
        bool, typer.Option("--every-slice", help="Volumes: take slices without the target too.")
    ] = False,
    landmarks: Annotated[Path | None, typer.Option(help="JSRT: folder of SCR's .pfs files; default: FOLDER.")] = None,
    val: Annotated[float, typer.Option(help="Share of the cases for validation.")] = 0.15,
    test: Annotated[float, typer.Option(help="Share of the cases for the test.")] = 0.25,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    split_file: Annotated[
        Path | None, typer.Option("--split", help="CSV case,split in place of a draw; other cases stay out.")
    ] = None,
    reader: Reader = "import",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Add a public data set that lies in its makers' folders, split by case."""
    from napari_kdland.jobs.importing_datasets import CaseSplits, DatasetOrder
    from napari_kdland.jobs.importing_datasets import import_dataset as run

    order = DatasetOrder(folder, out, window, every_slice=every_slice, landmarks=landmarks, reader=reader)
    splits = CaseSplits(val=val, test=test, seed=seed, file=split_file)
    result = watch(run(project, layout, order, splits=splits), as_json=events is EventsFormat.JSON)
    if as_json:
        skipped = [{"path": str(one.path), "reason": one.reason} for one in result.skipped]
        counts = {"n_cases": result.n_cases, "n_labelled": result.n_labelled}
        print_json({"images": result.images, **counts, "skipped": skipped})
        return
    say(
        f"Imported {len(result.images)} images of {result.n_cases} cases, {result.n_labelled} of them with labels; "
        f"left out {len(result.skipped)} cases."
    )
    for one in result.skipped:
        say(f"  {one.path}: {one.reason}")
