"""Tests of napari_kdland.jobs.importing_datasets.jsrt."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Scheme
from napari_kdland.errors import SchemeError, UsageError
from napari_kdland.jobs.importing_datasets.scr import LANDMARKS
from napari_kdland.project import Project
from tests.jobs.importing_datasets.makers import a_jsrt_image, a_project, ordered, outline, pfs_text


@pytest.fixture
def folder(tmp_path):
    """Two radiographs, one with landmarks."""
    where = tmp_path / "JSRT"
    a_jsrt_image(where / "Nodule154images" / "JPCLN001.IMG", 1)
    a_jsrt_image(where / "NonNodule93images" / "JPCNN001.IMG", 2)
    (where / "scr" / "landmarks").mkdir(parents=True)
    (where / "scr" / "landmarks" / "JPCLN001.pfs").write_text(pfs_text())
    return where


def test_radiographs_enter_where_they_are_with_landmarks_and_regions(folder, tmp_path):
    project = a_project(tmp_path, "jsrt-166")

    result = ordered(project, "jsrt", folder)

    with Project.open(project) as opened:
        record = opened.records.find("JPCLN001.IMG")
        landmarks = opened.annotations.current(record.image_id)
        regions = opened.masks.load(record.image_id)
        origin = opened.annotations.edits_of(record.image_id)[0].origin
    assert result.images == ("JPCLN001.IMG", "JPCNN001.IMG")
    assert (result.n_cases, result.n_labelled) == (2, 1)
    assert record.path == folder / "Nodule154images" / "JPCLN001.IMG"
    assert landmarks.n_known == 166
    assert_allclose(landmarks["left_lung_07"], 2 * outline("left_lung")[6, ::-1] + 0.5)
    # The outlines are ellipses with half axes of 120 and 180 pixels.
    assert_allclose(regions.area_px, np.pi * 120 * 180, rtol=0.02)
    assert (origin.kind, origin.name) == ("file", "JPCLN001.pfs")


def test_a_scheme_with_some_of_the_landmarks_gets_those(folder, tmp_path):
    project = a_project(tmp_path, "jsrt-120")

    ordered(project, "jsrt", folder)

    with Project.open(project) as opened:
        image_id = opened.records.find("JPCLN001.IMG").image_id
        assert opened.annotations.current(image_id).n_known == 120
        assert opened.masks.load(image_id).names == ("right_lung", "left_lung", "heart")


def test_landmark_files_may_lie_elsewhere(folder, tmp_path):
    (folder / "scr").rename(tmp_path / "elsewhere")
    project = a_project(tmp_path, "jsrt-120")

    assert ordered(project, "jsrt", folder, landmarks=tmp_path / "elsewhere").n_labelled == 1


def test_a_damaged_landmark_file_keeps_its_radiograph_out(folder, tmp_path):
    (folder / "scr" / "landmarks" / "JPCLN001.pfs").write_text(pfs_text()[:-500])
    project = a_project(tmp_path, "jsrt-166")

    result = ordered(project, "jsrt", folder)

    assert result.images == ("JPCNN001.IMG",)
    assert "JPCLN001.pfs is no landmark file" in result.skipped[0].reason


def test_a_landmark_outside_the_image_leaves_nothing_of_the_case(folder, tmp_path):
    far = outline("heart")
    far[3] = [2000, 5]
    (folder / "scr" / "landmarks" / "JPCLN001.pfs").write_text(pfs_text(heart=far))
    project = a_project(tmp_path, "jsrt-166")

    result = ordered(project, "jsrt", folder)

    assert "heart_04 at x 4000.5" in result.skipped[0].reason
    with Project.open(project) as opened:
        assert [record.name for record in opened.records.page()] == ["JPCNN001.IMG"]
        assert opened.annotations.labelled_ids() == []


def test_importing_again_changes_nothing_and_goes_on_where_it_stopped(folder, tmp_path):
    project = a_project(tmp_path, "jsrt-120")
    ordered(project, "jsrt", folder)
    a_jsrt_image(folder / "NonNodule93images" / "JPCNN002.IMG", 3)

    result = ordered(project, "jsrt", folder)

    with Project.open(project) as opened:
        assert opened.annotations.last_edit_id() == 120
    assert len(result.images) == 3


def test_a_scheme_without_these_landmarks_is_refused(folder, tmp_path):
    project = a_project(tmp_path, "lits17-liver")

    with pytest.raises(SchemeError, match=r"lits17-liver has none of SCR's landmarks.*jsrt-166"):
        ordered(project, "jsrt", folder)


def test_a_scheme_of_one_landmark_is_enough(folder, tmp_path):
    path = tmp_path / "one.kdland"
    Project.create(path, Scheme.model_validate({"name": "one", "landmarks": [{"name": LANDMARKS[3]}]})).close()

    assert ordered(path, "jsrt", folder).n_labelled == 1


@pytest.mark.parametrize("extra", [{"out": "x"}, {"window": (0, 1)}, {"every_slice": True}])
def test_what_belongs_to_volumes_is_refused(folder, tmp_path, extra):
    project = a_project(tmp_path, "jsrt-120")

    with pytest.raises(UsageError, match="not volumes"):
        ordered(project, "jsrt", folder, **extra)


def test_a_missing_folder_of_landmarks_is_named(folder, tmp_path):
    project = a_project(tmp_path, "jsrt-120")

    with pytest.raises(UsageError, match=r"no folder .*nowhere"):
        ordered(project, "jsrt", folder, landmarks=tmp_path / "nowhere")
