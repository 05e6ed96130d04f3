"""Tests of napari_kdland.images.nifti."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from napari_kdland.errors import UnreadableImage, UnsupportedImage, UsageError
from napari_kdland.images import Spacing, find_images, is_candidate, read
from napari_kdland.images.identity import content_hash
from tests.images.factories import LPS, a_volume, write_nifti


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "A.NII.GZ"])
def test_a_slice_is_read_by_its_number(tmp_path, name):
    radiograph = read(write_nifti(tmp_path / name, a_volume()), frame=2)

    assert_array_equal(radiograph.pixels, a_volume()[:, :, 2].T)
    assert radiograph.spacing == Spacing(3, 2, "NIfTI sform")
    assert radiograph.applied == ("axial slice 2 of 4, counted from 0 from feet to head",)
    assert (radiograph.bits, radiograph.view.orientation) == (16, "L/P")


def test_pixels_are_modality_values_and_the_whole_range_is_shown(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume(), scl_slope=2, scl_inter=-100)

    radiograph = read(path, frame=0)

    assert_array_equal(radiograph.pixels, 2 * a_volume()[:, :, 0].T - 100)
    assert (radiograph.shown.min(), radiograph.shown.max()) == (0, 1)


def test_a_slice_is_known_by_its_stored_numbers_in_whatever_orientation(tmp_path):
    turned = LPS @ np.array([[-1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    one = read(write_nifti(tmp_path / "a.nii", a_volume(), scl_slope=3, scl_inter=1), frame=1)
    two = read(write_nifti(tmp_path / "b.nii.gz", a_volume()[::-1], turned), frame=1)

    assert one.content_hash == two.content_hash == content_hash(a_volume()[:, :, 1].T)


def test_a_volume_is_not_one_image_and_the_message_says_what_to_do(tmp_path):
    path = write_nifti(tmp_path / "a.nii.gz", a_volume())

    with pytest.raises(UnsupportedImage, match=r"a volume of 4 slices.*import-dataset.*frame=0 to frame=3"):
        read(path)


def test_a_volume_in_a_folder_is_listed_so_that_it_is_not_passed_over_in_silence(tmp_path):
    path = write_nifti(tmp_path / "a.nii.gz", a_volume())

    assert find_images([tmp_path]) == [path]


def test_a_volume_of_one_slice_needs_no_number(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume((6, 5, 1)))

    assert read(path).size == (5, 6)


@pytest.mark.parametrize("frame", [-1, 4])
def test_a_slice_that_is_not_there_is_refused(tmp_path, frame):
    path = write_nifti(tmp_path / "a.nii", a_volume())

    with pytest.raises(UsageError, match=f"no slice {frame}; it has 4, counted from 0"):
        read(path, frame=frame)


def test_nan_is_counted_in_the_slice_that_is_read_only(tmp_path):
    voxels = a_volume(dtype=np.float32)
    voxels[0, :3, 1] = np.nan
    path = write_nifti(tmp_path / "a.nii", voxels)

    assert read(path, frame=0).size == (5, 6)
    with pytest.raises(UnsupportedImage, match="3 of 30 pixels that are not numbers"):
        read(path, frame=1)


def test_values_beyond_single_precision_are_refused(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume(dtype=np.float64) * 1e40)

    with pytest.raises(UnsupportedImage, match="not numbers"):
        read(path, frame=1)


def test_an_empty_slice_is_refused(tmp_path):
    path = write_nifti(tmp_path / "a.nii", np.zeros((6, 5, 4), np.int16))

    with pytest.raises(UnsupportedImage, match="every pixel is 0"):
        read(path, frame=1)


def test_a_file_without_its_ending_is_known_by_its_first_bytes(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume()).rename(tmp_path / "IM0001")

    assert is_candidate(path)
    assert read(path, frame=0).size == (5, 6)


def test_a_packed_file_that_is_cut_off_is_named(tmp_path):
    path = write_nifti(tmp_path / "a.nii.gz", np.random.default_rng(0).integers(0, 99, (9, 9, 9)).astype(np.int16))
    path.write_bytes(path.read_bytes()[:300])

    with pytest.raises(UnreadableImage, match=r"a\.nii\.gz is damaged or cut short"):
        read(path, frame=8)


def test_a_real_brain_lies_with_its_front_up_and_its_parts_in_the_middle(shared):
    path = shared / "data" / "multimodal" / "brain-mri" / "aligned" / "brain01_flair.nii.gz"

    radiograph = read(path, frame=17)

    rows, columns = np.nonzero(radiograph.pixels)
    assert radiograph.size == (512, 512)
    # A brain is longer than broad, and broadest in its back half.
    assert np.ptp(rows) > np.ptp(columns)
    widths = (radiograph.pixels > 0).sum(axis=1)
    assert widths.argmax() > rows.mean()
