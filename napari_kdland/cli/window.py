"""Commands around the window: gui, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("gui")(gui)
    app.command("doctor")(doctor)


def gui(
    project: Annotated[Path | None, typer.Argument(metavar="[PROJECT]", help="Project to open.")] = None,
) -> None:
    """Open napari with the plugin."""
    from napari_kdland.gui.window import open_window

    open_window(project)


def doctor(as_json: AsJson = False) -> None:
    """Show versions, devices and bindings: what to paste into a bug report. Holds no patient data."""
    from napari_kdland.jobs import examine_installation

    findings = watch(examine_installation())
    if as_json:
        print_json(findings)
        return
    for name, value in findings.items():
        say(f"{name:<22} {value}")
