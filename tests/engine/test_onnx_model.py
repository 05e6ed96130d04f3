import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from napari_kdland.engine import onnx_model
from napari_kdland.engine.onnx_model import OnnxModel, write_onnx
from napari_kdland.engine.prediction import Predictor
from napari_kdland.errors import RunError, UsageError
from tests.engine.factories import (
    NAMES,
    PLACEMENT,
    REGIONS,
    a_recipe,
    a_run,
    some_data,
    some_images,
    some_points,
    with_masks,
)

N_IMAGES = 3
EXCLUSIVE = with_masks(some_data(), overlapping=False)


@pytest.fixture(scope="module")
def seen() -> np.ndarray:
    return some_images(some_points(N_IMAGES))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that knows landmarks, and regions that exclude each other."""
    recipe = a_recipe("supervised", "heads.regions=true")
    return a_run(tmp_path_factory.mktemp("runs") / "both", recipe, EXCLUSIVE, regions=REGIONS)


@pytest.fixture(scope="module")
def model(folder: Path, seen: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    return write_onnx(folder, tmp_path_factory.mktemp("exported") / "model.onnx", seen[:, None])


def asked(model: OnnxModel, seen: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.path, providers=["CPUExecutionProvider"])
    grey = seen[:, None].astype(np.float32) / 65535
    return dict(zip(model.outputs, session.run(list(model.outputs), {"image": grey}), strict=True))


@pytest.mark.parametrize("n_images", [1, N_IMAGES])
def test_the_file_finds_what_the_run_finds(folder: Path, model: OnnxModel, seen: np.ndarray, n_images: int):
    predictor = Predictor(folder, device="cpu")

    given = asked(model, seen[:n_images])
    wanted = predictor.predict(seen[:n_images], [PLACEMENT] * n_images)

    for number, prediction in enumerate(wanted):
        in_image = PLACEMENT.from_input(given["landmarks_xy"][number, :, ::-1])
        np.testing.assert_allclose(in_image, prediction.landmarks.points, atol=0.05)
        np.testing.assert_allclose(given["confidence"][number], prediction.landmarks.confidence, atol=1e-4)
        np.testing.assert_allclose(given["heatmaps"][number], prediction.heatmaps, atol=1e-3)
        variance = np.trace(given["covariance_xy"][number], axis1=-2, axis2=-1) / 2 / PLACEMENT.scale**2
        np.testing.assert_allclose(np.sqrt(variance), prediction.landmarks.sd_px, rtol=1e-3)


def test_the_file_names_what_it_takes_and_gives(folder: Path, model: OnnxModel):
    session = onnxruntime.InferenceSession(model.path, providers=["CPUExecutionProvider"])
    told = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}

    assert told["kdland.landmarks"] == list(NAMES)
    assert told["kdland.regions"] == ["background", *REGIONS]
    assert told["kdland.input_px"] == Predictor(folder, device="cpu").size
    assert session.get_inputs()[0].shape == ["batch", 1, 64, 64]
    assert [output.name for output in session.get_outputs()] == list(model.outputs)
    assert str(folder.parent) not in model.path.read_bytes().decode("latin-1")


def test_regions_that_exclude_each_other_come_as_shares_of_one(model: OnnxModel, seen: np.ndarray):
    np.testing.assert_allclose(asked(model, seen)["regions"].sum(axis=1), 1, atol=1e-5)


def test_a_file_that_answers_otherwise_is_not_written(
    model: OnnxModel, seen: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    other = a_run(tmp_path / "other", a_recipe("supervised", "heads.regions=true"), EXCLUSIVE, regions=REGIONS, seed=7)
    content = model.path.read_bytes()
    monkeypatch.setattr(onnx_model, "_as_onnx", lambda *_: content)

    with pytest.raises(RunError, match=r"differ by .* Nothing was written"):
        write_onnx(other, tmp_path / "model.onnx", seen[:, None])

    assert not (tmp_path / "model.onnx").exists()


def test_a_decoder_that_onnx_cannot_say_is_named_with_a_way_out(seen: np.ndarray, tmp_path: Path):
    folder = a_run(tmp_path / "fitted", a_recipe("supervised", "decoding.kind=gaussian-fit"))

    with pytest.raises(RunError, match=r"gaussian-fit.*--decoder dark"):
        write_onnx(folder, tmp_path / "model.onnx", seen[:, None])


def test_another_decoder_is_built_in_and_a_run_of_landmarks_has_no_regions(seen: np.ndarray, tmp_path: Path):
    model = write_onnx(a_run(tmp_path / "run"), tmp_path / "model.onnx", seen[:, None], decoder="argmax")

    assert "regions" not in model.outputs
    on_heatmap = (asked(model, seen)["landmarks_xy"] + 0.5) / 2 - 0.5

    np.testing.assert_array_equal(on_heatmap, np.rint(on_heatmap))


def test_an_unknown_decoder_is_answered_with_those_that_there_are(folder: Path, tmp_path: Path):
    with pytest.raises(UsageError, match="soft-argmax"):
        write_onnx(folder, tmp_path / "model.onnx", some_images(some_points(1))[:, None], decoder="magic")


def test_a_missing_package_is_named_with_the_line_that_installs_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(onnx_model, "find_spec", lambda name: None if name == "onnxscript" else object())

    with pytest.raises(UsageError, match=r"needs onnxscript\. .*pip install 'napari-kdland\[onnx\]'"):
        write_onnx(folder, tmp_path / "model.onnx", some_images(some_points(1))[:, None])
