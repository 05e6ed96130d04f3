"""Commands for what to label: the next images, what a strategy would have saved, and which labels to doubt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_kdland.cli.options import AsJson, Device, EventsAs, EventsFormat, ProjectPath, Reader, Split, SplitName
from napari_kdland.cli.watching import print_json, say, watch


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("next")(next_)
    app.command("simulate")(simulate)
    app.command("doubt")(doubt)


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


def doubt(
    project: ProjectPath,
    folds: Annotated[int, typer.Option(help="Networks that are trained to contradict labels; 0: none.")] = 3,
    threshold: Annotated[float, typer.Option(help="Times the usual spread from which a label is doubted.")] = 4.5,
    recipe: Annotated[str, typer.Option(help="Recipe of these networks, without a teacher.")] = "supervised",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the recipe.")
    ] = None,
    flag: Annotated[bool, typer.Option("--flag", help="Flag the doubted images, with the reason.")] = False,
    reader: Reader = "kdland",
    limit: Annotated[int, typer.Option(min=1, help="How many lines to print.")] = 30,
    out: Annotated[Path | None, typer.Option(help="Folder of the results; the same one goes on.")] = None,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """List labels that may be wrong, images that are nearly the same, and patients on two sides."""
    from napari_kdland.jobs import Inspection, find_doubts, flag_doubts
    from napari_kdland.jobs.doubting import quick_recipe

    inspection = Inspection(folds, quick_recipe(recipe, settings or []), threshold)
    job = find_doubts(project, inspection, out or project / "reports" / "doubts", device=device)
    doubts = watch(job, as_json=events is EventsFormat.JSON)
    n_flagged = flag_doubts(project, doubts, reader=reader) if flag else 0
    if as_json:
        print_json(doubts.to_json())
        return
    say(f"{len(doubts.images)} of {doubts.n_images} annotated images are doubted.")
    for one in doubts.found[:limit]:
        say(f"{one.score:>6.1f}  {one.image:<28} {one.landmark:<26} {one.kind}: {one.reason}")
    if len(doubts.found) > limit:
        say(f"... and {len(doubts.found) - limit} more lines (--limit).")
    if n_flagged:
        say(f"{n_flagged} images are flagged.")
