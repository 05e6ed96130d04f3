"""Tests of napari_kdland.jobs.studying.results."""

import csv
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
    text_of,
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


def test_the_runs_are_csv_with_what_they_were_made_from(tmp_path: Path):
    write_result(tmp_path, a_result())

    with (tmp_path / "runs.csv").open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["run"], line["teachers"], line["seconds"]) == ("kd-0", "t-1 t-2", "61.5")
    assert (line[MEAN], line[OUTLIERS], line[f"last_{MEAN}"]) == ("11.0", "", "12.0")


def test_the_text_shows_figures_spreads_and_differences():
    lines = text_of(a_result()).splitlines()

    cells = {line.split("  ")[0]: " ".join(line.split()) for line in lines}
    assert cells["supervised"] == "supervised 2 12.50 (0.50) 12.5 (50.0) 13.50 (0.50)"
    assert cells["kd"] == "kd 1 of 2 11.00 12.5 12.00 -1.50 (-2.25 to -0.75) < 0.001"
    assert cells["mean shape"] == "mean shape 40.00 12.5"
    assert "Mean, last weights (px)" in lines[3]


def test_regions_have_columns_of_their_own():
    figures = {"dice": Figure(mean=0.875, sd=0.0125), "hd95_px": Figure(mean=12.0, sd=None)}
    better = Difference(mean=0.05, low=0.025, high=0.075, p_value=0.01, p_holm=0.02, n_images=8)
    rows = (
        Row(name="base", kind="student", runs=("a",), n_wanted=1, best=figures, last=figures),
        Row(name="emkd", kind="student", runs=("b",), n_wanted=1, best=figures, last={}, dice_difference=better),
    )
    block = Block(title="k = 10", labels=10, draws=("label_rank",), spread="seeds", rows=rows)

    lines = text_of(a_result(blocks=(block,), baseline="base")).splitlines()

    assert "Dice (%)  HD95 (px)  Dice, last weights (%)  difference in points of Dice from base (95 % CI)" in lines[3]
    assert " ".join(lines[6].split()) == "emkd 1 87.5 (1.2) 12.00 +5.00 (+2.50 to +7.50) 0.020"


def test_the_text_says_what_was_tuned_what_is_unequal_and_what_is_not_done():
    text = text_of(a_result())

    assert "kd, trials: 1, chosen: terms.0.weight=2.0" in text
    assert "Not tuned, but compared" in text
    assert "Not done: kd-1: The disk is full." in text


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ProjectError, match=r"Cannot write into .*file"):
        write_result(tmp_path / "file", a_result())
