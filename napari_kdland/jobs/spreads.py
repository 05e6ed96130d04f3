"""How unsure runs were, as it is kept with their predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.calibration import Calibration
from napari_kdland.evaluation.found_by import FoundOfRun
from napari_kdland.evaluation.uncertainty import judge
from napari_kdland.jobs.calibrating import labels_of_val
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_kdland.evaluation import Comparison, Evaluation
    from napari_kdland.evaluation.found_by import FoundBy
    from napari_kdland.evaluation.uncertainty import UncertaintyFigures


def predicted_spreads(project: Project, run: str, of: Evaluation, ids: Mapping[str, int]) -> NDArray[np.float64]:
    """Give the standard deviations (N, L) that a run predicted, in pixels; NaN where it gave none.

    Parameters
    ----------
    project, run
        Where the predictions are kept, and whose they are.
    of
        Its N images and L landmarks are those of the result.
    ids
        Numbers of the images by name; images without one are NaN.
    """
    said = project.predictions.load_many(run, [ids[image] for image in of.images if image in ids])
    spreads = np.full((len(of.images), len(of.names)), np.nan)
    for place, image in enumerate(of.images):
        landmarks = said.get(ids.get(image, -1))
        if landmarks is not None and landmarks.sd_px is not None:
            spreads[place] = landmarks.reordered(of.names).sd_px
    return spreads


def spreads_found_by(project: Project, comparison: Comparison) -> dict[str, FoundOfRun]:
    """Say of each compared run how the standard deviations of its images were found; nothing without landmarks."""
    if not comparison.names:
        return {}
    ids = {record.name: record.image_id for record in project.records.page(0, -1)}
    measured = [ids[name] for name in comparison.images if name in ids]
    labels = labels_of_val(project)
    found = {row.name: project.predictions.found_by(row.name, measured).values() for row in comparison.runs}
    return {run: FoundOfRun.of(ways, labels=labels) for run, ways in found.items()}


def judged_spreads(project: Project, comparison: Comparison, *, split: str) -> dict[str, UncertaintyFigures]:
    """Hold the standard deviations that are kept with the predictions against the errors, run by run.

    Each run's calibration is the one kept in its folder. Left out are the runs of `unjudged_spreads`, and all of them
    on val, whose errors they are scaled to.
    """
    if split == "val":
        return {}
    ids = {record.name: record.image_id for record in project.records.page(0, -1, split=split)}
    found = {}
    for run, ways in spreads_found_by(project, comparison).items():
        of = comparison.row(run).evaluation
        calibration = None if _why_not(ways) else _calibration(project.runs.get(run).folder, ways.ways[0][0], of.names)
        if calibration is not None:
            raw = predicted_spreads(project, run, of, ids) / calibration.scales
            found[run] = judge(calibration, of.errors_px, raw)
    return found


def unjudged_spreads(project: Project, comparison: Comparison, *, split: str) -> dict[str, str]:
    """Say of the runs that `judged_spreads` leaves out why it does; nothing of val, where it leaves out all of them."""
    if split == "val":
        return {}
    reasons = {}
    for run, ways in spreads_found_by(project, comparison).items():
        names = comparison.row(run).evaluation.names
        reason = _why_not(ways)
        if not reason and _calibration(project.runs.get(run).folder, ways.ways[0][0], names) is None:
            reason = f"{ways.words}, but the calibration is not kept"
        reasons[run] = reason
    return {run: reason for run, reason in reasons.items() if reason}


def _why_not(ways: FoundOfRun) -> str:
    """Say why standard deviations cannot be held against errors; empty where they can."""
    if not ways.ways:
        return "nothing was predicted"
    return ways.words if ways.is_mixed or ways.is_stale or not ways.ways[0][0].how else ""


def _calibration(folder: Path, way: FoundBy, names: tuple[str, ...]) -> Calibration | None:
    """Give the calibration that scaled a run's predictions, its landmarks in this order; an empty one for none."""
    if not way.n_images:
        nothing = np.zeros((0, len(names)))
        return Calibration(way.how, names, nothing, nothing) if way.how else None
    for path in sorted(folder.glob("calibration-*.json")):
        try:
            kept = Calibration.from_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if kept.how == way.how and kept.n_images == way.n_images and set(kept.names) == set(names):
            order = [kept.names.index(name) for name in names]
            return Calibration(kept.how, names, kept.errors_px[:, order], kept.sd_px[:, order], kept.key)
    return None


def found_by_of(project_path: Path, comparison: Comparison) -> dict[str, FoundOfRun]:
    """Open a project and say of each compared run how the standard deviations of its images were found."""
    with Project.open(project_path, announce=False) as project:
        return spreads_found_by(project, comparison)
