"""The command that holds readers against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson, ProjectPath, SplitName
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command("readers")(readers)


def readers(
    project: ProjectPath,
    names: Annotated[list[str] | None, typer.Argument(metavar="[READER]...", help="Whom; by default all.")] = None,
    split: Annotated[SplitName | None, typer.Option(help="Only images of this split.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how far readers, or readings of one reader, lie apart, landmark by landmark and region by region."""
    from napari_kdland.evaluation.readers import readers_text
    from napari_kdland.evaluation.region_tables import region_text_table
    from napari_kdland.jobs import compare_project_readers

    compared = watch(compare_project_readers(project, tuple(names or ()), split=split))
    if as_json:
        regions = {pair: one.to_json() for pair, one in compared.regions.items()}
        pairs = [pair.to_json() for pair in compared.pairs]
        print_json({"readers": compared.n_read, "pairs": pairs, "regions": regions})
        return
    parts = [readers_text(compared.pairs, compared.titles)] if compared.pairs else []
    parts += [region_text_table(compared.regions)] if compared.regions else []
    if parts:
        say("\n\n".join(parts))
        return
    read = ", ".join(f"{reader} ({n_images} images)" for reader, n_images in compared.n_read.items()) or "nobody"
    say(f"No landmark was placed, and no mask drawn, by two readers in one image. Have read: {read}.")
