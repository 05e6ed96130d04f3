"""Tests of napari_kdland.images.volume_header."""

import gzip
from contextlib import suppress

import nibabel
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.errors import UnreadableImage, UnsupportedImage
from napari_kdland.images import Spacing
from napari_kdland.images.volume import open_volume
from napari_kdland.images.volume_header import MAX_VOXELS
from tests.images.factories import LPS, a_volume, few_examples, write_nifti


def test_slope_and_intercept_give_the_modality_values(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume(), scl_slope=0.5, scl_inter=-1024)
    found = open_volume(path)

    assert_allclose(found.values(np.array([0, 100])), [-1024, -974])
    assert "scl_slope 0.5 and scl_inter -1024 applied" in found.notes


@pytest.mark.parametrize("slope", [0, np.nan])
def test_a_slope_that_means_none_changes_nothing(tmp_path, slope):
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume(), scl_slope=slope, scl_inter=7))

    assert found.scale == (1, 0)


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1000), ("mm", 1), ("micron", 0.001)])
def test_the_unit_of_length_is_heeded(tmp_path, unit, factor):
    image = nibabel.Nifti1Image(a_volume(), LPS)
    image.header.set_xyzt_units(unit)
    image.to_filename(tmp_path / "a.nii")

    assert_allclose(open_volume(tmp_path / "a.nii").spacing.row_mm, 3 * factor)


def test_a_unit_that_is_not_stated_is_taken_as_millimetres_and_named(tmp_path):
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume(), xyzt_units=0))

    assert found.spacing.row_mm == 3
    assert "unit of length not stated, taken as mm" in found.notes


@pytest.mark.parametrize(
    ("sform", "qform", "source"), [(2, 1, "NIfTI sform"), (0, 1, "NIfTI qform"), (0, 0, "NIfTI pixdim")]
)
def test_spacing_says_which_field_it_comes_from(tmp_path, sform, qform, source):
    path = write_nifti(tmp_path / "a.nii", a_volume(), sform_code=sform, qform_code=qform)

    assert open_volume(path).spacing == Spacing(3, 2, source)


@pytest.mark.parametrize("damage", [{"srow_x": [np.nan] * 4}, {"srow_x": [0] * 4}])
def test_an_unusable_transform_gives_no_spacing(tmp_path, damage):
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume(), **damage))

    assert found.spacing is None
    assert "position in the patient unusable" in found.notes[0]


def test_a_fourth_dimension_of_one_is_passed_over(tmp_path):
    assert open_volume(write_nifti(tmp_path / "a.nii", a_volume()[..., None])).shape == (4, 5, 6)


def test_several_volumes_in_one_file_are_refused_with_their_number(tmp_path):
    path = write_nifti(tmp_path / "a.nii", np.stack([a_volume()] * 3, axis=-1))

    with pytest.raises(UnsupportedImage, match=r"a\.nii holds 3 volumes \(6 x 5 x 4 x 3\)"):
        open_volume(path)


@pytest.mark.parametrize("datatype", [32, 128, 1536, 1, 12345])
def test_colours_and_complex_numbers_are_refused(tmp_path, datatype):
    path = write_nifti(tmp_path / "a.nii", a_volume(), datatype=datatype)

    with pytest.raises(UnsupportedImage, match=f"NIfTI type {datatype}"):
        open_volume(path)


def test_one_of_two_files_is_refused(tmp_path):
    nibabel.Nifti1Pair(a_volume(), LPS).to_filename(tmp_path / "a.hdr")

    with pytest.raises(UnsupportedImage, match=r"two files \(\.hdr and \.img\)"):
        open_volume(tmp_path / "a.hdr")


def test_something_else_under_that_name_is_called_so(tmp_path):
    (tmp_path / "a.nii").write_bytes(b"no volume at all" * 40)

    with pytest.raises(UnreadableImage, match="is no NIfTI file"):
        open_volume(tmp_path / "a.nii")


@pytest.mark.parametrize("size", [(0, 5, 4), (6, -5, 4)])
def test_a_volume_without_voxels_is_refused(tmp_path, size):
    path = write_nifti(tmp_path / "a.nii", a_volume(), dim=[3, *size, 1, 1, 1, 1])

    with pytest.raises(UnsupportedImage, match="no voxels"):
        open_volume(path)


def test_absurd_numbers_of_voxels_are_refused_before_memory_is_taken(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume(), dim=[3, 30000, 30000, 30000, 1, 1, 1, 1])

    with pytest.raises(UnsupportedImage, match="30000 x 30000 x 30000 voxels, more than the 400 million"):
        open_volume(path)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_header_that_promises_more_than_the_file_can_hold_is_refused_at_once(tmp_path, name):
    plain = write_nifti(tmp_path / "plain.nii", a_volume(), dim=[3, 500, 500, 500, 1, 1, 1, 1])
    data = plain.read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)

    with pytest.raises(UnreadableImage, match=r"cut short.*promises 250000000 bytes"):
        open_volume(tmp_path / name)


def test_voxels_that_begin_far_behind_the_header_are_refused(tmp_path):
    path = write_nifti(tmp_path / "a.nii", a_volume(), vox_offset=1e9)

    with pytest.raises(UnreadableImage, match="cut short"):
        open_volume(path)


@few_examples
@given(n_bytes=st.integers(0, 359))
def test_a_file_cut_off_in_its_header_is_refused(tmp_path_factory, n_bytes):
    folder = tmp_path_factory.mktemp("cut")
    data = write_nifti(folder / "a.nii", a_volume()).read_bytes()
    (folder / "a.nii").write_bytes(data[:n_bytes])

    with pytest.raises(UnreadableImage, match=r"a\.nii"):
        open_volume(folder / "a.nii")


@few_examples
@given(position=st.integers(0, 347), byte=st.integers(0, 255))
# An axis of 1e16 mm beside others of 1 mm.
@example(position=299, byte=89)
def test_no_damaged_header_gives_anything_but_a_volume_or_a_message(tmp_path_factory, position, byte):
    folder = tmp_path_factory.mktemp("odd")
    path = write_nifti(folder / "a.nii", a_volume())
    data = bytearray(path.read_bytes())
    data[position] = byte
    path.write_bytes(data)

    with suppress(UnreadableImage, UnsupportedImage):
        found = open_volume(path)
        assert found.values(found.stored()).shape == found.shape


def test_the_largest_public_scans_are_within_the_limit():
    assert MAX_VOXELS > 512 * 512 * 1059
