"""Tests of napari_kdland.jobs.importing_datasets.lits17."""

import csv

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.images import read
from napari_kdland.jobs.importing_datasets.lits17 import find_cases
from napari_kdland.project import Project
from tests.jobs.importing_datasets.makers import a_lits_case, a_project, ordered, tissue, tumour


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "LITS17"


def test_volumes_are_found_by_number_and_each_has_its_segmentation(folder):
    for number in (10, 9):
        a_lits_case(folder / "Training Batch 1", number)
    (folder / "test-volume-3.nii").write_bytes(b"")

    cases = find_cases(folder)

    assert [case.name for case in cases] == ["volume-9", "volume-10"]
    assert cases[1].files["labels"].name == "segmentation-10.nii"


def test_a_segmentation_in_another_folder_is_found(folder):
    a_lits_case(folder / "volumes", 1)
    (folder / "segmentations").mkdir()
    (folder / "volumes" / "segmentation-1.nii").rename(folder / "segmentations" / "segmentation-1.nii")

    assert find_cases(folder)[0].files["labels"].parent.name == "segmentations"


@pytest.mark.parametrize(("task", "members"), [("liver", (1, 2)), ("tumour", (2,))])
def test_the_scheme_decides_the_task(folder, tmp_path, task, members):
    labels = tumour(1)
    labels[10:13, 5:9, 4:6] = 2
    a_lits_case(folder, 1, labels=labels)

    project = a_project(tmp_path, f"lits17-{task}")
    result = ordered(project, "lits17", folder, tmp_path / "slices")

    with Project.open(project) as opened:
        regions = opened.masks.load(opened.records.find("volume-1_z004").image_id)
    assert_array_equal(regions[task], np.isin(labels[:, :, 4].T, members))
    holds = [z for z in range(6) if np.isin(labels[:, :, z], members).any()]
    assert result.images == tuple(f"volume-1_z00{z}.png" for z in holds)


def test_values_go_through_the_window_of_the_published_code(folder, tmp_path):
    a_lits_case(folder, 1)
    project = a_project(tmp_path, "lits17-liver")

    ordered(project, "lits17", folder, tmp_path / "slices")

    values = tissue(1, -1000, 1000)[:, :, 3].T.astype(float)
    shown = read(tmp_path / "slices" / "volume-1" / "volume-1_z003.png").pixels
    assert_allclose(shown / 65535, (np.clip(values, -60, 140) + 60) / 200, atol=1e-5)


def test_another_window_may_be_asked_for_and_is_written_down(folder, tmp_path):
    a_lits_case(folder, 1)
    project = a_project(tmp_path, "lits17-liver")

    ordered(project, "lits17", folder, tmp_path / "slices", window=(-200, 250))

    rows = list(csv.DictReader((tmp_path / "slices" / "volume-1" / "slices.csv").read_text().splitlines()))
    assert {(row["low"], row["high"], row["unit"], row["window_source"]) for row in rows} == {
        ("-200", "250", "HU", "user")
    }


def test_a_case_without_the_target_is_left_out_and_named(folder, tmp_path):
    a_lits_case(folder, 1, labels=tumour(1))

    result = ordered(a_project(tmp_path, "lits17-tumour"), "lits17", folder, tmp_path / "slices")

    assert "volume-1 has no slice with tumour in it" in result.skipped[0].reason


def test_a_volume_without_its_segmentation_is_left_out_and_named(folder, tmp_path):
    (a_lits_case(folder, 1) / "segmentation-1.nii").unlink()

    result = ordered(a_project(tmp_path, "lits17-tumour"), "lits17", folder, tmp_path / "slices")

    assert "volume-1 has no labels in" in result.skipped[0].reason
