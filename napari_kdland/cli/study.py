"""The command for studies: study."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_kdland.cli.options import AsJson, Device, EventsAs, EventsFormat, IndexValues, Pictures, ProjectPath
from napari_kdland.cli.watching import print_json, say, watch
from napari_kdland.errors import UsageError

if TYPE_CHECKING:
    from napari_kdland.jobs.studying import StudyPlan


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command("study")(study)


def study(
    project: ProjectPath,
    file: Annotated[Path, typer.Argument(metavar="STUDY", help="Study file (.toml).", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every run and an estimate of the time; train nothing.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Let the workers of this Dask scheduler train.")
    ] = None,
    report: Annotated[bool, typer.Option("--report", help="Write HTML pages beside the tables.")] = False,
    index_values: IndexValues = None,
    pictures: Pictures = True,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Compare recipes over label counts and seeds; skips what is done, and goes on after a stop.

    Exit code 2 where a run could not be trained.
    """
    from napari_kdland.jobs import IndexSource
    from napari_kdland.jobs.studying import plan_study, run_study, text_of
    from napari_kdland.recipes.study import load_study

    sources = [IndexSource.parse(text) for text in index_values or []]
    if sources and not report:
        raise UsageError("--index-values are for the pages. Give --report too.")
    if not pictures and not report:
        raise UsageError("--no-pictures is for the pages. Give --report too.")
    wanted = load_study(file)
    if dry_run:
        plan = watch(plan_study(project, wanted, device=device), as_json=events is EventsFormat.JSON)
        if as_json:
            print_json({**asdict(plan), "seconds": plan.seconds})
        else:
            _say_plan(plan)
        return
    job = run_study(
        project,
        wanted,
        device=device,
        scheduler=scheduler,
        report=report,
        index_sources=sources,
        pictures=pictures,
    )
    result = watch(job, as_json=events is EventsFormat.JSON)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        say(text_of(result))
        say(f"Tables, runs and trials: {project / 'reports' / wanted.name}")
    if result.failed:
        raise typer.Exit(2)


def _say_plan(plan: StudyPlan) -> None:
    for run in plan.runs:
        from_whom = [f"taught by {', '.join(run.teachers)}"] if run.teachers else []
        from_whom += [f"begins with {run.start}"] if run.start else []
        state = "done" if run.seconds is None else f"about {_duration(run.seconds)}"
        what = f"{run.kind:<8} {run.recipe}, {run.backbone}, {run.steps} steps"
        say(f"{run.name:<36} {what:<48} {state:<14} {'; '.join(from_whom)}".rstrip())
    n_done = sum(run.is_done for run in plan.runs)
    say()
    say(
        f"{len(plan.runs)} runs, {n_done} done. The others take about {_duration(plan.seconds)} one after the other on "
        "this machine: an estimate from a few timed steps of each distinct training."
    )
    for note in plan.notes:
        say(note)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
