"""Every file of the folder of awkward real DICOM: it opens right, or gives its one clear error."""

import warnings

import numpy as np
import pytest

from napari_kdland.errors import ImageError, MissingDecoder, UnreadableImage, UnsupportedImage
from napari_kdland.images import Spacing, find_images, read

OPENS = {
    "CR-MONO1-10-chest": ((440, 440), "transfer syntax guessed: Implicit VR Little Endian"),
    "CR-ModalitySequenceLUT.dcm": ((1576, 1976), "modality LUT"),
    "CR1_6154.dcm": ((16, 16), "rescaled by 0.684 x +200"),
    "CT_small.dcm": ((128, 128), "rescaled by 1 x -1024"),
    "GH133.dcm": ((3062, 2394), "VOI LUT"),
    "J2K_pixelrep_mismatch.dcm": ((512, 512), "window 40/100"),
    "JLSL_16_15_1_1F.dcm": ((128, 128), "full range shown"),
    "MR_small_bigendian.dcm": ((64, 64), "window 600/1600"),
    "MR_small_implicit.dcm": ((64, 64), "window 600/1600"),
    "MR_small_padded.dcm": ((64, 64), "window 600/1600"),
    "OT-PAL-8-face.dcm": ((480, 640), "palette colours converted to grey"),
    "OutOfBoundsOverlay.dcm": ((788, 1318), "window 2048/4096"),
    "RG1_J2KI.dcm": ((1955, 1841), "MONOCHROME1 inverted"),
    "RG2_JLSL.dcm": ((2140, 1760), "window 511/1024"),
    "RG3_J2KR.dcm": ((1760, 1760), "MONOCHROME1 inverted"),
    "RG3_RLE.dcm": ((1760, 1760), "MONOCHROME1 inverted"),
    "RG3_UNC.dcm": ((1760, 1760), "MONOCHROME1 inverted"),
    "SC_rgb_small_odd.dcm": ((3, 3), "RGB colours converted to grey"),
    "XA1_JPLL.dcm": ((1024, 1024), "full range shown"),
    "examples_overlay.dcm": ((300, 484), "window 450/790"),
    "examples_palette.dcm": ((350, 800), "palette colours converted to grey"),
    "image_dfl.dcm": ((512, 512), "full range shown"),
    "mlut_18.dcm": ((512, 512), "modality LUT"),
    "vlut_04.dcm": ((512, 512), "VOI LUT"),
}
REFUSED = {
    "GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm": (UnreadableImage, "header could not be read"),
    "HasFragmentSequence.dcm": (UnsupportedImage, "96 frames"),
    "JPEG-lossy.dcm": (MissingDecoder, "pylibjpeg-libjpeg"),
    "JPEG2000-embedded-sequence-delimiter.dcm": (UnreadableImage, "damaged or cut short"),
    "MR_truncated.dcm": (UnreadableImage, "8130 of 8192 bytes"),
    "RG3_JPLY.dcm": (MissingDecoder, "pylibjpeg-libjpeg"),
    "badVR.dcm": (UnsupportedImage, "RTDOSE"),
    "emri_small.dcm": (UnsupportedImage, "10 frames"),
    "emri_small_jpeg_2k_lossless_too_short.dcm": (UnreadableImage, "cut short"),
    "examples_ybr_color.dcm": (UnsupportedImage, "30 frames"),
    "liver_1frame.dcm": (UnsupportedImage, "segmentation"),
    "meta_missing_tsyntax.dcm": (UnreadableImage, "its header lacks Rows"),
    "no_meta.dcm": (UnreadableImage, "no image was found"),
    "parametric_map_float.dcm": (UnsupportedImage, "computed values"),
    "rtdose.dcm": (UnsupportedImage, "RTDOSE"),
    "test-SR.dcm": (UnsupportedImage, "holds no image"),
}


@pytest.fixture
def folder(shared):
    return shared / "data" / "dicom"


def test_the_two_lists_name_every_file(folder):
    assert {path.name for path in find_images([folder])} == OPENS.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", OPENS)
def test_this_file_opens_and_says_what_was_done(folder, name):
    radiograph = read(folder / name)

    size, applied = OPENS[name]
    assert radiograph.size == size
    assert applied in radiograph.applied
    assert (radiograph.shown.min() >= 0) & (radiograph.shown.max() <= 1)
    assert np.isfinite(radiograph.pixels).all()


@pytest.mark.parametrize("name", REFUSED)
def test_this_file_gives_its_one_clear_error(folder, name):
    kind, words = REFUSED[name]

    with pytest.raises(kind, match=words) as caught:
        read(folder / name)

    assert name in str(caught.value)
    assert len(str(caught.value)) < 350


@pytest.mark.parametrize(
    ("name", "frame"), [("emri_small.dcm", 9), ("HasFragmentSequence.dcm", 95), ("examples_ybr_color.dcm", 29)]
)
def test_a_frame_of_a_multi_frame_file_can_be_chosen(folder, name, frame):
    first, last = read(folder / name, frame=0), read(folder / name, frame=frame)

    assert first.size == last.size
    assert first.content_hash != last.content_hash


def test_no_file_raises_a_warning(folder):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for path in find_images([folder]):
            try:
                read(path)
            except ImageError:
                continue

    assert heard == []


def test_a_spacing_of_zero_is_none_and_said(folder):
    radiograph = read(folder / "RG1_J2KI.dcm")

    assert radiograph.spacing is None
    assert "PixelSpacing 0.000/0.000 is no spacing" in radiograph.applied


def test_the_detectors_spacing_is_called_the_detectors(folder):
    assert read(folder / "CR-ModalitySequenceLUT.dcm").spacing == Spacing(0.15, 0.15, "ImagerPixelSpacing")
    assert read(folder / "RG2_JLSL.dcm").spacing == Spacing(0.2, 0.2, "PixelSpacing")


@pytest.mark.parametrize(
    ("name", "is_frontal"), [("RG1_J2KI.dcm", True), ("CR1_6154.dcm", False), ("RG2_JLSL.dcm", None)]
)
def test_the_view_is_told(folder, name, is_frontal):
    assert read(folder / name).view.is_frontal is is_frontal


def test_the_chest_comes_out_bone_bright(folder):
    """Beside the patient nothing absorbs: the upper corners of a chest radiograph are dark, its middle is bright."""
    radiograph = read(folder / "CR-MONO1-10-chest")

    corners = np.concatenate([radiograph.shown[:40, :40].ravel(), radiograph.shown[:40, -40:].ravel()])

    assert corners.mean() < radiograph.shown[200:, 200:240].mean()
