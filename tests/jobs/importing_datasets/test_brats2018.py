"""Tests of napari_kdland.jobs.importing_datasets.brats2018."""

import gzip

import nibabel
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.images import read
from napari_kdland.jobs.importing_datasets.brats2018 import find_cases
from napari_kdland.project import Project
from tests.images.factories import LPS, write_nifti
from tests.jobs.importing_datasets.makers import a_brats_case, a_project, ordered, shifted, tissue, tumour


@pytest.fixture
def project(tmp_path):
    return a_project(tmp_path, "brats-2018")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "MICCAI_BraTS_2018_Data_Training"


def test_cases_of_both_grades_are_found_by_their_own_names(folder):
    a_brats_case(folder, "Brats18_TCIA01_1", grade="LGG")
    a_brats_case(folder, "Brats18_2013_2_1", grade="HGG")
    (folder / "survival_data.csv").write_text("case,age")

    assert [(case.name, sorted(case.files)) for case in find_cases(folder)] == [
        ("Brats18_2013_2_1", ["flair", "labels", "t1", "t1ce", "t2"]),
        ("Brats18_TCIA01_1", ["flair", "labels", "t1", "t1ce", "t2"]),
    ]


def test_slices_with_tumour_become_images_with_four_channels(project, folder, tmp_path):
    a_brats_case(folder, "Brats18_1")

    result = ordered(project, "brats2018", folder, tmp_path / "slices")

    with Project.open(project) as opened:
        records = opened.records.page()
        channels = opened.channels.of([records[0].image_id])[records[0].image_id]
        names = opened.channels.names()
    assert result.images == tuple(f"Brats18_1_z00{z}_t1ce.png" for z in (2, 3, 4))
    assert names == ("t1ce", "t1", "t2", "flair")
    assert {name: file.path.name for name, file in channels.items()} == {
        name: f"Brats18_1_z002_{name}.png" for name in ("flair", "t1", "t2")
    }
    assert records[0].spacing.source == "NIfTI sform"
    assert "Brats18_1_t1ce.nii.gz" in records[0].applied[-1]


def test_labels_become_nested_regions(project, folder, tmp_path):
    a_brats_case(folder, "Brats18_1", labels=tumour(2, 1, 4))

    ordered(project, "brats2018", folder, tmp_path / "slices")

    labels = tumour(2, 1, 4)[:, :, 3].T
    with Project.open(project) as opened:
        regions = opened.masks.load(opened.records.find("Brats18_1_z003_t1ce").image_id)
    assert_array_equal(regions["whole_tumour"], labels > 0)
    assert_array_equal(regions["tumour_core"], (labels == 1) | (labels == 4))
    assert_array_equal(regions["enhancing_tumour"], labels == 4)


def test_a_region_that_a_slice_does_not_hold_is_known_to_be_absent(project, folder, tmp_path):
    a_brats_case(folder, "Brats18_1", labels=tumour(2))

    ordered(project, "brats2018", folder, tmp_path / "slices")

    with Project.open(project) as opened:
        regions = opened.masks.load(opened.records.find("Brats18_1_z003_t1ce").image_id)
    assert [state.value for state in regions.states] == ["drawn", "absent", "absent"]


def test_channels_lie_on_the_image_pixel_by_pixel(project, folder, tmp_path):
    where = a_brats_case(folder, "Brats18_1")

    ordered(project, "brats2018", folder, tmp_path / "slices")

    stored = nibabel.load(where / "Brats18_1_t2.nii.gz").dataobj.get_unscaled()[:, :, 3].T
    shown = read(tmp_path / "slices" / "Brats18_1" / "Brats18_1_z003_t2.png").pixels
    high = np.percentile(tissue(3)[tissue(3) != 0], 99.5)
    assert_array_equal(shown == 0, stored == 0)
    np.testing.assert_allclose(shown / 65535, np.minimum(stored / high, 1), atol=1e-5)


def test_slices_of_a_case_are_of_one_patient(project, folder, tmp_path):
    a_brats_case(folder, "Brats18_1", seed=1)
    a_brats_case(folder, "Brats18_2", seed=2)

    ordered(project, "brats2018", folder, tmp_path / "slices")

    with Project.open(project) as opened:
        groups = [record.patient_group for record in opened.records.page()]
    assert len(set(groups)) == 2
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_a_case_with_a_missing_sequence_is_left_out_and_named(project, folder, tmp_path):
    (a_brats_case(folder, "Brats18_1") / "Brats18_1_t2.nii.gz").unlink()
    a_brats_case(folder, "Brats18_2", seed=2)

    result = ordered(project, "brats2018", folder, tmp_path / "slices")

    assert len(result.images) == 3
    assert "Brats18_1 has no t2 in" in result.skipped[0].reason
    assert "<case>_flair, _t1, _t1ce, _t2 and _seg" in result.skipped[0].reason


def test_a_case_without_labels_is_left_out_and_named(project, folder, tmp_path):
    (a_brats_case(folder, "Brats18_1") / "Brats18_1_seg.nii.gz").unlink()

    assert "has no labels" in ordered(project, "brats2018", folder, tmp_path / "slices").skipped[0].reason


@pytest.mark.parametrize(
    ("voxels", "affine", "words"),
    [
        (tissue(5)[:, :, :4], LPS, "does not lie on the grid of Brats18_1_t1ce.nii.gz: 4 x 16 x 20 voxels against"),
        (tissue(5), shifted(), "the same number of voxels, but up to 1 mm apart"),
    ],
)
def test_sequences_on_differing_grids_are_left_out_with_the_difference(
    project, folder, tmp_path, voxels, affine, words
):
    where = a_brats_case(folder, "Brats18_1")
    write_nifti(where / "Brats18_1_flair.nii.gz", voxels, affine)

    result = ordered(project, "brats2018", folder, tmp_path / "slices")

    assert words in result.skipped[0].reason
    assert result.images == ()


def test_labels_that_the_data_set_does_not_have_are_named(project, folder, tmp_path):
    a_brats_case(folder, "Brats18_1", labels=tumour(1, 3, 7))

    reason = ordered(project, "brats2018", folder, tmp_path / "slices").skipped[0].reason

    assert "Brats18_1_seg.nii.gz has the labels 3, 7; those of the data set are 0, 1, 2, 4" in reason


def test_a_case_that_is_cut_off_in_its_last_file_leaves_nothing_behind(project, folder, tmp_path):
    where = a_brats_case(folder, "Brats18_1")
    path = where / "Brats18_1_t2.nii.gz"
    path.write_bytes(path.read_bytes()[:-200])

    result = ordered(project, "brats2018", folder, tmp_path / "slices")

    assert "Brats18_1_t2.nii.gz is damaged or cut short" in result.skipped[0].reason
    assert [path.name for path in (tmp_path / "slices").iterdir()] == ["import.txt"]
    with Project.open(project) as opened:
        assert opened.records.count() == 0


def test_an_empty_sequence_is_named(project, folder, tmp_path):
    where = a_brats_case(folder, "Brats18_1")
    write_nifti(where / "Brats18_1_t1.nii.gz", np.zeros((20, 16, 6), np.int16))

    result = ordered(project, "brats2018", folder, tmp_path / "slices")

    assert "Brats18_1_t1.nii.gz shows nothing: all values are 0" in result.skipped[0].reason


@pytest.fixture
def real(shared, tmp_path):
    """Real sequences under the names of BraTS, with labels that we draw."""

    def linked(kind):
        folder = shared / "data" / "multimodal" / "brain-mri" / kind
        where = tmp_path / "data" / "HGG" / "brain01"
        where.mkdir(parents=True)
        for own, theirs in (("t1ce", "t1c"), ("t1", "t1"), ("t2", "t2"), ("flair", "flair")):
            (where / f"brain01_{own}.nii.gz").symlink_to(folder / f"brain01_{theirs}.nii.gz")
        t1 = nibabel.load(folder / "brain01_t1.nii.gz")
        labels = np.zeros(t1.shape, np.uint8)
        labels[200:240, 250:300, 16:18] = 4
        (where / "brain01_seg.nii.gz").write_bytes(
            gzip.compress(nibabel.Nifti1Image(labels, t1.affine).to_bytes(), compresslevel=1)
        )
        return tmp_path / "data"

    return linked


def test_real_sequences_that_were_aligned_enter_as_four_channels(project, real, tmp_path):
    result = ordered(project, "brats2018", real("aligned"), tmp_path / "slices")

    with Project.open(project) as opened:
        record = opened.records.find("brain01_z017_t1ce")
        files = opened.channels.of([record.image_id])[record.image_id]
        regions = opened.masks.load(record.image_id)
    brain = read(record.path).pixels > 0
    others = [read(files[name].path).pixels > 0 for name in ("t1", "t2", "flair")]
    overlaps = [2 * (brain & other).sum() / (brain.sum() + other.sum()) for other in others]
    assert result.images == ("brain01_z016_t1ce.png", "brain01_z017_t1ce.png")
    assert min(overlaps) > 0.95
    # Drawn at y 250 to 299 from the back, seen from the front.
    assert_array_equal(np.flatnonzero(regions["whole_tumour"].any(axis=1))[[0, -1]], [511 - 299, 511 - 250])


def test_real_sequences_as_they_were_acquired_are_refused_for_their_grids(project, real, tmp_path):
    result = ordered(project, "brats2018", real("native"), tmp_path / "slices")

    assert result.images == ()
    assert "does not lie on the grid of brain01_t1ce.nii.gz: 34 x 512 x 512 voxels against 68 x 512 x 512" in (
        result.skipped[0].reason
    )
