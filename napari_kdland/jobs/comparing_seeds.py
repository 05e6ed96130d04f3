"""Compare methods over all their seeds: runs that differ in nothing else are one row, judged as a study judges it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_kdland.errors import UsageError
from napari_kdland.evaluation import Comparison, RowKind, compare_evaluations, compare_regions
from napari_kdland.evaluation.metrics import plain_values
from napari_kdland.evaluation.region_tables import region_caption
from napari_kdland.evaluation.tables import caption, notes
from napari_kdland.events import Job, Warned
from napari_kdland.jobs.ablating import ablations_by_labels
from napari_kdland.jobs.comparing import check_names, compare_runs
from napari_kdland.jobs.grouping_seeds import seed_groups
from napari_kdland.jobs.index_sources import read_index_sources
from napari_kdland.jobs.reporting import StudyPart, question_of, write_comparison
from napari_kdland.jobs.reporting_facts import commands_for
from napari_kdland.jobs.studying.measuring import Measured
from napari_kdland.jobs.studying.paging import block_table, over_seeds
from napari_kdland.jobs.studying.printing import lines_of_block
from napari_kdland.jobs.studying.subsets import Cell
from napari_kdland.jobs.studying.summing_up import Summary
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.evaluation import Evaluation
    from napari_kdland.jobs.index_sources import IndexSource
    from napari_kdland.jobs.studying.results import Block

OPTION = "--group-seeds"


@dataclass(frozen=True)
class SeedComparison:
    """Methods compared over all their seeds.

    Parameters
    ----------
    comparison
        Of the single runs.
    groups
        Runs of each method, one a seed; the baseline first.
    block
        The table of the methods and the tests of them, as a study has it.
    """

    comparison: Comparison
    groups: Mapping[str, tuple[str, ...]]
    block: Block

    @property
    def baseline(self) -> str:
        """The method that the others are held against."""
        return next(iter(self.groups))

    def text(self) -> str:
        """Write table, verdicts and what is not in the figures as plain text."""
        of, judgement = self.comparison, self.block.judgement
        several = {name: runs for name, runs in self.groups.items() if len(runs) > 1}
        lines = [caption(of) if of.names else region_caption(of.regions), ""]
        lines += [f"{name}: {', '.join(runs)}" for name, runs in several.items()]
        lines += ["Runs that differ in nothing but their seeds are one row; in brackets: SD over these", ""]
        lines += [*lines_of_block(self.block, self.baseline), "", *(judgement.sentences if judgement else ())]
        lines += ["", *(notes(of) if of.names else of.remarks)]
        return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"

    def to_json(self) -> dict[str, Any]:
        """Give plain values for `json.dumps`."""
        plain: dict[str, Any] = plain_values(
            {
                "baseline": self.baseline,
                "unit": self.block.unit,
                "groups": self.groups,
                "rows": [row.model_dump(exclude={"last", "n_wanted"}) for row in self.block.rows],
                "tests": None if self.block.judgement is None else self.block.judgement.to_json(),
                "runs": self.comparison.to_json(),
            }
        )
        return plain


def compare_seeds(
    project_path: Path,
    runs: Sequence[str],
    *,
    baseline: str | None = None,
    split: str = "test",
    report: Path | None = None,
    index_sources: Sequence[IndexSource] = (),
    pictures: bool = True,
    device: str = "auto",
) -> Job[SeedComparison]:
    """Compare methods: as `compare_runs`, but runs that differ in nothing but their seeds are one row.

    Figures are means over seeds; tests are of errors averaged over seeds, intervals over seeds and images. The report
    draws the first run of each method and says so. `baseline` is a run, or what its group is called.

    Raises
    ------
    UsageError
        As `compare_runs`.
    AnnotationError
        As `compare_runs`.
    """
    check_names(runs)
    references = read_index_sources(project_path, index_sources)
    with Project.open(project_path, announce=False) as project:
        groups = _baseline_first(seed_groups(project, runs), baseline)
    if all(len(of) == 1 for of in groups.values()):
        yield Warned("No two of the runs differ in nothing but their seeds, so every run is a row of its own.")
    comparison = yield from compare_runs(
        project_path, runs, baseline=next(iter(groups.values()))[0], split=split, device=device
    )
    found = SeedComparison(comparison, groups, _block(comparison, groups))
    if report is not None:
        drawn = _drawn(comparison, [of[0] for of in groups.values()])
        with Project.open(project_path, announce=False) as project:
            commands = commands_for(
                project, comparison, split, report.name, index_sources, pictures=pictures, options=[OPTION]
            )
            part = _part(project, found, commands)
        yield from write_comparison(
            project_path,
            drawn,
            report,
            split=split,
            index_sources=index_sources,
            references=references,
            study=part,
            pictures=pictures,
        )
    return found


def _baseline_first(groups: Mapping[str, tuple[str, ...]], baseline: str | None) -> dict[str, tuple[str, ...]]:
    if baseline is None:
        return dict(groups)
    first = next((name for name, runs in groups.items() if baseline == name or baseline in runs), None)
    if first is None:
        raise UsageError(f"The baseline {baseline!r} is none of the runs compared: {', '.join(groups)}.")
    return {first: groups[first], **groups}


def _block(comparison: Comparison, groups: Mapping[str, tuple[str, ...]]) -> Block:
    # Runs of one row learnt from the same labels, those of others may not have.
    cell = Cell(0)
    measured = {row.name: Measured(row.evaluation) for row in comparison.runs}
    floor = _floor(comparison)
    floors = {} if floor is None else {cell: floor}
    students = {name: {cell: runs} for name, runs in groups.items()}
    summary = Summary(students, {}, measured=measured, floors=floors, baseline=next(iter(groups)))
    return summary.block((cell,), f"{len(measured)} runs")


def _drawn(comparison: Comparison, runs: Sequence[str]) -> Comparison:
    """Give the comparison of some of the runs, the baseline first."""
    evaluations = {run: comparison.row(run).evaluation for run in runs}
    if comparison.names:
        found = compare_evaluations(evaluations, floor=_floor(comparison))
    else:
        found = compare_regions({run: of.regions for run, of in evaluations.items() if of.regions is not None})
    return replace(found, without_truth=comparison.without_truth, remarks=comparison.remarks)


def _floor(comparison: Comparison) -> Evaluation | None:
    return next((row.evaluation for row in comparison.rows if row.kind is RowKind.FLOOR), None)


def _part(project: Project, of: SeedComparison, commands: tuple[str, ...]) -> StudyPart:
    drawn = {name: runs[0] for name, runs in of.groups.items()}
    seeds = {run: project.runs.get(run).seed for run in drawn.values()}
    trained = {
        name: [of.comparison.row(run).evaluation for run in runs] if of.comparison.names else []
        for name, runs in of.groups.items()
    }
    return StudyPart(
        title=f"{project.name}: {len(of.comparison.runs)} runs of {len(of.groups)} methods compared",
        question=question_of(list(of.groups)),
        commands=commands,
        tables=(block_table(of.block, 1),),
        over_seeds=over_seeds(of.block, of.baseline, drawn, seeds),
        ablations=ablations_by_labels(project, drawn, trained),
    )
