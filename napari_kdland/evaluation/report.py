"""A comparison as one HTML page that needs nothing beside itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.errors import ProjectError
from napari_kdland.evaluation import figures
from napari_kdland.evaluation.columns import summary_of
from napari_kdland.evaluation.comparison import FLOOR, Comparison, Row, RowKind
from napari_kdland.evaluation.encodings import HUMAN, Encoding, Role, encodings
from napari_kdland.evaluation.gallery import draw, path_of, representative_images
from napari_kdland.evaluation.region_tables import region_caption, region_headings, region_rows
from napari_kdland.evaluation.tables import caption, notes, telling_metrics

if TYPE_CHECKING:
    from napari_kdland.evaluation.columns import Metric
    from napari_kdland.evaluation.gallery import Case
    from napari_kdland.evaluation.pictures import CaseImage

_MINUS = "\N{MINUS SIGN}"


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
    """

    title: str = "Comparison of runs"
    subtitle: str = ""
    cases: Sequence[CaseImage] = ()
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    landmark_titles: Mapping[str, str] = field(default_factory=dict)
    by: str | None = None


@dataclass(frozen=True)
class _Cell:
    text: str
    is_best: bool = False
    delta: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class _Chart:
    name: str
    title: str
    alt: str
    caption: str
    svg: str


def write_report(comparison: Comparison, path: Path, contents: ReportContents | None = None) -> Path:
    """Write a comparison as one HTML file: no network, no scripts, pictures inside.

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
    path = Path(path)
    path = path if path.suffix.lower() in (".html", ".htm") else path / "report.html"
    page = render(comparison, contents or ReportContents())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, page)
    except OSError as error:
        raise ProjectError(
            f"Cannot write the report {path}: {error.strerror or error}. Give a place where you may write."
        ) from error
    return path


def render(comparison: Comparison, contents: ReportContents) -> str:
    """Give the page as HTML text."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("napari_kdland.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    chosen = _encodings(comparison, contents)
    metrics = telling_metrics(comparison)
    return environment.get_template("report.html.jinja").render(
        contents=contents,
        comparison=comparison,
        caption=caption(comparison),
        notes=notes(comparison),
        metrics=metrics,
        definitions=[(summary_of(metric), metric) for metric in metrics],
        cells={row.name: [_cell(row, metric) for metric in metrics] for row in comparison.rows},
        certainties={row.name: _certainty(row) for row in comparison.rows},
        encodings=chosen,
        human=HUMAN,
        symbols={symbol: path_of(symbol) for symbol in {HUMAN.symbol, *(one.symbol for one in chosen.values())}},
        charts=_charts(comparison, chosen, contents) if comparison.names else [],
        landmarks=_landmark_rows(comparison, contents),
        region_caption=region_caption(comparison.regions) if comparison.regions else "",
        region_headings=region_headings(comparison.regions),
        regions=region_rows(comparison.regions),
        cases=_cases(comparison, chosen, contents),
        settings=_settings_rows(comparison, contents),
    )


def _encodings(comparison: Comparison, contents: ReportContents) -> dict[str, Encoding]:
    roles = {FLOOR: Role.FLOOR.value, **contents.roles}
    roles.setdefault(comparison.baseline.name, Role.BASELINE.value)
    pictured = [source for case in contents.cases for source in case.predictions]
    return encodings(dict.fromkeys([*(row.name for row in comparison.rows), *pictured]), roles)


def _cell(row: Row, metric: Metric) -> _Cell:
    text = _typeset(metric.text(row.values[metric.name]))
    delta = row.deltas.get(metric.name)
    if delta is None:
        return _Cell(text, metric.name in row.best)
    written = metric.text(delta, signed=True)
    verdict = ""
    if written[0] in "+-":
        verdict = "better" if (delta < 0) == (metric.better == "lower") else "worse"
    return _Cell(text, metric.name in row.best, _typeset(written), verdict)


def _certainty(row: Row) -> tuple[str, str]:
    """Give the interval of the paired difference and its p-value as text."""
    difference = row.difference
    if difference is None:
        return "", ""
    if difference.low_px is None or difference.high_px is None:
        return "no interval", "\N{EN DASH}"
    p = difference.p_value if row.p_holm is None else row.p_holm
    interval = _typeset(f"{difference.low_px:+.1f} to {difference.high_px:+.1f}")
    return interval, "\N{EN DASH}" if p is None else ("< 0.001" if p < 0.001 else f"{p:.3f}")


def _charts(comparison: Comparison, chosen: Mapping[str, Encoding], contents: ReportContents) -> list[_Chart]:
    medians = "; ".join(f"{row.name} {row.evaluation.summary.median_radial_error_px:.1f} px" for row in comparison.rows)
    beyond = figures.n_beyond(comparison)
    cut = f" {beyond} larger {'error lies' if beyond == 1 else 'errors lie'} beyond the axis." if beyond else ""
    charts = [
        _Chart(
            "cumulative",
            "How many landmarks lie how close",
            f"Cumulative error curves. Half of the landmarks lie within: {medians}.",
            f"Share of landmarks whose radial error is at most the value on the axis; higher is better.{cut}",
            figures.svg(figures.cumulative_errors(comparison, chosen), "cumulative"),
        )
    ]
    if len(comparison.runs) > 1:
        verdicts = "; ".join(f"{row.name}: {row.verdict}" for row in comparison.runs[1:])
        charts.append(
            _Chart(
                "differences",
                f"Image by image against {comparison.baseline.name}",
                f"Paired differences. {verdicts}.",
                "A dot is an image, the symbol the mean over images, the bar its 95 % bootstrap interval. With six "
                "images or more, a bar that leaves out zero shows more than chance.",
                figures.svg(figures.paired_differences(comparison, chosen), "differences"),
            )
        )
    charts.append(
        _Chart(
            "landmarks",
            "Errors by landmark",
            "Box plots of the radial errors of each landmark; the table below holds their means.",
            f"Box: quartiles, with the median. Whiskers: 1.5 times the box. Dots: landmarks beyond.{cut}",
            figures.svg(figures.landmark_errors(comparison, chosen, contents.landmark_titles), "landmarks"),
        )
    )
    return charts


def _landmark_rows(comparison: Comparison, contents: ReportContents) -> list[tuple[str, list[_Cell]]]:
    rows = []
    for name in comparison.names:
        means = [row.evaluation.summary.per_landmark[name].mean_radial_error_px for row in comparison.rows]
        of_runs = [mean for mean, row in zip(means, comparison.rows, strict=True) if row.kind is not RowKind.FLOOR]
        known = [mean for mean in of_runs if np.isfinite(mean)]
        best = min(known) if len(set(known)) > 1 else None
        cells = [
            _Cell(f"{mean:.1f}" if np.isfinite(mean) else "\N{EN DASH}", mean == best and row.kind is not RowKind.FLOOR)
            for mean, row in zip(means, comparison.rows, strict=True)
        ]
        rows.append((contents.landmark_titles.get(name, name.replace("_", " ")), cells))
    return rows


def _cases(comparison: Comparison, chosen: Mapping[str, Encoding], contents: ReportContents) -> list[Case]:
    given = {case.name: case for case in contents.cases}
    ranked = representative_images(comparison, by=contents.by)
    return [
        draw(given[image], rank, chosen, contents.landmark_titles) for rank, image in ranked.items() if image in given
    ]


def _settings_rows(comparison: Comparison, contents: ReportContents) -> list[tuple[str, list[str]]]:
    runs = [row.name for row in comparison.runs if row.name in contents.settings]
    keys = dict.fromkeys(key for run in runs for key in contents.settings[run])
    return [
        (
            _SETTING_TITLES.get(key, key.replace("_", " ")),
            [_setting(key, contents.settings[run].get(key)) for run in runs],
        )
        for key in keys
    ]


_SETTING_TITLES = {
    "recipe": "Recipe",
    "labels": "Labelled images",
    "steps": "Steps",
    "seed": "Seed",
    "parameters": "Parameters",
    "seconds": "Training time",
    "teachers": "Teachers",
    "device": "Device",
    "backbone": "Backbone",
}


def _setting(key: str, value: object) -> str:
    if value is None or value == "" or value == ():
        return "\N{EN DASH}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_setting(str(name), item)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_setting(key, item) for item in value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if key == "seconds":
        return _duration(float(value))
    if key == "parameters":
        return f"{value / 1e6:.2f} million" if value >= 1e5 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else f"{value:g}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _typeset(text: str) -> str:
    return "\N{EN DASH}" if text == "-" else text.replace("-", _MINUS)


def _write_whole(path: Path, page: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        # Gone already where all went well.
        Path(temporary).unlink(missing_ok=True)
