"""Tests of napari_kdland.jobs.importing_datasets.volumes."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.errors import AnnotationError, UnsupportedImage
from napari_kdland.images.volume import open_volume
from napari_kdland.images.windows import Window
from napari_kdland.jobs.importing_datasets.volumes import open_aligned, read_labels, windowed
from tests.images.factories import a_volume, write_nifti
from tests.jobs.importing_datasets.makers import shifted, tumour


def test_volumes_on_one_grid_are_opened_together(tmp_path):
    files = {name: write_nifti(tmp_path / f"{name}.nii", a_volume()) for name in ("a", "b")}

    assert [volume.path for volume in open_aligned(files).values()] == list(files.values())


def test_volumes_on_two_grids_are_refused_with_both_names(tmp_path):
    files = {"a": write_nifti(tmp_path / "a.nii", a_volume())}
    files["b"] = write_nifti(tmp_path / "b.nii", a_volume(), shifted())

    with pytest.raises(UnsupportedImage, match=r"b\.nii does not lie on the grid of a\.nii.*Resample"):
        open_aligned(files)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.float64])
def test_labels_are_whole_numbers_of_whatever_type(tmp_path, dtype):
    volume = open_volume(write_nifti(tmp_path / "a.nii", tumour(1, 2).astype(dtype)))

    labels = read_labels(volume, {0, 1, 2})

    assert labels.dtype == np.uint8
    assert_array_equal(labels, tumour(1, 2).transpose(2, 1, 0))


def test_labels_that_are_rescaled_count_as_what_they_mean(tmp_path):
    volume = open_volume(write_nifti(tmp_path / "a.nii", tumour(2, 4), scl_slope=0.5, scl_inter=0))

    assert set(np.unique(read_labels(volume, {0, 1, 2}))) == {0, 1, 2}


@pytest.mark.parametrize(("strange", "words"), [(0.5, "0.5"), (-1, "-1"), (300, "300"), (np.nan, "nan")])
def test_values_that_are_no_labels_are_named(tmp_path, strange, words):
    voxels = tumour(1).astype(np.float32)
    voxels[0, 0, 0] = strange
    volume = open_volume(write_nifti(tmp_path / "a.nii", voxels))

    with pytest.raises(AnnotationError, match=f"has the labels {words}; those of the data set are 0, 1, 2"):
        read_labels(volume, {0, 1, 2})


def test_many_strange_labels_are_cut_short(tmp_path):
    volume = open_volume(write_nifti(tmp_path / "a.nii", a_volume()))

    with pytest.raises(AnnotationError, match=r"has the labels 1, 2, 3, 4, 5, \.\.\.;"):
        read_labels(volume, {0})


def test_slices_are_read_through_a_window(tmp_path):
    volume = open_volume(write_nifti(tmp_path / "a.nii", a_volume(), scl_slope=1, scl_inter=-50))

    pixels = windowed(volume, [1, 3], Window(-50, 70)).pixels

    assert_array_equal(pixels[1], Window(0, 120).applied(a_volume()[:, :, 3].T.astype(np.float32)))
    assert pixels.dtype == np.uint16


def test_nan_matters_in_the_slices_that_are_read(tmp_path):
    voxels = a_volume(dtype=np.float32)
    voxels[0, 0, 2] = np.nan
    volume = open_volume(write_nifti(tmp_path / "a.nii", voxels))

    assert len(windowed(volume, [0, 1], Window(0, 1)).pixels) == 2
    with pytest.raises(UnsupportedImage, match=r"a\.nii, slice 2, has 1 of 30 pixels that are not numbers"):
        windowed(volume, [2], Window(0, 1))
