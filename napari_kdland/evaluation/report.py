"""A comparison as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from napari_kdland.evaluation.breakdown import breakdown_table, tables_of_runs
from napari_kdland.evaluation.columns import summary_of
from napari_kdland.evaluation.comparison import FLOOR, Comparison
from napari_kdland.evaluation.comparison_tables import (
    detection_table,
    error_tables,
    index_table,
    landmark_table,
    presence_table,
    tables_of_tests,
)
from napari_kdland.evaluation.encodings import HUMAN, Encoding, Role, encodings
from napari_kdland.evaluation.gallery import draw, path_of, representative_images
from napari_kdland.evaluation.region_breakdown import region_dice_table
from napari_kdland.evaluation.region_tables import (
    region_caption,
    region_csv,
    region_headings,
    region_rows,
    region_tests_tables,
)
from napari_kdland.evaluation.report_ablation import ablation_sections, ablation_table
from napari_kdland.evaluation.report_cells import certainties, figure_cells
from napari_kdland.evaluation.report_charts import (
    Chart,
    error_charts,
    index_chart,
    rank_chart,
    sureness_charts,
)
from napari_kdland.evaluation.report_costs import cost_charts
from napari_kdland.evaluation.report_files import page_file, template, write_page, write_tables
from napari_kdland.evaluation.report_settings import changes_table, efficiency_table, settings_table
from napari_kdland.evaluation.tables import caption, csv_table, errors_csv, metrics_in_unit, notes
from napari_kdland.evaluation.uncertainty_table import uncertainty_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Index
    from napari_kdland.evaluation.ablation import MeasuredAblation
    from napari_kdland.evaluation.found_by import FoundOfRun
    from napari_kdland.evaluation.gallery import Case
    from napari_kdland.evaluation.judging import Judgement
    from napari_kdland.evaluation.pictures import CaseImage
    from napari_kdland.evaluation.report_tables import Table
    from napari_kdland.evaluation.seeds import OverSeeds
    from napari_kdland.evaluation.uncertainty import UncertaintyFigures

    Shown = TypeVar("Shown", Chart, Table)


@dataclass(frozen=True)
class ReportContents:
    """What a report says beside the figures of the comparison.

    Parameters
    ----------
    title, subtitle
        Head of the page.
    cases
        Images to choose the gallery from; those of `gallery.representative_images` are shown, the others are not, so
        there is no need to load more.
    settings
        Settings by run, in the order in which they are to stand: recipe, labels, steps, seed, parameters, seconds,
        and whatever else is worth telling.
    roles
        Role by run, see `encodings.encodings`. By default the baseline is the baseline and all others are students.
    landmark_titles
        Landmark titles by name; by default the name with blanks.
    by
        Run whose errors choose the gallery; the last run by default.
    question
        What the comparison is to answer.
    facts
        What is known of the data, as (what, value).
    recipes
        The whole recipe of each run by dotted key; what departs from the baseline's is shown.
    efficiency
        What each run costs, by the keys of `report_settings.efficiency_table`.
    index_references
        Values of an index from elsewhere by image, by index; by default an index is held against the truth's landmarks.
    versions
        Of the program and its parts, as (what, version).
    commands
        That make all of this again.
    sd_px : (N, L) by run
        Standard deviations along an axis of the predicted landmarks, as `Evaluation.errors_px` has the errors.
    sd_found_by
        How these were found, by run.
    uncertainty
        What they are worth, by run.
    unjudged
        Why that cannot be said, by run.
    tables
        Of a study, before the figures of the comparison.
    over_seeds
        What the tests say of the methods of a study, in place of those of the runs compared: one seed of each.
    ablations
        What methods without some of their parts come to; see `ablation.find_ablations`.
    pages
        The pages of a study as (title, file beside this one); this one without a file.
    """

    title: str = "Comparison of runs"
    subtitle: str = ""
    cases: Sequence[CaseImage] = ()
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    landmark_titles: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None
    question: str = ""
    facts: Sequence[tuple[str, str]] = ()
    recipes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    efficiency: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    index_references: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    versions: Sequence[tuple[str, str]] = ()
    commands: Sequence[str] = ()
    sd_px: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    sd_found_by: Mapping[str, FoundOfRun] = field(default_factory=dict)
    uncertainty: Mapping[str, UncertaintyFigures] = field(default_factory=dict)
    unjudged: Mapping[str, str] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    over_seeds: OverSeeds | None = None
    ablations: Sequence[MeasuredAblation] = ()
    pages: Sequence[tuple[str, str]] = ()


def write_report(comparison: Comparison, path: Path, contents: ReportContents | None = None) -> Path:
    """Write a comparison as one HTML file without network, scripts or files, and its tables beside it as CSV and LaTeX.

    Parameters
    ----------
    path
        File, or a folder, in which the page is then called ``report.html``. Folders are made where they are missing.
    contents
        Title, images, settings and roles.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ProjectError
        If the file cannot be written.
    UsageError
        If a role or the run that chooses the gallery does not exist.
    """
    path = page_file(path)
    contents = contents or ReportContents()
    page = render(comparison, contents)
    write_page(path, page)
    texts = {"comparison.csv": csv_table(comparison), "errors.csv": errors_csv(comparison)} if comparison.names else {}
    texts |= {"regions.csv": region_csv(comparison.regions)} if comparison.regions else {}
    write_tables(path, tables_of(comparison, contents), texts)
    return path


def tables_of(comparison: Comparison, contents: ReportContents) -> list[Table]:
    """Give every table of the page, in its order."""
    tables: list[Table | None] = [*contents.tables]
    if comparison.names:
        judgement = _judgement(comparison, contents)
        tables += [_of_seed(table, contents) for table in error_tables(comparison)]
        tables += [] if judgement is None else tables_of_tests(judgement)
        tables += [ablation_table(of, place) for place, of in enumerate(contents.ablations, start=1)]
        further = [
            uncertainty_table(contents.uncertainty, contents.unjudged),
            detection_table(comparison),
            breakdown_table(comparison, "group", contents.landmark_titles),
            breakdown_table(comparison, "landmark", contents.landmark_titles),
            presence_table(comparison, contents.landmark_titles),
            landmark_table(comparison, contents.landmark_titles),
            *(index_table(comparison, one, contents.index_references.get(one.name)) for one in _indices(comparison)),
        ]
        tables += [_of_seed(table, contents) for table in further if table is not None]
    of_regions = region_tests_tables(comparison.region_tests)
    by_region = region_dice_table(comparison.regions, comparison.baseline.name)
    of_regions += [] if by_region is None else [by_region]
    tables += [_of_seed(table, contents) for table in of_regions]
    tables += [efficiency_table(contents.efficiency) if contents.efficiency else None]
    tables += [changes_table(comparison.baseline.name, contents.recipes) if len(contents.recipes) > 1 else None]
    tables += [_settings_table(comparison, contents)]
    return [table for table in tables if table is not None]


def render(comparison: Comparison, contents: ReportContents) -> str:
    """Give the page as HTML text."""
    chosen, judgement = _encodings(comparison, contents), _judgement(comparison, contents)
    metrics = [one for one in metrics_in_unit(comparison) if one.table in ("errors", "presence") or one.is_main]
    tables = {table.name: table for table in tables_of(comparison, contents)}
    shown = f"errors_{comparison.unit}"
    return template("report.html.jinja").render(
        contents=contents,
        comparison=comparison,
        caption=caption(comparison),
        notes=notes(comparison),
        metrics=metrics,
        definitions=[(summary_of(metric), metric) for metric in metrics],
        cells=figure_cells(comparison, metrics, contents.over_seeds),
        judgement=judgement,
        certainties=certainties(comparison) if judgement is comparison.judgement else {},
        encodings=chosen,
        human=HUMAN,
        symbols={symbol: path_of(symbol) for symbol in {HUMAN.symbol, *(one.symbol for one in chosen.values())}},
        charts=[_of_seed(one, contents) for one in error_charts(comparison, chosen, contents.landmark_titles)]
        if comparison.names
        else [],
        ranks=_rank_chart(judgement, chosen),
        sureness=[
            _of_seed(one, contents) for one in sureness_charts(comparison, contents.sd_px, chosen, contents.sd_found_by)
        ],
        tests=[table for name, table in tables.items() if name.startswith("tests_") and "regions" not in name],
        region_tests=[
            table for name, table in tables.items() if name.startswith("tests_regions") or name == "regions_dice"
        ],
        further=[
            tables[name]
            for name in ("errors_px", "errors_mm", "detection", "presence")
            if name in tables and name != shown
        ],
        ablations=ablation_sections(contents.ablations, chosen),
        by_landmark=tables.get("landmarks"),
        taken_apart=[
            (tables[name], tables_of_runs(tables[name])) for name in ("by_group", "by_landmark") if name in tables
        ],
        indices=[
            (
                tables[one.name],
                None
                if (drawn := index_chart(comparison, one, chosen, contents.index_references.get(one.name))) is None
                else _of_seed(drawn, contents),
            )
            for one in _indices(comparison)
        ],
        costs=[_of_seed(one, contents) for one in cost_charts(comparison, contents.efficiency, chosen)],
        tables=tables,
        region_caption=region_caption(comparison.regions) if comparison.regions else "",
        region_headings=region_headings(comparison.regions),
        regions=region_rows(comparison.regions),
        cases=_cases(comparison, chosen, contents),
    )


def _indices(comparison: Comparison) -> tuple[Index, ...]:
    return comparison.baseline.evaluation.measures.indices if comparison.names else ()


def _judgement(comparison: Comparison, contents: ReportContents) -> Judgement | None:
    of = contents.over_seeds
    return comparison.judgement if of is None or of.judgement is None else of.judgement


def _of_seed(shown: Shown, contents: ReportContents) -> Shown:
    return shown if contents.over_seeds is None else contents.over_seeds.said_of(shown)


def _rank_chart(judgement: Judgement | None, chosen: Mapping[str, Encoding]) -> Chart | None:
    return None if judgement is None or judgement.ranking is None else rank_chart(judgement.ranking, chosen)


def _encodings(comparison: Comparison, contents: ReportContents) -> dict[str, Encoding]:
    roles = {FLOOR: Role.FLOOR.value, **contents.roles}
    roles.setdefault(comparison.baseline.name, Role.BASELINE.value)
    pictured = [source for case in contents.cases for source in case.predictions]
    found = encodings(dict.fromkeys([*(row.name for row in comparison.rows), *pictured]), roles)
    drawn = {} if contents.over_seeds is None else contents.over_seeds.drawn
    return found | {method: found[run] for method, run in drawn.items()}


def _cases(comparison: Comparison, chosen: Mapping[str, Encoding], contents: ReportContents) -> list[Case]:
    given = {case.name: case for case in contents.cases}
    ranked = representative_images(comparison, by=contents.by)
    return [
        draw(given[image], rank, chosen, contents.landmark_titles) for rank, image in ranked.items() if image in given
    ]


def _settings_table(comparison: Comparison, contents: ReportContents) -> Table | None:
    runs = [row.name for row in comparison.runs if row.name in contents.settings]
    return settings_table(runs, contents.settings) if runs else None
