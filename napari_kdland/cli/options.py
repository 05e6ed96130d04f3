"""Arguments and options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class EventsFormat(StrEnum):
    """How progress is shown."""

    BAR = "bar"
    JSON = "json"


class SplitName(StrEnum):
    """The four splits of a project."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    POOL = "pool"


ProjectPath = Annotated[Path, typer.Argument(metavar="PROJECT", help="Folder of the project.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
EventsAs = Annotated[EventsFormat, typer.Option("--events", help="Progress as a bar, or as JSON lines on stderr.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
Split = Annotated[SplitName, typer.Option(help="Which images.")]
Reader = Annotated[str, typer.Option(help="Who annotates; every edit carries this name.")]
IndexValues = Annotated[
    list[str] | None,
    typer.Option(
        metavar="INDEX=FILE.csv:COLUMN",
        help="For the report: an index of the scheme as measured elsewhere, by image.",
    ),
]
Pictures = Annotated[bool, typer.Option(help="Show radiographs in the report.")]
