"""Tests of napari_kdland.images.volume."""

import itertools

import nibabel
import numpy as np
import pytest
from nibabel.orientations import aff2axcodes, apply_orientation, axcodes2ornt, inv_ornt_aff, ornt_transform
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.errors import UnreadableImage
from napari_kdland.images.volume import grid_difference, open_volume
from tests.images.factories import LPS, a_volume, write_nifti

ALL_ORIENTATIONS = [codes for axes in itertools.permutations(("RL", "AP", "SI")) for codes in itertools.product(*axes)]


def stored_as(codes, voxels=None, affine=LPS):
    """Give the same voxels, and their affine, stored along other axes."""
    voxels = a_volume() if voxels is None else voxels
    turn = ornt_transform(axcodes2ornt(("L", "P", "S")), axcodes2ornt(codes))
    return apply_orientation(voxels, turn), affine @ inv_ornt_aff(turn, voxels.shape)


@pytest.mark.parametrize("codes", ALL_ORIENTATIONS, ids="".join)
def test_slices_look_the_same_however_they_are_stored(tmp_path, codes):
    voxels, affine = stored_as(codes)
    found = open_volume(write_nifti(tmp_path / "a.nii", voxels, affine))

    # x runs to the left (columns), y to the back (rows), z to the head (slices).
    assert_array_equal(found.stored(), a_volume().transpose(2, 1, 0))
    assert_array_equal(found.stored_slice(3), a_volume()[:, :, 3].T)
    assert (found.spacing.row_mm, found.spacing.column_mm) == (3, 2)


@pytest.mark.parametrize("codes", ALL_ORIENTATIONS, ids="".join)
def test_the_affine_follows_the_turn(tmp_path, codes):
    voxels, affine = stored_as(codes)
    found = open_volume(write_nifti(tmp_path / "a.nii", voxels, affine))

    assert aff2axcodes(found.affine) == ("S", "P", "L")
    assert_allclose(found.affine @ [1, 2, 3, 1], LPS @ [3, 2, 1, 1])


@pytest.mark.parametrize(
    ("axis", "plane", "expected"),
    [
        (0, "sagittal", lambda stack: stack[0].T[::-1]),
        (1, "coronal", lambda stack: stack[:, 0].T[::-1]),
        (2, "axial", lambda stack: stack[:, :, 0].T),
    ],
)
def test_a_single_slice_is_taken_in_its_own_plane_with_head_or_front_up(tmp_path, axis, plane, expected):
    shape = tuple(1 if each == axis else n for each, n in enumerate((6, 5, 4)))
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume(shape)))

    assert found.plane.name == plane
    assert_array_equal(found.stored_slice(0), expected(a_volume(shape)))


def test_a_two_dimensional_file_is_one_slice(tmp_path):
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume((6, 5, 1))[..., 0]))

    assert found.shape == (1, 5, 6)


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_both_versions_are_read_packed_and_unpacked(tmp_path, kind, name):
    kind(a_volume(), LPS).to_filename(tmp_path / name)

    assert_array_equal(open_volume(tmp_path / name).stored(), a_volume().transpose(2, 1, 0))


def test_big_endian_files_are_read(tmp_path):
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)
    nibabel.Nifti1Image(a_volume(), LPS, header).to_filename(tmp_path / "a.nii")

    assert open_volume(tmp_path / "a.nii").stored_slice(1)[2, 3] == a_volume()[3, 2, 1]


def test_a_file_that_a_browser_unpacked_under_its_old_name_is_read(tmp_path):
    plain = write_nifti(tmp_path / "a.nii", a_volume())

    assert open_volume(plain.rename(tmp_path / "a.nii.gz")).shape == (4, 5, 6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_stored_numbers_keep_their_type_and_sign(tmp_path, dtype):
    voxels = a_volume() - (60 if np.dtype(dtype).kind != "u" else 0)
    found = open_volume(write_nifti(tmp_path / "a.nii", voxels.astype(dtype)))

    assert found.bits == 8 * np.dtype(dtype).itemsize
    assert_array_equal(found.stored(), voxels.transpose(2, 1, 0).astype(dtype))


def test_an_orientation_that_is_not_stated_is_assumed_and_named(tmp_path):
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume(), sform_code=0, qform_code=0))

    assert any(note.startswith("orientation not stated") for note in found.notes)
    assert_array_equal(found.stored_slice(0), a_volume()[:, ::-1, 0].T)


def test_an_oblique_volume_is_turned_to_the_nearest_axes_and_this_is_said(tmp_path):
    angle = np.radians(20)
    tilt = np.eye(4)
    tilt[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    found = open_volume(write_nifti(tmp_path / "a.nii", a_volume(), tilt @ LPS))

    assert "oblique by 20 degrees, turned to the nearest axes" in found.notes
    assert_array_equal(found.stored_slice(2), a_volume()[:, :, 2].T)


def test_the_inside_of_extensions_is_passed_over(tmp_path):
    image = nibabel.Nifti1Image(a_volume(), LPS)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(16, b"cos\nsystem\n(S'false'\ntR."))
    image.to_filename(tmp_path / "a.nii")

    assert_array_equal(open_volume(tmp_path / "a.nii").stored(), a_volume().transpose(2, 1, 0))


def test_a_packed_file_that_is_cut_off_is_told_from_a_whole_one(tmp_path):
    noise = np.random.default_rng(0).integers(0, 4000, (20, 20, 20)).astype(np.int16)
    whole = write_nifti(tmp_path / "a.nii.gz", noise).read_bytes()
    cut = tmp_path / "cut.nii.gz"
    for kept in (len(whole) // 2, len(whole) - 4):
        cut.write_bytes(whole[:kept])
        with pytest.raises(UnreadableImage, match=r"cut\.nii\.gz is damaged or cut short"):
            open_volume(cut).stored()


def test_a_packed_file_with_a_flipped_bit_does_not_pass(tmp_path):
    noise = np.random.default_rng(0).integers(0, 4000, (20, 20, 20)).astype(np.int16)
    data = bytearray(write_nifti(tmp_path / "a.nii.gz", noise).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "a.nii.gz").write_bytes(data)

    with pytest.raises(UnreadableImage, match="damaged"):
        open_volume(tmp_path / "a.nii.gz").stored()


def test_equal_grids_have_no_difference_though_the_files_round_and_turn_them(tmp_path):
    rounded = LPS + np.float32(1e-5)
    first = open_volume(write_nifti(tmp_path / "a.nii", a_volume()))
    second = open_volume(write_nifti(tmp_path / "b.nii", *stored_as("IAR", affine=rounded)))

    assert grid_difference(first, second) == ""


def test_a_different_number_of_voxels_is_named_with_both_numbers(tmp_path):
    first = open_volume(write_nifti(tmp_path / "a.nii", a_volume()))
    second = open_volume(write_nifti(tmp_path / "b.nii", a_volume((6, 5, 8))))

    assert grid_difference(first, second) == "8 x 5 x 6 voxels against 4 x 5 x 6"


def test_grids_that_are_shifted_are_told_apart(tmp_path):
    moved = LPS.copy()
    moved[0, 3] = 1.5
    first = open_volume(write_nifti(tmp_path / "a.nii", a_volume()))
    second = open_volume(write_nifti(tmp_path / "b.nii", a_volume(), moved))

    assert grid_difference(first, second) == "the same number of voxels, but up to 1.5 mm apart"


def test_real_sequences_that_were_aligned_share_a_grid(shared):
    folder = shared / "data" / "multimodal" / "brain-mri"
    aligned = [open_volume(path) for path in sorted((folder / "aligned").glob("*.nii.gz"))]

    assert [grid_difference(aligned[0], each) for each in aligned] == ["", "", "", ""]
    assert aligned[0].shape == (34, 512, 512)


def test_real_sequences_as_they_were_acquired_do_not(shared):
    folder = shared / "data" / "multimodal" / "brain-mri" / "native"
    t1, flair = (open_volume(folder / f"brain01_{name}.nii.gz") for name in ("t1", "flair"))

    assert grid_difference(t1, flair) == "68 x 256 x 256 voxels against 34 x 512 x 512"
