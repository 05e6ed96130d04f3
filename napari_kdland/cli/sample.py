"""Commands that need no data of yours: phantom, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson, Device, EventsAs, EventsFormat
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("phantom")(phantom)
    app.command("demo")(demo)


def phantom(
    out: Annotated[Path, typer.Argument(help="Folder to write to.")],
    count: Annotated[int, typer.Option(min=1, help="How many radiographs.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    annotated: Annotated[int, typer.Option(min=0, help="How many carry landmarks.")] = 8,
    channels: Annotated[bool, typer.Option("--channels", help="Write soft-tissue and bone images too.")] = False,
    masks: Annotated[
        str | None,
        typer.Option(metavar="SCHEME", help="Write region masks too: chest-10-regions, chest-opacity, or a file."),
    ] = None,
) -> None:
    """Write synthetic chest radiographs as DICOM, with exact landmarks."""
    from napari_kdland.anatomy import load_scheme
    from napari_kdland.phantom import make_sample

    scheme = None if masks is None else load_scheme(masks)
    written = watch(make_sample(out, count=count, seed=seed, annotated=annotated, channels=channels, masks=scheme))
    say(f"Wrote {len(written)} radiographs to {out}.")


def demo(
    out: Annotated[Path, typer.Option(help="Folder for project, pictures and report.")] = Path("demo_output"),
    steps: Annotated[
        int | None, typer.Option(min=1, help="Optimiser steps of every network; default: sized for 2 cores.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all runs.")] = 0,
    device: Device = "auto",
    window: Annotated[bool, typer.Option("--window", help="Open napari on the result.")] = False,
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Run the main job on the sample data: teacher, student, comparison, report."""
    from napari_kdland.evaluation.tables import text_table
    from napari_kdland.jobs import run_demo

    result = watch(run_demo(out, steps=steps, seed=seed, device=device), as_json=events is EventsFormat.JSON)
    if as_json:
        places = {"report": result.report, "pictures": result.pictures, "project": result.project}
        print_json({**result.comparison.to_json(), **{name: str(path) for name, path in places.items()}})
    else:
        say(text_table(result.comparison))
        say(f"Report:   {result.report}")
        say(f"Pictures: {result.pictures}")
        say(f"Project:  {result.project}   (open it with: kdland gui {result.project})")
    if window:
        from napari_kdland.gui.window import open_window

        open_window(result.project, compare=result.shown_runs, image=result.shown_image)
