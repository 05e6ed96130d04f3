"""All commands in one app, and what a mistake looks like: one line on stderr, exit code 2."""

import sys

import typer

from napari_kdland.cli import (
    annotations,
    datasets,
    labelling,
    projects,
    readers,
    results,
    review,
    sample,
    sharing,
    study,
    training,
    window,
)
from napari_kdland.errors import KdlandError

app = typer.Typer(
    name="kdland",
    help="Landmarks in chest radiographs with few labels: annotate, distil, compare.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Loading what draws boxes and colours took half of the time of --help.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 130},
)
for _room in (
    projects,
    datasets,
    annotations,
    readers,
    training,
    sharing,
    results,
    review,
    labelling,
    study,
    sample,
    window,
):
    _room.register(app)


def main() -> None:
    """Run the command line; 0 on success, 2 on bad input, 1 on a bug (with its traceback)."""
    try:
        app()
    except KdlandError as error:
        sys.stderr.write(f"kdland: {' '.join(str(error).split())}\n")
        raise SystemExit(2) from error
