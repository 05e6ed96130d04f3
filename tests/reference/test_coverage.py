"""Every case of published code that is to be matched is held by a test."""

import importlib
from pathlib import Path

import pytest

from tests.reference.published import AREAS, HELD, manifest

TESTS = Path(__file__).resolve().parents[1]
DOCUMENTATION = TESTS.parent / "docs" / "published-code.md"

# Held by tests that stand beside the code that they are about.
HELD_ELSEWHERE = {
    "dicom.pixel_pipeline": "images/test_dicom_reference.py",
    "heatmaps.landmarker_gaussian": "engine/test_heatmaps.py",
    "heatmaps.mmpose_unbiased": "engine/test_heatmaps.py",
    "metrics.landmarker_point_error_resized": "evaluation/test_metrics.py",
    "metrics.landmarker_point_error_sdr": "evaluation/test_metrics.py",
    "metrics.monai_region": "engine/test_region_metrics.py",
    "metrics.scipy_bootstrap": "evaluation/test_statistics.py",
    "metrics.scipy_friedman_spearman": "evaluation/test_ranking.py",
    "metrics.scipy_wilcoxon": "evaluation/test_statistics.py",
    "metrics.split_conformal_radius": "evaluation/test_conformal.py",
    "metrics.split_conformal_simultaneous": "evaluation/test_conformal.py",
    "metrics.statsmodels_multipletests": "evaluation/test_statistics.py",
    "ssl.ema_update": "engine/test_trainee.py",
}


@pytest.fixture(scope="module", autouse=True)
def _all_tests_of_this_folder(shared: Path):  # noqa: ARG001, to skip where there are none
    for path in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(f"tests.reference.{path.stem}")


@pytest.mark.parametrize("area", AREAS)
def test_every_case_to_be_matched_is_held(area: str):
    wanted = {entry["function"] for entry in manifest(area) if entry["use"] == "match"}

    assert sorted(wanted - HELD - HELD_ELSEWHERE.keys()) == []


@pytest.mark.parametrize(("function", "path"), HELD_ELSEWHERE.items())
def test_the_tests_elsewhere_take_these_cases(function: str, path: str):
    text = (TESTS / path).read_text(encoding="utf-8")

    assert function.partition(".")[2] in text or f"{function.partition('.')[0]}.manifest.json" in text


@pytest.mark.parametrize("area", AREAS)
def test_the_documentation_names_every_function(area: str):
    text = DOCUMENTATION.read_text(encoding="utf-8")

    for function in {entry["function"] for entry in manifest(area)}:
        assert f"`{function}`" in text


@pytest.mark.parametrize("area", AREAS)
def test_the_documentation_says_what_is_done_instead_of_what_is_not_to_be_matched(area: str):
    text = DOCUMENTATION.read_text(encoding="utf-8").partition("## Not to be matched")[2]

    for function in {entry["function"] for entry in manifest(area) if entry["use"] != "match"}:
        assert f"`{function}`" in text
