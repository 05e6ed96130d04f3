"""Our reader against pixels and spacing that pydicom's own functions gave for real files."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.images import read
from napari_kdland.images.dicom.dataset import open_dataset
from napari_kdland.images.dicom.frames import decode
from napari_kdland.images.dicom.geometry import spacing_of
from napari_kdland.images.dicom.grey_scale import modality_values
from napari_kdland.images.silence import decoders_kept_quiet

FOLDER = Path(__file__).resolve().parents[3] / "shared"
MANIFEST = FOLDER / "reference" / "dicom.manifest.json"
CASES = json.loads(MANIFEST.read_text())["cases"] if MANIFEST.is_file() else []
ON_FILES = pytest.mark.parametrize("case", CASES, ids=lambda case: case["parameters"]["file"])

pytestmark = pytest.mark.skipif(not CASES, reason="the published numbers are not here")


@cache
def published_arrays():
    return np.load(MANIFEST.with_name("dicom.npz"))


def published(case, name):
    return published_arrays()[case["outputs"][name]["key"]]


def assert_agrees(case, stage, image):
    """Compare extremes, mean, spread, single pixels and the histogram of one stage of the pipeline."""
    image = np.asarray(image, dtype=np.float64)
    rows, columns = published(case, "positions_rc").T
    edges = published(case, f"{stage}_hist_edges")
    found = {
        "min_max_mean_std": [image.min(), image.max(), image.mean(), image.std()],
        "at_positions": image[rows, columns],
        "hist64": np.histogram(image.clip(*edges), 64, tuple(edges))[0],
    }
    for name, values in found.items():
        tolerance = case["tolerance"][f"{stage}_{name}"]
        # Single precision, in which pixels are kept, adds a few units in the seventh digit.
        assert_allclose(
            values,
            published(case, f"{stage}_{name}"),
            rtol=max(tolerance["rtol"], 2e-6),
            atol=max(tolerance["atol"], 2e-6 * abs(edges).max()),
            err_msg=f"{stage} {name}",
        )


def opened(case):
    path = FOLDER / "data" / "dicom" / case["parameters"]["file"]
    with decoders_kept_quiet():
        dataset, _ = open_dataset(path)
        dataset.NumberOfFrames = 1
        return path, dataset, decode(path.name, dataset, 0)


@ON_FILES
def test_stored_pixels_agree(case):
    _, _, stored = opened(case)

    assert_agrees(case, "stored", stored.values)


@ON_FILES
def test_modality_values_agree(case):
    path, dataset, stored = opened(case)

    assert_agrees(case, "modality", modality_values(path.name, stored, dataset).values)


@ON_FILES
def test_pixels_are_the_modality_values_turned_over_once_where_inverted(case):
    path, dataset, stored = opened(case)
    modality = modality_values(path.name, stored, dataset).values

    pixels = read(path).pixels

    slope = np.polyfit(modality.ravel()[::97], pixels.ravel()[::97], 1)[0]
    assert_allclose(slope, -1 if case["parameters"]["inverted"] else 1, atol=1e-4)


@ON_FILES
def test_what_is_shown_agrees(case):
    shown = read(opened(case)[0]).shown.astype(np.float64)

    if "VOI LUT" not in case["parameters"]["voi_step"] and "window_fraction_at_positions" in case["outputs"]:
        assert_agrees(case, "window_fraction", shown)
    else:
        assert_agrees(case, "displayed", (shown - shown.min()) / (shown.max() - shown.min()))


@ON_FILES
def test_spacing_agrees(case):
    _, dataset, _ = opened(case)

    spacing, _ = spacing_of(dataset)

    expected = next((row for row in published(case, "spacing_rows_PixelSpacing_Imager_Nominal") if row[0] > 0), None)
    found = None if spacing is None else [spacing.row_mm, spacing.column_mm]
    assert (found is None) == (expected is None)
    if found is not None:
        assert_allclose(found, expected, rtol=1e-6)


def test_one_radiograph_compressed_in_three_ways_is_one_image():
    names = ("RG3_UNC.dcm", "RG3_RLE.dcm", "RG3_J2KR.dcm")

    hashes = {read(FOLDER / "data" / "dicom" / name).content_hash for name in names}

    assert len(hashes) == 1
