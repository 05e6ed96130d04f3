"""Tests of napari_kdland.jobs.comparing and measuring_regions."""

import json
import shutil

import numpy as np
import pytest

from napari_kdland import events
from napari_kdland.anatomy import LandmarkState, Origin, Regions
from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.evaluation import text_table
from napari_kdland.jobs import TrainingOrder, compare_runs, evaluate_run, train_run
from napari_kdland.jobs.measuring_regions import measure_regions
from napari_kdland.project import Annotation, Project
from tests.makers import a_project, a_tiny_recipe, dots

REGIONS = 'regions = [{ name = "upper", bit = 1 }, { name = "lower", bit = 2 }]\n'


def draw(project, image_id, seed, *, reader="A", origin=None):
    """Draw the halves above and below the first dot; the lower one is absent in every third image."""
    row = int(dots(seed)[0, 0])
    bits = np.zeros((80, 96), dtype=np.uint16)
    bits[:row] = 1
    bits[row:] = 2 * (seed % 3 != 0)
    regions = Regions.from_bits(bits, project.scheme.regions, known=project.scheme.region_names)
    project.masks.save(image_id, regions, reader=reader, origin=origin)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project whose three runs learnt landmarks, regions, and both."""
    path = a_project(tmp_path_factory.mktemp("regions"), train=3, val=1, test=3, pool=1, labelled=3)
    manifest = path / "project.toml"
    manifest.write_text(manifest.read_text().replace("landmarks = [", f"{REGIONS}landmarks = [", 1))
    with Project.open(path) as project:
        for record in project.records.page(0, -1):
            if record.split != "pool":
                draw(project, record.image_id, record.image_id - 1)
    for name, heads in (("points", (True, False)), ("areas", (False, True)), ("both", (True, True))):
        wanted = [
            f"heads.{key}={str(value).lower()}" for key, value in zip(("landmarks", "regions"), heads, strict=True)
        ]
        recipe = a_tiny_recipe("supervised", *wanted, "augmentation.flip=false")
        events.run(train_run(path, TrainingOrder(recipe, name=name, device="cpu")))
    return path


@pytest.fixture
def project_path(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "copy.kdland")


def test_a_run_is_measured_in_all_that_it_learns(project_path):
    both = events.run(evaluate_run(project_path, "both", device="cpu"))
    points = events.run(evaluate_run(project_path, "points", device="cpu"))

    assert both.regions.names == ("upper", "lower")
    assert both.regions.images == both.images
    assert both.names == points.names == ("dot_0", "dot_1", "dot_2")
    assert points.regions is None


def test_the_figures_of_both_kinds_are_kept_with_the_run(project_path):
    events.run(evaluate_run(project_path, "both", device="cpu"))

    with Project.open(project_path) as project:
        kept = project.metrics.load("both", "test")
    assert {"mean_radial_error_px", "dice", "dice_upper", "hd95_px_upper"} <= kept.keys()


def test_a_run_without_landmarks_is_measured_by_its_regions(project_path):
    evaluation = events.run(evaluate_run(project_path, "areas", device="cpu"))

    assert (evaluation.names, len(evaluation.images)) == ((), 3)
    assert evaluation.regions.per_region["upper"].n_images == 3
    assert 0 <= evaluation.regions.overall.dice.mean <= 1
    json.dumps(evaluation.to_json(), allow_nan=False)


def test_regions_that_are_absent_are_in_no_dice(project_path):
    regions = events.run(measure_regions(project_path, "areas", device="cpu"))

    with Project.open(project_path) as project:
        drawn = [project.masks.load(project.records.find(name).image_id)["lower"].any() for name in regions.images]
    assert regions.per_region["lower"].n_images == sum(drawn) < 3
    assert np.isnan(regions.dice[:, 1]).tolist() == [not one for one in drawn]


@pytest.mark.parametrize("runs", [["points"], ["points", "both"]])
def test_images_of_the_split_without_landmarks_are_named(project_path, runs):
    with Project.open(project_path) as project:
        left, *_ = project.records.page(0, -1, split="test")
        nothing = [
            Annotation(left.image_id, name, LandmarkState.NOT_YET, None) for name in project.scheme.landmark_names
        ]
        project.annotations.edit_many(nothing, reader="A")

    comparison = events.run(compare_runs(project_path, runs, device="cpu"))

    assert left.name not in comparison.images
    assert comparison.without_truth == (left.name,)
    assert f"Without annotated landmarks, and so in no figure: 1 image ({left.name})" in text_table(comparison)


def test_runs_that_learn_landmarks_are_compared_with_regions_beside(project_path):
    comparison = events.run(compare_runs(project_path, ["points", "both"], device="cpu"))

    text = text_table(comparison)
    assert list(comparison.regions) == ["both"]
    assert "Mean (px)" in text
    assert "Dice (%)" in text


def test_runs_of_which_one_learns_no_landmarks_are_compared_by_their_regions_only(project_path, tmp_path):
    seen = []

    job = compare_runs(project_path, ["areas", "both"], report=tmp_path / "report.html", device="cpu")
    comparison = events.run(job, seen.append)

    assert comparison.names == ()
    assert list(comparison.regions) == ["areas", "both"]
    assert any("areas learn no landmarks" in event.message for event in seen if isinstance(event, events.Warned))
    assert "Mean radial error by landmark" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Dice" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_report_without_pictures_shows_no_radiograph_and_says_how_to_make_it_again(project_path, tmp_path):
    pages = {}
    for pictures in (True, False):
        job = compare_runs(project_path, ["both"], report=tmp_path / "r.html", pictures=pictures, device="cpu")
        events.run(job)
        pages[pictures] = (tmp_path / "r.html").read_text(encoding="utf-8")

    assert "data:image/png" in pages[True]
    assert 'id="cases"' in pages[True]
    assert "--no-pictures" not in pages[True]
    assert "data:image/png" not in pages[False]
    assert 'id="cases"' not in pages[False]
    assert "--no-pictures" in pages[False]


def test_runs_with_nothing_in_common_are_refused(project_path):
    with pytest.raises(UsageError, match="areas learn regions and no landmarks, the others no regions"):
        events.run(compare_runs(project_path, ["areas", "points"], device="cpu"))


def test_the_first_measurement_of_regions_freezes_the_test_split(project_path):
    seen = []

    events.run(measure_regions(project_path, "areas", device="cpu"), seen.append)

    with Project.open(project_path) as project:
        assert project.splits.is_test_frozen
    assert any("frozen" in event.message for event in seen if isinstance(event, events.Warned))


def test_a_models_masks_are_no_truth(project_path):
    with Project.open(project_path) as project:
        pool = project.records.page(0, -1, split="pool")[0]
        draw(project, pool.image_id, 1, reader="run", origin=Origin("student", "areas"))

    with pytest.raises(AnnotationError, match="No image in the split 'pool' of dots has region masks"):
        events.run(measure_regions(project_path, "areas", split="pool", device="cpu"))


def test_landmarks_are_measured_where_nobody_drew_regions(project_path):
    with Project.open(project_path) as project:
        for record in project.records.page(0, -1, split="test"):
            nothing = Regions.unknown(project.scheme.region_names, record.size)
            project.masks.save(record.image_id, nothing, reader="A")
    seen = []

    evaluation = events.run(evaluate_run(project_path, "both", device="cpu"), seen.append)

    assert evaluation.regions is None
    assert any("so regions are not measured" in event.message for event in seen if isinstance(event, events.Warned))
