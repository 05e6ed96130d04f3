"""Tests of napari_kdland.jobs.importing_datasets.kits19."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.images import read
from napari_kdland.jobs.importing_datasets.kits19 import find_cases
from napari_kdland.project import Project
from tests.jobs.importing_datasets.makers import a_kits_case, a_project, ordered, tissue, tumour


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kits19" / "data"


def test_case_folders_are_found_also_those_without_labels(folder):
    a_kits_case(folder, 12)
    (a_kits_case(folder, 3) / "segmentation.nii.gz").unlink()
    (folder / "kits.json").write_text("[]")

    assert [(case.name, len(case.files)) for case in find_cases(folder)] == [("case_00003", 1), ("case_00012", 2)]


def test_a_case_folder_itself_may_be_named(folder):
    assert [case.name for case in find_cases(a_kits_case(folder, 12))] == ["case_00012"]


@pytest.mark.parametrize(("task", "members"), [("kidney", (1, 2)), ("tumour", (2,))])
def test_slices_are_cut_across_the_patient_although_they_are_stored_first(folder, tmp_path, task, members):
    a_kits_case(folder, 1)
    project = a_project(tmp_path, f"kits19-{task}")

    result = ordered(project, "kits19", folder, tmp_path / "slices")

    with Project.open(project) as opened:
        record = opened.records.find("case_00001_z003")
        regions = opened.masks.load(record.image_id)
    values = tissue(1, -1000, 1000)[:, :, 3].T.astype(float)
    assert result.images == tuple(f"case_00001_z00{z}.png" for z in (2, 3, 4))
    assert_array_equal(regions[task], np.isin(tumour(1, 2)[:, :, 3].T, members))
    assert_allclose(read(record.path).pixels / 65535, (np.clip(values, -200, 300) + 200) / 500, atol=1e-5)
    assert (record.spacing.row_mm, record.spacing.column_mm) == pytest.approx((0.8, 0.8))


def test_the_cases_that_were_published_without_labels_are_named(folder, tmp_path):
    (a_kits_case(folder, 210) / "segmentation.nii.gz").unlink()

    result = ordered(a_project(tmp_path, "kits19-tumour"), "kits19", folder, tmp_path / "slices")

    assert "case_00210 has no labels" in result.skipped[0].reason
