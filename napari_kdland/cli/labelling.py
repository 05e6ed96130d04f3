"""Commands for what to label: the next images, and what a strategy would have saved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson, Device, EventsAs, EventsFormat, ProjectPath, Split, SplitName
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("next")(next_)
    app.command("simulate")(simulate)


def next_(
    project: ProjectPath,
    runs: Annotated[
        list[str] | None, typer.Option("--run", help="Run of this project to ask; repeat for several.")
    ] = None,
    by: Annotated[str, typer.Option(help="Strategy; see docs/labelling-next.md.")] = "hybrid",
    count: Annotated[int, typer.Option(help="How many images to choose.")] = 20,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Choose which images to label next; without --run the newest finished run is asked."""
    from napari_kdland.jobs import choose_next, runs_to_ask

    asked = runs_to_ask(project, tuple(runs or ()), by)
    job = choose_next(project, asked, by=by, count=count, seed=seed, device=device)
    found = watch(job, as_json=events is EventsFormat.JSON)
    if as_json:
        print_json({"by": found.by, "runs": found.runs, "images": found.images, "n_candidates": found.n_candidates})
        return
    say(f"{len(found.images)} of {found.n_candidates} images without landmarks, by {found.by}:")
    for place, name in enumerate(found.images, start=1):
        say(f"{place:>4}  {name}")


def simulate(
    project: ProjectPath,
    strategies: Annotated[
        list[str] | None, typer.Argument(metavar="[STRATEGY]...", help="Strategies to hold against each other.")
    ] = None,
    # A command line's option takes one value; the strategies that follow it are the arguments above.
    more: Annotated[
        list[str] | None, typer.Option("--strategies", metavar="STRATEGY...", help="The same, as an option.")
    ] = None,
    start: Annotated[int, typer.Option(help="Labels at first, drawn.")] = 5,
    to: Annotated[int, typer.Option(help="Labels at last.")] = 50,
    step: Annotated[int, typer.Option(help="Labels added at a time.")] = 5,
    seeds: Annotated[int, typer.Option(help="How often all is repeated.")] = 5,
    recipe: Annotated[str, typer.Option(help="Recipe without a teacher.")] = "supervised",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the recipe.")
    ] = None,
    split: Split = SplitName.VAL,
    out: Annotated[Path | None, typer.Option(help="Folder of the results; the same one goes on.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Replay the annotated images of train as if unlabelled, and measure every strategy by number of labels."""
    from napari_kdland.evaluation.labelling_curves import text_of, to_json
    from napari_kdland.jobs import Simulation, simulate_labelling
    from napari_kdland.recipes import load_recipe, with_settings

    chosen = tuple(dict.fromkeys((*(more or ()), *(strategies or ()))))
    named = {"strategies": chosen} if chosen else {}
    plan = Simulation(
        with_settings(load_recipe(recipe), settings or []),
        start=start,
        to=to,
        step=step,
        seeds=seeds,
        split=split.value,
        **named,
    )
    folder = out or project / "reports" / "simulation"
    curves = watch(simulate_labelling(project, plan, folder, device=device), as_json=events is EventsFormat.JSON)
    if as_json:
        print_json(to_json(curves))
        return
    say(text_of(curves))
    say(f"Results: {folder}")
