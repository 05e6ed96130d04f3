"""Write a comparison as an HTML page, and single images as pictures with their sources side by side."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland import images
from napari_kdland.errors import ImageError
from napari_kdland.evaluation import RowKind
from napari_kdland.evaluation.encodings import Role
from napari_kdland.evaluation.gallery import representative_images
from napari_kdland.evaluation.pictures import CaseImage, Overlay, draw_case
from napari_kdland.evaluation.report import ReportContents, write_report
from napari_kdland.events import Advanced, Job, Saved, Started, Warned
from napari_kdland.jobs.ablating import ablations_of_runs
from napari_kdland.jobs.predicting import ShownPrediction, predict_heatmaps
from napari_kdland.jobs.reporting_facts import (
    commands_for,
    costs_of,
    facts_of_data,
    readers_floor,
    recipes_of,
    versions,
)
from napari_kdland.jobs.spreads import judged_spreads, predicted_spreads, spreads_found_by, unjudged_spreads
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.evaluation import Comparison
    from napari_kdland.evaluation.ablation import MeasuredAblation
    from napari_kdland.evaluation.report_tables import Table
    from napari_kdland.evaluation.seeds import OverSeeds
    from napari_kdland.jobs.index_sources import IndexSource
    from napari_kdland.project import Record


# More lines than these cannot be told apart: then only those of the baseline and of the run that chooses the cases.
_MOST_LINES = 6


@dataclass(frozen=True)
class StudyPart:
    """What a study's page says beside the figures of its runs, which are one seed of each row."""

    title: str
    question: str
    commands: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    over_seeds: OverSeeds | None = None
    ablations: tuple[MeasuredAblation, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()


def write_comparison(
    project_path: Path,
    comparison: Comparison,
    report: Path,
    *,
    split: str = "test",
    index_sources: Sequence[IndexSource] = (),
    references: Mapping[str, Mapping[str, float]] | None = None,
    study: StudyPart | None = None,
    pictures: bool = True,
) -> Job[None]:
    """Write the HTML page of a comparison with its tables beside it and a gallery of worst, median and best images.

    Parameters
    ----------
    index_sources, references
        Tables of indices measured elsewhere, and what they hold: values by image, by index.
    study
        What a study has to say before the comparison of its runs.
    pictures
        Show radiographs; without, the page has no gallery and can go where images of patients may not.
    """
    runs = [row.name for row in comparison.runs]
    shown = representative_images(comparison, by=_judged(comparison)) if pictures else {}
    names = tuple(dict.fromkeys(shown.values()))
    readers = yield from readers_floor(project_path, split)
    yield Started("Writing the report", len(names) + 2)
    with Project.open(project_path, announce=False) as project:
        folders = {run: project.runs.get(run).folder for run in runs}
    costs = yield from costs_of(folders)
    cases: list[CaseImage] = []
    with Project.open(project_path, announce=False) as project:
        found_by = spreads_found_by(project, comparison)
        for message in [problem for run, ways in found_by.items() if (problem := ways.problem(run))]:
            yield Warned(message)
        for done, name in enumerate(names, start=1):
            try:
                cases.append(_case(project, project.records.find(name), runs, in_mm=comparison.unit == "mm"))
            except ImageError as error:
                yield Warned(f"{name} is not in the gallery: {error}")
            yield Advanced(done, name)
        contents = replace(
            _contents(project, comparison, split=split, study=study, readers=readers),
            efficiency=costs,
            index_references=references or {},
            sd_found_by=found_by,
            cases=cases,
        )
        if study is None:
            commands = commands_for(project, comparison, split, report.name, index_sources, pictures=pictures)
            contents = replace(contents, commands=commands)
    path = write_report(comparison, report, contents)
    yield Saved("report", str(path))
    yield Advanced(len(names) + 2, path.name)


def _contents(
    project: Project, comparison: Comparison, *, split: str, study: StudyPart | None, readers: Sequence[Table]
) -> ReportContents:
    """Gather what the page says of runs and data; what a study says of itself takes the place of what runs say."""
    runs = [row.name for row in comparison.runs]
    said = study or StudyPart(
        f"{project.name}: {len(runs)} runs compared",
        question_of(runs),
        ablations=ablations_of_runs(project, comparison),
    )
    return ReportContents(
        title=said.title,
        question=said.question,
        facts=facts_of_data(project, comparison, split),
        recipes=recipes_of(project, runs),
        versions=versions(),
        commands=said.commands,
        sd_px=_standard_deviations(project, comparison, split),
        uncertainty=judged_spreads(project, comparison, split=split),
        unjudged=unjudged_spreads(project, comparison, split=split),
        tables=(*said.tables, *readers),
        over_seeds=said.over_seeds,
        ablations=said.ablations,
        pages=said.pages,
        settings={run: _settings(project, run) for run in runs},
        roles=roles_of(project, runs),
        landmark_titles=project.scheme.landmark_titles,
        by=_judged(comparison),
    )


def question_of(names: Sequence[str]) -> str:
    """Say what a comparison is to answer; the baseline is the first of its runs or methods."""
    baseline, *others = names
    if not others:
        return f"How far off are the landmarks of {baseline}?"
    listed = others[0] if len(others) == 1 else f"{', '.join(others[:-1])} and {others[-1]}"
    return f"Do {listed} differ from {baseline} by more than chance, and by how much?"


def draw_images(project_path: Path, names: Sequence[str], runs: Sequence[str], folder: Path) -> Job[tuple[Path, ...]]:
    """Draw images as PNG, the human's landmarks beside each run's, with the maximum of its heatmaps below."""
    written: list[Path] = []
    for name in names:
        with Project.open(project_path, announce=False) as project:
            record = project.records.find(name)
        shown: dict[str, ShownPrediction] = {}
        for run in runs:
            shown[run] = yield from predict_heatmaps(project_path, run, record.image_id)
        with Project.open(project_path, announce=False) as project:
            heatmaps = {run: _overlay(prediction) for run, prediction in shown.items()}
            case = _case(project, record, runs, heatmaps)
            roles = roles_of(project, runs)
        path = draw_case(case, folder / f"{record.name.rpartition('.')[0] or record.name}.png", roles=roles)
        written.append(path)
        yield Saved("picture", str(path))
    return tuple(written)


def roles_of(project: Project, runs: Sequence[str]) -> dict[str, str]:
    """Say of each run whether it taught another one of them, was taught, or neither."""
    records = {run: project.runs.get(run) for run in runs}
    taught = {teacher for record in records.values() for teacher in record.teachers}
    roles: dict[str, str] = {}
    for run, record in records.items():
        if run in taught or str(record.folder) in taught:
            roles[run] = Role.TEACHER.value
        else:
            roles[run] = Role.STUDENT.value if record.teachers else Role.BASELINE.value
    return roles


def _judged(comparison: Comparison) -> str:
    """Name the run whose errors choose the gallery: the last that is not the baseline."""
    others = [row.name for row in comparison.rows if row.kind is RowKind.RUN]
    return others[-1] if others else comparison.baseline.name


def _standard_deviations(project: Project, comparison: Comparison, split: str) -> dict[str, NDArray[np.float64]]:
    if not comparison.names:
        return {}
    rows = comparison.runs
    if len(rows) > _MOST_LINES:
        rows = (comparison.baseline, comparison.row(_judged(comparison)))
    ids = {record.name: record.image_id for record in project.records.page(0, -1, split=split)}
    return {row.name: predicted_spreads(project, row.name, row.evaluation, ids) for row in rows}


def _case(
    project: Project,
    record: Record,
    runs: Sequence[str],
    heatmaps: Mapping[str, Overlay] | None = None,
    *,
    in_mm: bool = True,
) -> CaseImage:
    known = {run: project.predictions.load(run, record.image_id) for run in runs}
    return CaseImage(
        record.name,
        images.read(record.path, frame=record.frame).shown,
        project.annotations.current(record.image_id),
        {run: landmarks for run, landmarks in known.items() if landmarks is not None},
        heatmaps or {},
        record.spacing_mm if in_mm else None,
    )


def _overlay(prediction: ShownPrediction) -> Overlay:
    scale = (prediction.scale, prediction.scale)
    return Overlay(prediction.heatmaps.max(axis=0).astype(np.float32), scale, prediction.translate)


def _settings(project: Project, run: str) -> dict[str, object]:
    record = project.runs.get(run)
    recipe = tomllib.loads((record.folder / "recipe.toml").read_text(encoding="utf-8"))
    return {
        "recipe": recipe["title"],
        "backbone": recipe["student"]["backbone"],
        "labels": record.labels,
        "steps": record.steps_done,
        "images a step": recipe["training"]["labelled_batch"] + recipe["training"]["unlabelled_batch"],
        "seed": record.seed,
        "teachers": len(record.teachers),
        "best error on val (px)": "-" if record.best_error_px is None else f"{record.best_error_px:.2f}",
    }
