"""Tests of napari_kdland.jobs.calibrating, limits and judging_uncertainty."""

import csv
import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError, RunError, UsageError
from napari_kdland.evaluation.abstention import Limit
from napari_kdland.evaluation.calibration import Calibration
from napari_kdland.evaluation.found_by import FoundBy, FoundOfRun
from napari_kdland.jobs import (
    ChosenImages,
    TrainingOrder,
    compare_runs,
    evaluate_run,
    judge_uncertainty,
    predict_heatmaps,
    predict_run,
    rank_images,
    train_run,
)
from napari_kdland.jobs.calibrating import labels_of_val
from napari_kdland.jobs.limits import chosen_limit
from napari_kdland.project import Project
from napari_kdland.recipes.asking import Asking
from tests.makers import a_project, a_tiny_recipe, annotate, dots

TEST = ChosenImages(split="test")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with two runs that learnt the same, with dropout."""
    path = a_project(tmp_path_factory.mktemp("sure"), train=3, val=5, test=2, pool=1, labelled=3)
    recipe = a_tiny_recipe("supervised", "student.dropout=0.3", "training.steps=2")
    for seed, name in enumerate(("one", "two")):
        events.run(train_run(path, TrainingOrder(recipe, name=name, seed=seed, device="cpu")))
    return path


@pytest.fixture
def path(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "copy.kdland")


def predicted(path, run="one", chosen=TEST, **options):
    return events.run(predict_run(path, run, chosen, device="cpu", **options)).landmarks


def kept(path, how="heatmap"):
    with Project.open(path, announce=False) as project:
        file = project.runs.get("one").folder / f"calibration-{how}.json"
    return Calibration.from_json(file.read_text()) if file.exists() else None


def alter(path, **changes):
    with Project.open(path, announce=False) as project:
        file = project.runs.get("one").folder / "calibration-heatmap.json"
    file.write_text(replace(kept(path), **changes).to_json())


def test_predictions_carry_standard_deviations_that_val_has_scaled(path):
    before = predicted(path)
    alter(path, errors_px=10 * kept(path).errors_px)

    after = predicted(path)

    for name, landmarks in before.items():
        np.testing.assert_allclose(after[name].sd_px, 10 * landmarks.sd_px)
        np.testing.assert_array_equal(after[name].points, landmarks.points)
        assert np.isinf(after[name].radius_px).all()


def test_a_calibration_is_made_once_and_kept_with_the_run(path):
    first, second = [], []

    events.run(predict_run(path, "one", TEST, device="cpu"), first.append)
    events.run(predict_run(path, "one", TEST, device="cpu"), second.append)

    title = "Measuring uncertainty"
    assert [sum(getattr(event, "title", "") == title for event in seen) for seen in (first, second)] == [1, 0]
    found = kept(path)
    assert (found.how, found.n_images, found.names) == ("heatmap", 5, ("dot_0", "dot_1", "dot_2"))


def test_another_label_of_val_makes_the_calibration_anew(path):
    predicted(path)
    old = kept(path).key

    with Project.open(path) as project:
        annotate(project, project.records.ids("val")[0], dots(99))
    predicted(path)

    assert kept(path).key != old


def test_a_damaged_calibration_is_made_anew(path):
    predicted(path)
    with Project.open(path, announce=False) as project:
        (project.runs.get("one").folder / "calibration-heatmap.json").write_text("{")

    predicted(path)

    assert kept(path).n_images == 5


@pytest.mark.parametrize(
    "asking", [Asking("dropout", passes=2), Asking("views"), Asking("ensemble", ("two",))], ids=lambda one: one.how
)
def test_whoever_is_asked_the_landmarks_are_the_runs_own(path, asking):
    plain = predicted(path)

    unsure = predicted(path, asking=asking)

    for name, landmarks in plain.items():
        np.testing.assert_array_equal(unsure[name].points, landmarks.points)
        assert not np.allclose(unsure[name].sd_px, landmarks.sd_px)
    assert kept(path, asking.how).how == asking.title


def test_landmarks_beyond_the_limit_are_marked_in_project_and_table(path, tmp_path):
    out = tmp_path / "out.csv"

    found = predicted(path, out=out, limit=Limit(1e-6, level=0.8))

    assert all(state is LandmarkState.UNCERTAIN for landmarks in found.values() for state in landmarks.states)
    assert all(np.isfinite(landmarks.radius_px).all() for landmarks in found.values())
    head, first = out.read_text().splitlines()[:2]
    assert head == "image,landmark,x,y,state,sd_px,confidence,radius_px,flag"
    assert first.split(",")[4] == "uncertain"
    assert first.endswith(",look here")
    with Project.open(path, announce=False) as project:
        image_id = project.records.find(next(iter(found))).image_id
        assert project.predictions.load("one", image_id) == next(iter(found.values()))


def test_the_limit_is_kept_with_the_run_for_the_window_and_taken_away_again(path):
    predicted(path, limit=Limit(1e-6, level=0.8))
    with Project.open(path, announce=False) as project:
        image_id = project.records.ids("pool")[0]
        assert chosen_limit(project, "one") == Limit(1e-6, 0.8)
        assert chosen_limit(project, "two") == Limit()

    shown = events.run(predict_heatmaps(path, "one", image_id))
    predicted(path, limit=Limit())
    after = events.run(predict_heatmaps(path, "one", image_id))

    assert set(shown.landmarks.states) == {LandmarkState.UNCERTAIN}
    assert set(after.landmarks.states) == {LandmarkState.PLACED}
    variance = np.trace(shown.covariance, axis1=-2, axis2=-1) / 2
    np.testing.assert_allclose(np.sqrt(variance), shown.landmarks.sd_px)


def test_too_few_validation_images_mark_everything_and_say_so(path):
    seen = []

    found = events.run(predict_run(path, "one", TEST, device="cpu", limit=Limit(1e6)), seen.append).landmarks

    assert all(np.isinf(landmarks.radius_px).all() for landmarks in found.values())
    assert set(next(iter(found.values())).states) == {LandmarkState.UNCERTAIN}
    (warning,) = [event.message for event in seen if isinstance(event, events.Warned)]
    assert "90 % of cases needs 9 annotated images of val, and there are 5" in warning


def test_without_labels_of_val_nothing_is_calibrated_and_that_is_said_where_it_matters(path):
    with Project.open(path) as project:
        for image_id in project.records.ids("val"):
            project.records.remove([image_id])
    quiet, loud = [], []

    events.run(predict_run(path, "one", TEST, device="cpu"), quiet.append)
    events.run(predict_run(path, "one", TEST, device="cpu", limit=Limit(5)), loud.append)

    assert not [event for event in quiet if isinstance(event, events.Warned)]
    (warning,) = [event.message for event in loud if isinstance(event, events.Warned)]
    assert "not calibrated and no radius is known. Annotate some images of val" in warning


def test_an_uncertainty_is_judged_without_touching_what_is_kept(path):
    predicted(path)
    with Project.open(path, announce=False) as project:
        before = project.predictions.load_many("one", project.records.ids("test"))

    figures = events.run(judge_uncertainty(path, "one", Asking("dropout", passes=2), device="cpu"))

    assert (figures.how, figures.n_images, figures.n_predictions) == ("dropout, 2 passes", 2, 6)
    assert [math.isinf(one.mean_radius_px) for one in figures.coverage] == [False, True, True]
    assert len(figures.notes) == 2
    json.dumps(figures.to_json(), allow_nan=False)
    with Project.open(path, announce=False) as project:
        assert project.predictions.load_many("one", project.records.ids("test")) == before
        assert project.splits.is_test_frozen


def test_the_errors_of_an_uncertainty_are_those_of_the_evaluation(path):
    figures = events.run(judge_uncertainty(path, "one", Asking(), device="cpu"))
    evaluation = events.run(evaluate_run(path, "one", device="cpu"))

    found = figures.reliability.found_px
    expected = np.sqrt(np.mean(np.square(evaluation.errors_px)) / 2)
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(expected, rel=1e-3)


def test_what_cannot_be_judged_is_refused_with_the_reason(path):
    with pytest.raises(UsageError, match="calibrated on 'val', so they cannot be judged there"):
        events.run(judge_uncertainty(path, "one", Asking(), split="val"))
    with pytest.raises(AnnotationError, match="No image in the split 'pool' of dots has annotated landmarks"):
        events.run(judge_uncertainty(path, "one", Asking(), split="pool"))
    with pytest.raises(RunError, match="three"):
        events.run(judge_uncertainty(path, "one", Asking("ensemble", ("three",))))


def ways_of(path, split="test"):
    with Project.open(path, announce=False) as project:
        ids = project.records.ids(split)
        return FoundOfRun.of(project.predictions.found_by("one", ids).values(), labels=labels_of_val(project))


def test_predictions_keep_the_way_and_what_it_was_calibrated_on(path):
    predicted(path, asking=Asking("views"))

    found = ways_of(path)

    assert found.words == "views, calibrated on 5 images of val"
    assert not found.is_stale


def test_looking_at_an_image_does_not_mix_ways(path):
    predicted(path, asking=Asking("views"))
    with Project.open(path, announce=False) as project:
        image_id = project.records.ids("test")[0]
        before = project.predictions.load("one", image_id)

    shown = events.run(predict_heatmaps(path, "one", image_id))

    assert shown.found_by.how == "heatmap"
    assert ways_of(path).words == "views, calibrated on 5 images of val"
    with Project.open(path, announce=False) as project:
        assert project.predictions.load("one", image_id) == before


def test_a_label_of_val_that_changed_makes_standard_deviations_stale(path):
    predicted(path)
    with Project.open(path) as project:
        annotate(project, project.records.ids("val")[0], dots(99))

    assert ways_of(path).is_stale
    predicted(path)
    assert not ways_of(path).is_stale


def test_a_comparison_and_a_queue_say_where_ways_are_mixed(path, tmp_path):
    told = []
    with Project.open(path, announce=False) as project:
        first, *_ = (record.name for record in project.records.page(0, -1, split="test"))
    predicted(path)
    predicted(path, chosen=ChosenImages(names=(first,)), asking=Asking("views"))
    predicted(path, chosen=ChosenImages(split="train"), asking=Asking("views"))

    events.run(compare_runs(path, ["one", "two"], report=tmp_path / "page.html", device="cpu"), told.append)
    said = "mixed: heatmap, calibrated on 5 images of val (1); views, calibrated on 5 images of val (1)"
    assert [event.message for event in told if isinstance(event, events.Warned) and said in event.message]
    assert f"one: {said}; two: heatmap, calibrated on 5 images" in (tmp_path / "page.html").read_text()

    for kind, is_told in (("uncertainty", True), ("doubt", False)):
        told.clear()
        events.run(rank_images(path, kind, ["one"], device="cpu"), told.append)
        assert any("not of one kind" in getattr(event, "message", "") for event in told) == is_told


def test_without_labels_of_val_predictions_say_that_nothing_was_calibrated(path):
    with Project.open(path, announce=False) as project:
        for image_id in project.records.ids("val"):
            project.splits.assign(image_id, "pool")
    predicted(path)

    with Project.open(path, announce=False) as project:
        assert set(project.predictions.found_by("one", project.records.ids("test")).values()) == {FoundBy("heatmap")}


def test_an_image_comes_with_the_radii_of_its_discs_at_every_level(path):
    with Project.open(path, announce=False) as project:
        image_id = project.records.ids("test")[0]
    said = events.run(predict_heatmaps(path, "one", image_id))
    name, *_ = (found := predicted(path, limit=Limit(1e6, level=0.8)))
    with Project.open(path, announce=False) as project:
        assert project.records.find(name).image_id == image_id

    np.testing.assert_allclose(said.radii_px[0.8], found[name].radius_px)
    assert np.isinf(said.radii_px[0.95]).all()


def test_a_report_tells_what_the_kept_standard_deviations_are_worth(path, tmp_path):
    predicted(path, "one", asking=Asking("views"))

    events.run(compare_runs(path, ["one"], report=tmp_path / "page.html", device="cpu"))

    (line,) = csv.DictReader((tmp_path / "page_tables" / "uncertainty.csv").read_text().splitlines())
    judged = events.run(judge_uncertainty(path, "one", Asking("views"), device="cpu"))
    assert (line["Run"], line["Images of val"]) == ("one", "5")
    assert line["Found by"].startswith("views")
    for head, value in (("AUSE", judged.ause), ("ENCE", judged.ence), ("ENCE before scaling", judged.ence_before)):
        assert float(line[head]) == pytest.approx(value, rel=1e-3)
    assert float(line["80 %: mean radius (px)"]) == pytest.approx(judged.coverage[0].mean_radius_px, rel=1e-3)
    assert line["90 %: mean radius (px)"] == "infinite"


def test_a_report_does_not_judge_standard_deviations_that_hold_no_more(path, tmp_path):
    predicted(path, "one")
    with Project.open(path, announce=False) as project:
        annotate(project, project.records.ids("val")[0], dots(99))

    events.run(compare_runs(path, ["one"], report=tmp_path / "page.html", device="cpu"))

    (line,) = csv.DictReader((tmp_path / "page_tables" / "uncertainty.csv").read_text().splitlines())
    assert line.pop("Run") == "one"
    assert line.pop("Found by").endswith("labels of val have changed since")
    assert set(line.values()) == {""}
