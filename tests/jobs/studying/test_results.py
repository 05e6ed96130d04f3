"""Tests of napari_kdland.jobs.studying.results."""

import csv
import json
from pathlib import Path

import pytest

from napari_kdland.errors import ProjectError
from napari_kdland.jobs.studying.results import (
    Block,
    Difference,
    Figure,
    Row,
    RunFigures,
    Search,
    StudyResult,
    read_result,
    write_result,
)

MEAN, OUTLIERS = "mean_radial_error_px", "outlier_rate"


def a_row(name: str, kind: str, mean: float, *, n_runs: int = 2, n_wanted: int = 2, **more: object) -> Row:
    sd = 0.5 if n_runs > 1 else None
    figures = {MEAN: Figure(mean=mean, sd=sd), OUTLIERS: Figure(mean=0.125, sd=sd)}
    runs = tuple(f"{name}-{index}" for index in range(n_runs))
    last = {} if kind == "floor" else {MEAN: Figure(mean=mean + 1, sd=sd)}
    return Row(name=name, kind=kind, runs=runs, n_wanted=n_wanted, best=figures, last=last, **more)


def a_result(**changes: object) -> StudyResult:
    difference = Difference(mean=-1.5, low=-2.25, high=-0.75, p_value=0.01, p_holm=0.0002, n_images=8)
    rows = (
        a_row("supervised", "student", 12.5),
        a_row("kd", "student", 11.0, n_runs=1, difference=difference),
        a_row("mean shape", "floor", 40.0, n_runs=0, n_wanted=0),
    )
    block = Block(title="k = 10", labels=10, draws=("label_rank",), spread="seeds", rows=rows)
    run = RunFigures(
        run="kd-0",
        row="kd",
        labels=10,
        draw="label_rank",
        seed=0,
        teachers=("t-1", "t-2"),
        start="",
        best={MEAN: 11.0, OUTLIERS: None},
        last={MEAN: 12.0},
        seconds=61.5,
    )
    values = {
        "key": "k",
        "study": {"name": "chest"},
        "project": "p",
        "split": "test",
        "images": ("a.png", "b.png"),
        "baseline": "supervised",
        "blocks": (block,),
        "runs": (run,),
        "searches": (Search(row="kd", chosen=("terms.0.weight=2.0",), trials=((("a=1",), "r", 3.0, ""),)),),
        "failed": {"kd-1": "The disk is full."},
        "notes": ("Not tuned, but compared with recipes that are: supervised.",),
    }
    return StudyResult.model_validate({**values, **changes})


def test_a_result_is_read_back_as_it_was_written(tmp_path: Path):
    result = a_result()

    files = write_result(tmp_path / "reports", result)

    assert [file.name for file in files] == ["results.csv", "runs.csv", "tests.csv", "results.json"]
    assert read_result(tmp_path / "reports") == result


@pytest.mark.parametrize("text", [None, "", '{"key": "k"}'])
def test_a_result_that_cannot_be_read_is_none(tmp_path: Path, text: str | None):
    if text is not None:
        (tmp_path / "results.json").write_text(text)

    assert read_result(tmp_path) is None


def test_the_table_is_csv_with_one_line_a_row(tmp_path: Path):
    write_result(tmp_path, a_result())

    with (tmp_path / "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == ["supervised", "kd", "mean shape"]
    assert (lines[0][MEAN], lines[0][f"{MEAN}_sd"], lines[0][f"last_{MEAN}"]) == ("12.5", "0.5", "13.5")
    assert tuple(lines[1][f"difference_px_{part}"] for part in ("mean", "low", "p_holm")) == ("-1.5", "-2.25", "0.0002")
    assert (lines[1][f"{MEAN}_sd"], lines[2]["difference_px_mean"]) == ("", "")


def test_the_heads_of_the_table_say_the_unit_of_differences_and_of_the_interval(tmp_path: Path):
    result = a_result()
    block = result.blocks[0].model_copy(update={"unit": "mm"})

    write_result(tmp_path, result.model_copy(update={"blocks": (block,)}))

    with (tmp_path / "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert (lines[1]["difference_mm_mean"], lines[0]["mean_radial_error_mm_low"]) == ("-1.5", "")
    assert not [head for head in lines[0] if head.startswith("difference_px") or head.endswith("px_low")]


def test_a_table_of_an_earlier_version_is_in_pixels(tmp_path: Path):
    write_result(tmp_path, a_result())
    earlier = json.loads((tmp_path / "results.json").read_text())
    del earlier["blocks"][0]["unit"]
    (tmp_path / "results.json").write_text(json.dumps(earlier))

    read = read_result(tmp_path)

    assert (read, read.unit) == (a_result(), "px")


def test_the_runs_are_csv_with_what_they_were_made_from(tmp_path: Path):
    write_result(tmp_path, a_result())

    with (tmp_path / "runs.csv").open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["run"], line["teachers"], line["seconds"]) == ("kd-0", "t-1 t-2", "61.5")
    assert (line[MEAN], line[OUTLIERS], line[f"last_{MEAN}"]) == ("11.0", "", "12.0")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ProjectError, match=r"Cannot write into .*file"):
        write_result(tmp_path / "file", a_result())
