import contextlib
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_allclose, assert_array_equal

from napari_kdland.errors import ImageError, UnsupportedImage
from napari_kdland.images import Spacing, View, read
from tests.images.factories import (
    a_gradient,
    a_lut,
    a_sequence,
    few_examples,
    write_dicom,
)


def test_a_radiograph_carries_what_the_file_says(tmp_path):
    path = write_dicom(
        tmp_path / "a.dcm",
        a_gradient(),
        BitsStored=12,
        PixelSpacing=[0.2, 0.1],
        ViewPosition="PA",
        PatientID="007",
        WindowCenter=2000,
        WindowWidth=4001,
    )

    radiograph = read(path)

    assert_array_equal(radiograph.pixels, a_gradient())
    assert radiograph.spacing == Spacing(0.2, 0.1, "PixelSpacing")
    assert radiograph.view == View("PA", True)
    assert (radiograph.patient, radiograph.modality, radiograph.bits) == ("007", "CR", 12)
    assert radiograph.applied == ("window 2000/4001",)


def test_pixels_and_shown_are_float32_and_shown_lies_in_0_to_1(tmp_path):
    radiograph = read(write_dicom(tmp_path / "a.dcm", a_gradient(), WindowCenter=500, WindowWidth=300))

    assert radiograph.pixels.dtype == radiograph.shown.dtype == np.float32
    assert (radiograph.shown.min(), radiograph.shown.max()) == (0, 1)


def test_the_window_is_never_baked_into_the_pixels(tmp_path):
    plain = read(write_dicom(tmp_path / "a.dcm", a_gradient()))
    windowed = read(write_dicom(tmp_path / "b.dcm", a_gradient(), WindowCenter=500, WindowWidth=300))
    through_lut = read(write_dicom(tmp_path / "c.dcm", a_gradient(), VOILUTSequence=a_sequence(a_lut([9, 1, 5]))))

    assert_array_equal(windowed.pixels, plain.pixels)
    assert_array_equal(through_lut.pixels, plain.pixels)
    assert not np.array_equal(windowed.shown, plain.shown)


whole_images = st.integers(2, 16).flatmap(
    lambda bits: st.tuples(
        st.just(bits),
        arrays(
            np.uint16,
            array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=5),
            elements=st.integers(0, 2**bits - 1),
        ).filter(lambda image: image.min() < image.max()),
    )
)
slopes = st.sampled_from([None, 1, 0.5, -2, -0.25])


@few_examples
@given(whole_images, slopes)
def test_a_monochrome1_file_and_its_monochrome2_twin_give_one_picture(tmp_path_factory, bits_and_image, slope):
    bits, stored = bits_and_image
    folder = tmp_path_factory.getbasetemp()
    rescale = {} if slope is None else {"RescaleSlope": slope, "RescaleIntercept": 10}
    twin_rescale = dict(rescale)
    top = 2**bits - 1

    dark_bone = read(
        write_dicom(folder / "1.dcm", stored, BitsStored=bits, PhotometricInterpretation="MONOCHROME1", **rescale)
    )
    bright_bone = read(write_dicom(folder / "2.dcm", (top - stored).astype(np.uint16), BitsStored=bits, **twin_rescale))

    assert_allclose(dark_bone.pixels, bright_bone.pixels, rtol=1e-6, atol=1e-3)
    assert_allclose(dark_bone.shown, bright_bone.shown, atol=1e-5)
    assert "MONOCHROME1 inverted" in dark_bone.applied


def test_signed_monochrome1_is_turned_over_within_its_range(tmp_path):
    stored = np.array([[-128, 0, 127]], dtype=np.int8)

    radiograph = read(write_dicom(tmp_path / "a.dcm", stored, PhotometricInterpretation="MONOCHROME1"))

    assert_array_equal(radiograph.pixels, [[127, -1, -128]])


def test_inversion_comes_after_the_window(tmp_path):
    elements = {"WindowCenter": 1000, "WindowWidth": 401}
    upright = read(write_dicom(tmp_path / "a.dcm", a_gradient(), **elements))
    turned = read(write_dicom(tmp_path / "b.dcm", a_gradient(), PhotometricInterpretation="MONOCHROME1", **elements))

    assert_allclose(turned.shown, 1 - upright.shown, atol=1e-6)


def test_inversion_comes_after_a_voi_table(tmp_path):
    tables = a_sequence(a_lut([0, 200, 400, 1000], first=1000))
    upright = read(write_dicom(tmp_path / "a.dcm", a_gradient(), VOILUTSequence=tables))
    turned = read(
        write_dicom(tmp_path / "b.dcm", a_gradient(), PhotometricInterpretation="MONOCHROME1", VOILUTSequence=tables)
    )

    assert_allclose(turned.shown, 1 - upright.shown, atol=1e-6)


def test_a_modality_table_is_turned_over_within_its_own_range(tmp_path):
    tables = a_sequence(a_lut([10, 500, 30], first=0))
    stored = np.array([[0, 1, 2]], dtype=np.uint16)

    radiograph = read(
        write_dicom(tmp_path / "a.dcm", stored, PhotometricInterpretation="MONOCHROME1", ModalityLUTSequence=tables)
    )

    assert_array_equal(radiograph.pixels, [[500, 10, 480]])


@pytest.mark.parametrize(
    ("photometric", "shape", "applied"),
    [
        ("MONOCHROME1", None, "MONOCHROME1 inverted"),
        ("MONOCHROME1", "INVERSE", "MONOCHROME1 inverted"),
        ("MONOCHROME1", "IDENTITY", "MONOCHROME1 inverted"),
        ("MONOCHROME2", "INVERSE", "Presentation LUT Shape INVERSE applied"),
        ("MONOCHROME2", "IDENTITY", None),
    ],
)
def test_both_ways_of_asking_for_inversion_together_invert_once(tmp_path, photometric, shape, applied):
    shapes = {} if shape is None else {"PresentationLUTShape": shape}

    radiograph = read(write_dicom(tmp_path / "a.dcm", a_gradient(), PhotometricInterpretation=photometric, **shapes))

    is_turned = radiograph.pixels[0, 0] > radiograph.pixels[-1, -1]
    assert is_turned == (radiograph.shown[0, 0] > radiograph.shown[-1, -1]) == (applied is not None)
    assert [note for note in radiograph.applied if "invert" in note.lower() or "inverse" in note.lower()] == (
        [applied] if applied else []
    )


def test_the_hash_is_of_what_is_stored(tmp_path):
    one, two, three = (
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), **elements)).content_hash
        for elements in ({}, {"WindowCenter": 9, "WindowWidth": 400, "PatientID": "x"}, {"RescaleSlope": 3})
    )

    assert one == two == three


@pytest.mark.parametrize(
    ("elements", "patient"),
    [
        ({}, ""),
        ({"PatientID": " 12 "}, "12"),
        ({"PatientID": "12", "IssuerOfPatientID": "Ward"}, "12^Ward"),
        ({"IssuerOfPatientID": "Ward"}, ""),
    ],
)
def test_a_patient_is_a_number_and_who_gave_it(tmp_path, elements, patient):
    assert read(write_dicom(tmp_path / "a.dcm", a_gradient(), **elements)).patient == patient


def test_an_all_constant_image_is_refused(tmp_path):
    with pytest.raises(UnsupportedImage, match=r"a\.dcm shows nothing: every pixel is 17"):
        read(write_dicom(tmp_path / "a.dcm", np.full((4, 4), 17, np.uint16)))


def test_an_image_flattened_by_its_modality_table_is_refused(tmp_path):
    tables = a_sequence(a_lut([3, 3, 3]))

    with pytest.raises(UnsupportedImage, match="every pixel is 3"):
        read(write_dicom(tmp_path / "a.dcm", a_gradient(), ModalityLUTSequence=tables))


def test_an_overlay_beyond_the_image_does_no_harm(tmp_path):
    path = write_dicom(tmp_path / "a.dcm", a_gradient())
    from pydicom import dcmread

    dataset = dcmread(path)
    for element, vr, value in (
        (0x10, "US", 900),
        (0x11, "US", 900),
        (0x50, "SS", [-9, 70]),
        (0x3000, "OW", b"\xff\xff"),
    ):
        dataset.add_new((0x6000, element), vr, value)
    dataset.save_as(path)

    assert_array_equal(read(path).pixels, a_gradient())


def test_odd_values_elsewhere_in_the_header_raise_no_warning(tmp_path):
    path = write_dicom(
        tmp_path / "a.dcm",
        a_gradient(),
        PatientAge="very old",
        StudyDate="yesterday",
        ViewPosition="pa*",
    )

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        radiograph = read(path)

    assert radiograph.view.is_frontal is True
    assert heard == []


def test_many_threads_may_read_at_once(tmp_path):
    path = write_dicom(
        tmp_path / "a.dcm", a_gradient(), PatientAge="very old", PixelData=a_gradient().tobytes() + bytes(8)
    )
    expected, found = read(path).content_hash, []

    threads = [threading.Thread(target=lambda: found.append(read(path).content_hash)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 8


@few_examples
@given(st.data())
def test_damage_anywhere_ends_in_an_image_or_in_one_clear_error(tmp_path_factory, data):
    path = write_dicom(
        tmp_path_factory.getbasetemp() / "damaged.dcm",
        a_gradient(),
        BitsStored=12,
        WindowCenter=40,
        WindowWidth=80,
        VOILUTSequence=a_sequence(a_lut([1, 2, 3])),
    )
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(128, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])

    with contextlib.suppress(ImageError):
        radiograph = read(path, frame=0)

        assert radiograph.pixels.shape == radiograph.shown.shape
