"""Commands for recipes, training and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from napari_kdland.cli.options import AsJson, Device, EventsAs, EventsFormat, ProjectPath
from napari_kdland.cli.watching import print_json, say, watch

if TYPE_CHECKING:
    from napari_kdland.project import RunRecord


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("recipes")(recipes)
    app.command("train")(train)
    app.command("runs")(runs)


def recipes(as_json: AsJson = False) -> None:
    """List the ready-made recipes."""
    from napari_kdland.recipes import load_recipe, ready_made_recipes

    loaded = [load_recipe(name) for name in ready_made_recipes()]
    if as_json:
        print_json([recipe.model_dump(mode="json") for recipe in loaded])
        return
    for recipe in loaded:
        say(f"{recipe.name:<18} {recipe.summary}  [{recipe.cites[0].paper.split(',')[0]}]")


def train(
    project: ProjectPath,
    recipe: Annotated[str, typer.Option(help="Ready-made recipe, or a recipe file (.toml).")] = "supervised",
    teacher: Annotated[
        list[str] | None, typer.Option(help="Run of this project, or a run folder; repeat for several.")
    ] = None,
    start: Annotated[str, typer.Option(metavar="RUN", help="Run whose weights are the first ones.")] = "",
    labels: Annotated[int | None, typer.Option(min=0, help="Use this many labels, lowest label_rank first.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of initialisation, order and augmentation.")] = 0,
    setting: Annotated[list[str] | None, typer.Option("--set", help="key=value, such as training.steps=300.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run.")] = None,
    device: Device = "auto",
    resume: Annotated[str | None, typer.Option(help="Go on with this run.")] = None,
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Train a network; Ctrl+C stops it and keeps what is learnt, --resume goes on."""
    from napari_kdland.jobs import TrainingOrder, resume_run, train_run
    from napari_kdland.recipes import load_recipe, with_settings

    if resume is not None:
        job = resume_run(project, resume, device=device)
    else:
        chosen = with_settings(load_recipe(recipe), setting or ())
        order = TrainingOrder(
            chosen, labels=labels, seed=seed, teachers=tuple(teacher or ()), start=start, device=device, name=name
        )
        job = train_run(project, order)
    record = watch(job, as_json=events is EventsFormat.JSON)
    if as_json:
        print_json(
            {
                "run": record.name,
                "folder": record.folder,
                "steps": record.steps_done,
                "best_error_px": record.best_error_px,
                "best_dice": record.best_dice,
            }
        )
        return
    how_good = _how_good(record)
    found = f"{how_good} on val" if how_good else "no validation images"
    say(
        f"{record.name}: {record.steps_done} steps, {found}. Predict with: kdland predict {project} --run {record.name}"
    )


def _how_good(record: RunRecord) -> str:
    error = [] if record.best_error_px is None else [f"{record.best_error_px:.2f} px"]
    dice = [] if record.best_dice is None else [f"Dice {record.best_dice:.3f}"]
    return ", ".join((*error, *dice))


def runs(
    project: ProjectPath,
    rename: Annotated[tuple[str, str] | None, typer.Option(metavar="OLD NEW", help="Rename a run.")] = None,
    delete: Annotated[str | None, typer.Option(metavar="RUN", help="Delete a run and its folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the runs with their size on disk; rename or delete one."""
    from napari_kdland.project import Project

    with Project.open(project) as opened:
        if rename:
            opened.runs.rename(*rename)
        if delete:
            opened.runs.delete(delete)
        records = opened.runs.all()
    if as_json:
        keys = (
            "name",
            "recipe",
            "status",
            "labels",
            "seed",
            "teachers",
            "start",
            "steps_done",
            "best_error_px",
            "best_dice",
            "size_bytes",
        )
        print_json([{key: getattr(record, key) for key in keys} for record in records])
        return
    if not records:
        say("No runs yet. Train one with: kdland train PROJECT --recipe supervised")
    for record in records:
        what = f"{record.name:<28} {record.recipe:<18} {record.status:<9}"
        say(f"{what} {record.steps_done:>6} steps  {_how_good(record):>9}  {record.size_bytes / 1e6:7.1f} MB")
