"""Images that are watched while a network learns."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_kdland.engine.checkpoints import BEST_FILE, LAST_FILE, read_checkpoint
from napari_kdland.engine.prediction import Predictor
from napari_kdland.engine.probing import MOST_PROBES, ProbeImage
from napari_kdland.engine.small_maps import unpacked
from napari_kdland.events import Probed, run
from tests.engine.factories import PLACEMENT, a_recipe, a_training, events_of, some_data, with_channels, with_masks

PROBES = tuple(ProbeImage(f"image-{place}", place, PLACEMENT) for place in (6, 0, 4))


def probed(events):
    return [event for event in events if isinstance(event, Probed)]


def tensors(folder: Path, name: str):
    return read_checkpoint(folder / name).tensors


def test_what_is_seen_is_told_at_every_validation(tmp_path: Path):
    told = probed(events_of(a_training(tmp_path, probes=PROBES)))

    assert [event.step for event in told] == [2, 2, 2, 4, 4, 4]
    assert [event.image for event in told[:3]] == ["image-6", "image-0", "image-4"]
    assert all(len(event.points) == 2 for event in told)


def test_a_training_that_is_watched_learns_the_same_to_the_bit(tmp_path: Path):
    recipe = a_recipe("supervised", "student.dropout=0.2")
    run(a_training(tmp_path / "plain", recipe))
    run(a_training(tmp_path / "watched", recipe, probes=PROBES))

    for name in (LAST_FILE, BEST_FILE):
        plain, watched = (tensors(tmp_path / folder, name) for folder in ("plain", "watched"))
        assert plain.keys() == watched.keys()
        assert all(torch.equal(plain[key], watched[key]) for key in plain)


def test_what_is_told_last_is_what_the_run_predicts(tmp_path: Path):
    data = some_data(validation=0)

    told = probed(events_of(a_training(tmp_path, data=data, probes=PROBES[1:2])))

    (predicted,) = Predictor(tmp_path, device="cpu").predict(data.images[:1], [PLACEMENT])
    np.testing.assert_allclose(told[-1].points, predicted.landmarks.points, atol=0.05)
    np.testing.assert_allclose(unpacked(told[-1].heatmap), predicted.heatmaps.max(0), atol=0.01)


def test_no_setting_of_torch_stays_on_while_it_is_told(tmp_path: Path):
    for event in a_training(tmp_path, probes=PROBES):
        if isinstance(event, Probed):
            assert torch.is_grad_enabled()
            assert not torch.is_autocast_enabled("cpu")
            assert not torch.is_inference_mode_enabled()


def test_what_is_told_is_small_and_goes_to_other_processes(tmp_path: Path):
    (first, *_) = probed(events_of(a_training(tmp_path, probes=PROBES)))

    assert pickle.loads(pickle.dumps(first)) == first
    assert len(pickle.dumps(first)) < 20_000


def test_no_more_than_eight_are_watched(tmp_path: Path):
    many = tuple(ProbeImage(str(number), number % 8, PLACEMENT) for number in range(MOST_PROBES + 3))

    told = probed(events_of(a_training(tmp_path, probes=many)))

    assert len([event for event in told if event.step == 2]) == MOST_PROBES


def test_channels_go_to_the_network_as_in_training(tmp_path: Path):
    data, channels = with_channels(some_data()), 'input.channels=["plain","inverted"]'
    told = probed(events_of(a_training(tmp_path, a_recipe("supervised", channels), data=data, probes=PROBES)))

    images = np.stack((data.images[[6]], data.images[[6 + 8]]), axis=1)
    (predicted,) = Predictor(tmp_path, device="cpu").predict(images, [PLACEMENT])
    (last,) = (event for event in told if event.step == 4 and event.image == "image-6")
    assert predicted.heatmaps.shape[1:] == unpacked(last.heatmap).shape


@pytest.mark.parametrize("overlapping", [True, False])
def test_of_regions_alone_the_likeliest_is_told(tmp_path: Path, overlapping: bool):
    recipe = a_recipe("supervised", "heads.regions=true", "heads.landmarks=false")
    data = with_masks(some_data(), overlapping=overlapping)

    told = probed(events_of(a_training(tmp_path, recipe, data=data, probes=PROBES)))

    assert all(event.points == () for event in told)
    assert unpacked(told[0].heatmap).shape == (32, 32)
