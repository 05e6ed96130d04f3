"""Tests of napari_kdland.jobs.importing_datasets.volume_layout."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.anatomy import Scheme
from napari_kdland.errors import SchemeError, UsageError
from napari_kdland.jobs.importing_datasets.volume_layout import label_tables
from napari_kdland.project import Project
from tests.images.factories import write_nifti
from tests.jobs.importing_datasets.makers import SIZE, a_brats_case, a_lits_case, a_project, ordered, tissue, tumour


def of_scheme(folder, **fields):
    path = folder / "own.kdland"
    Project.create(path, Scheme.model_validate({"name": "own", **fields})).close()
    return path


def regions(*names):
    return [{"name": name, "bit": 1 << place} for place, name in enumerate(names)]


def test_tables_turn_labels_into_masks():
    tables = label_tables([frozenset({1, 2}), frozenset({2})])

    assert_array_equal(tables[:, np.array([[0, 1, 2]], np.uint8)], [[[False, True, True]], [[False, False, True]]])


def test_regions_that_may_not_overlap_share_the_labels_out(tmp_path):
    a_lits_case(tmp_path / "data", 1, labels=tumour(1, 2))
    project = of_scheme(tmp_path, regions=regions("liver", "tumour"), regions_overlap=False)

    ordered(project, "lits17", tmp_path / "data", tmp_path / "out")

    labels = tumour(1, 2)[:, :, 3].T
    with Project.open(project) as opened:
        masks = opened.masks.load(opened.records.find("volume-1_z003").image_id)
    assert_array_equal(masks["liver"], labels == 1)
    assert_array_equal(masks["tumour"], labels == 2)


def test_every_slice_that_shows_something_may_be_asked_for(tmp_path):
    voxels = tissue(1)
    voxels[:, :, 5] = 0
    write_nifti(tmp_path / "data" / "volume-1.nii", voxels)
    write_nifti(tmp_path / "data" / "segmentation-1.nii", tumour(1))
    project = a_project(tmp_path, "lits17-liver")

    result = ordered(project, "lits17", tmp_path / "data", tmp_path / "out", every_slice=True)

    # The last slice is empty.
    assert result.images == tuple(f"volume-1_z00{z}.png" for z in range(5))


def test_a_window_in_which_nothing_is_seen_is_answered(tmp_path):
    a_lits_case(tmp_path / "data", 1)
    project = a_project(tmp_path, "lits17-liver")

    result = ordered(project, "lits17", tmp_path / "data", tmp_path / "out", window=(5000, 6000))

    assert "volume-1 shows nothing in any slice" in result.skipped[0].reason


def test_a_scheme_may_name_fewer_channels_in_another_order(tmp_path):
    (a_brats_case(tmp_path / "data", "a") / "a_t1.nii.gz").unlink()
    project = of_scheme(tmp_path, regions=regions("whole_tumour"), channels=["flair", "t1ce"])

    ordered(project, "brats2018", tmp_path / "data", tmp_path / "out")

    with Project.open(project) as opened:
        assert opened.channels.names() == ("flair", "t1ce")
        assert opened.records.page()[0].name == "a_z002_flair.png"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"landmarks": [{"name": "apex"}]},
            "has no regions; LiTS 2017 has liver, tumour.*lits17-liver or lits17-tumour",
        ),
        ({"regions": regions("liver", "spleen")}, "has the regions spleen; LiTS 2017 has liver, tumour"),
    ],
)
def test_a_scheme_with_other_regions_is_refused(tmp_path, fields, words):
    a_lits_case(tmp_path / "data", 1)

    with pytest.raises(SchemeError, match=words):
        ordered(of_scheme(tmp_path, **fields), "lits17", tmp_path / "data", tmp_path / "out")


@pytest.mark.parametrize("channels", [[], ["t1ce", "dwi"]])
def test_a_scheme_with_other_channels_is_refused(tmp_path, channels):
    a_brats_case(tmp_path / "data", "a")
    project = of_scheme(tmp_path, regions=regions("whole_tumour"), channels=channels)

    with pytest.raises(SchemeError, match="those of BraTS 2018 are t1ce, t1, t2, flair"):
        ordered(project, "brats2018", tmp_path / "data", tmp_path / "out")


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({}, "say with --out"),
        ({"out": "out", "landmarks": "x"}, "has no landmark files"),
        ({"out": "out", "window": (160, -40)}, "from a lower to a higher value; found 160 to -40"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(tmp_path, order, words):
    a_lits_case(tmp_path / "data", 1)
    paths = {name: tmp_path / value if isinstance(value, str) else value for name, value in order.items()}

    with pytest.raises(UsageError, match=words):
        ordered(a_project(tmp_path, "lits17-liver"), "lits17", tmp_path / "data", **paths)


def test_slices_written_for_another_task_are_not_mixed_in(tmp_path):
    a_lits_case(tmp_path / "data", 1)
    ordered(a_project(tmp_path, "lits17-liver"), "lits17", tmp_path / "data", tmp_path / "out")

    with pytest.raises(UsageError, match=r"other settings .*slices with liver.*now lits17, slices with tumour"):
        ordered(a_project(tmp_path, "lits17-tumour"), "lits17", tmp_path / "data", tmp_path / "out")


def test_importing_again_adds_nothing_twice(tmp_path):
    a_lits_case(tmp_path / "data", 1)
    project = a_project(tmp_path, "lits17-liver")
    first = ordered(project, "lits17", tmp_path / "data", tmp_path / "out")

    second = ordered(project, "lits17", tmp_path / "data", tmp_path / "out")

    with Project.open(project) as opened:
        assert opened.records.count() == 3
        assert len(opened.masks.all_saved()) == 3
    assert first == second


def test_a_size_of_the_tests_own_volumes_is_not_square():
    assert SIZE[0] != SIZE[1]
