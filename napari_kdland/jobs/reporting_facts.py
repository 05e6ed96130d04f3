"""What a report says of data, recipes, costs and versions, so that somebody else can make it again."""

from __future__ import annotations

import hashlib
import shlex
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

from napari_kdland import __version__
from napari_kdland.errors import RunError
from napari_kdland.evaluation.report_tables import Cell, Table, number
from napari_kdland.events import Job, Warned
from napari_kdland.jobs.reading import compare_project_readers, readers_of
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.evaluation import Comparison, RegionEvaluation
    from napari_kdland.evaluation.readers import ReaderPair
    from napari_kdland.jobs.index_sources import IndexSource
    from napari_kdland.project import Record, RunRecord

# What a method is, and not what it computes.
_PROSE = ("title", "summary", "departs", "cites")
# Fewer leave the median of a busy machine to chance.
_REPEATS = 30
_PARTS = ("torch", "monai", "numpy", "scipy", "statsmodels")


def facts_of_data(project: Project, comparison: Comparison, split: str) -> tuple[tuple[str, str], ...]:
    """Say what was measured on: counts, splits, spacing, devices, and a hash of images and truth."""
    counts = project.splits.counts()
    records = [record for record in project.records.page(0, -1, split=split) if record.name in set(comparison.images)]
    spaced = sum(record.spacing is not None for record in records)
    labels = project.annotations.labels([record.image_id for record in records])
    n_points = sum(int(landmarks.has_point.sum()) for landmarks in labels.values())
    sizes = sorted({record.size for record in records})
    size = f"{sizes[0][1]} x {sizes[0][0]} pixels" if len(sizes) == 1 else f"of {len(sizes)} different sizes"
    runs = [project.runs.get(row.name) for row in comparison.runs]
    return (
        (
            "Project",
            f"{project.name}; scheme {project.scheme.name} with {len(project.scheme.landmark_names)} landmarks",
        ),
        ("Images", ", ".join(f"{split} {n}" for split, n in counts.items() if n) or "none"),
        ("Measured on", f"{len(records)} images of {split} ({size}) with {n_points} placed landmarks"),
        ("Pixel spacing", f"known for {spaced} of {len(records)} images"),
        ("Test split", "frozen" if project.splits.is_test_frozen else "not frozen yet"),
        ("Trained on", ", ".join(dict.fromkeys(_device(run) for run in runs))),
        ("Seeds", ", ".join(f"{run.name} {run.seed}" for run in runs)),
        ("Hash of images and truth", _hash(records, labels)),
    )


def recipes_of(project: Project, runs: Sequence[str]) -> dict[str, dict[str, object]]:
    """Give the whole recipe of each run by dotted key, without its prose; runs that kept none are left out."""
    found = {}
    for run in runs:
        path = project.runs.get(run).folder / "recipe.toml"
        if path.is_file():
            recipe = tomllib.loads(path.read_text(encoding="utf-8"))
            found[run] = dict(_flat({key: value for key, value in recipe.items() if key not in _PROSE}))
    return found


def costs_of(folders: Mapping[str, Path]) -> Job[dict[str, dict[str, object]]]:
    """Measure size and speed of the network of each run on this machine's processor."""
    from napari_kdland.engine import efficiency
    from napari_kdland.engine.checkpoints import load_run

    found: dict[str, dict[str, object]] = {}
    for run, folder in folders.items():
        try:
            loaded = load_run(folder)
            measured = efficiency.measure(loaded.network(), loaded.size, repeats=_REPEATS)
        except RunError as error:
            yield Warned(f"What {run} costs is not in the report: {error}")
            continue
        threads = "1 thread" if measured.threads == 1 else f"{measured.threads} threads"
        how = f"{measured.device}, {threads}, {measured.size} px, {measured.precision}"
        found[run] = {**measured.to_json(), "how": how}
    return found


def readers_floor(project_path: Path, split: str) -> Job[tuple[Table, ...]]:
    """Measure how far readers lie apart in a split: no run can be shown to be nearer to the truth than that.

    Nothing where fewer than two readings have a landmark or a mask of one image in common.
    """
    with Project.open(project_path, announce=False) as project:
        if len(readers_of(project)) < 2:
            return ()
    found = yield from compare_project_readers(project_path, split=split)
    tables = [readers_table(found.pairs)] if found.pairs else []
    return (*tables, region_readers_table(found.regions)) if found.regions else tuple(tables)


def readers_table(pairs: Sequence[ReaderPair]) -> Table:
    """Give the distances of pairs of readings; millimetres where every image of a pair has a spacing."""
    rows = []
    for pair in pairs:
        unit, of = ("px", pair.all_px) if pair.all_mm is None else ("mm", pair.all_mm)
        kind = "intra-reader" if pair.is_one_person else "inter-reader"
        cells = (Cell(kind), Cell(unit), *(number(x, 2) for x in (of.mean, of.sd, of.median, of.p95)))
        rows.append((f"{pair.first} and {pair.second}", (*cells, Cell(str(pair.n_images), pair.n_images))))
    caption = (
        "How far two readings of the same images lie apart: the floor under every error measured against one of them."
    )
    head = ("Readings", "Kind", "Unit", "Mean", "SD", "Median", "95th pct.", "Images")
    return Table("readers", "Between readers", caption, head, tuple(rows))


def region_readers_table(by_pair: Mapping[str, RegionEvaluation]) -> Table:
    """Give how far the masks of pairs of readings lie apart, region by region; in millimetres where all have them."""
    unit = "mm" if all(one.hd95_mm is not None for one in by_pair.values()) else "px"
    rows = []
    for pair, one in by_pair.items():
        for region, of in (("all regions", one.overall), *one.per_region.items()):
            cells = [Cell(region.replace("_", " "))]
            cells += [number(100 * of.dice.mean, 1), number(100 * of.dice.sd, 1)]
            distances = (of.hd95_mm, of.assd_mm) if unit == "mm" else (of.hd95_px, of.assd_px)
            cells += [number(None if spread is None else spread.mean, 1) for spread in distances]
            cells += [Cell(str(of.n_images), of.n_images)]
            rows.append((pair, tuple(cells)))
    caption = "How far the masks of two readings of the same images lie apart: no run can be shown to be nearer."
    head = ("Readings", "Region", "Dice (%)", "SD", f"HD95 ({unit})", f"ASSD ({unit})", "Images")
    return Table("readers_regions", "Between readers: regions", caption, head, tuple(rows))


def commands_for(
    project: Project,
    comparison: Comparison,
    split: str,
    page: str,
    index_sources: Sequence[IndexSource] = (),
    *,
    pictures: bool = True,
    options: Sequence[str] = (),
) -> tuple[str, ...]:
    """Give the commands that train the runs again and compare them, with further options; teachers first."""
    path = shlex.quote(project.path.name)
    runs = [row.name for row in comparison.runs]
    records = sorted((project.runs.get(run) for run in runs), key=lambda record: record.created)
    commands = []
    for record in records:
        words = ["kdland train", path, "--recipe", shlex.quote(str(f"{record.name}.toml")), "--seed", str(record.seed)]
        words += [] if record.labels is None else ["--labels", str(record.labels)]
        words += [f"--teacher {_again(teacher, runs)}" for teacher in record.teachers]
        words += [f"--start {_again(record.start, runs)}"] if record.start else []
        commands.append(f"cp {path}/runs/{shlex.quote(record.name)}/recipe.toml {shlex.quote(record.name)}.toml")
        commands.append(" ".join([*words, "--name", shlex.quote(f"{record.name}-again")]))
    again = [shlex.quote(f"{run}-again") for run in runs]
    words = [f"kdland compare {path} {' '.join(again)} --split {split} --report {shlex.quote(page)}"]
    words += [f"--index-values {shlex.quote(source.without_folder)}" for source in index_sources]
    words += [*([] if pictures else ["--no-pictures"]), *options]
    commands.append(" ".join(words))
    return tuple(commands)


def _again(run: str, runs: Sequence[str]) -> str:
    """Name a run that another one needs: itself trained again where that is among the commands."""
    name = run.replace("\\", "/").rpartition("/")[2]
    return shlex.quote(f"{name}-again" if name in runs else name)


def versions() -> tuple[tuple[str, str], ...]:
    """Give the versions of the program and of what computes its figures."""
    return (("napari-kdland", __version__), *((part, metadata.version(part)) for part in _PARTS))


def _device(run: RunRecord) -> str:
    """Give the device that a run came to be trained on, not the wish for one."""
    path = run.folder / "run.toml"
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["device"]) if path.is_file() else run.device


def _hash(records: Sequence[Record], labels: Mapping[int, Landmarks]) -> str:
    digest = hashlib.sha256()
    for record in sorted(records, key=lambda record: record.content_hash):
        digest.update(record.content_hash.encode())
        landmarks = labels.get(record.image_id)
        if landmarks is not None:
            for name, state, point in landmarks:
                digest.update(f"{name} {state.value} {point.tolist()}".encode())
    return digest.hexdigest()[:16]


def _flat(values: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    flat: list[tuple[str, object]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            flat += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for place, item in enumerate(value):
                flat += _flat(item, f"{prefix}{key}.{place}.")
        else:
            flat.append((f"{prefix}{key}", value))
    return flat
