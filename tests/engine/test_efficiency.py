import dataclasses
import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from napari_kdland.engine import efficiency, networks
from napari_kdland.engine.efficiency import Efficiency, measure
from napari_kdland.engine.networks.base import Backbone, Heads


class OneConvolution(Backbone):
    """9 multiplications for each of 32 x 32 x 3 values, and 2 more in the presence output."""

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(1, 3, 3, 2, 1), Heads(2, 1), {"bottleneck": 1}, channels=1)

    def maps_and_features(self, images: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        return self.body(images), {"bottleneck": images}


def measured(network: Backbone | None = None, **options: object) -> Efficiency:
    return measure(network or OneConvolution(), 64, **{"repeats": 3, **options})


def test_parameters_and_multiplications_are_those_counted_by_hand():
    found = measured()

    assert found.n_parameters == 3 * 9 + 3 + 2 + 2
    assert found.n_macs == 9 * 3 * 32 * 32 + 2


def test_the_file_is_as_large_as_the_one_that_is_written(tmp_path):
    network = networks.build("enet", Heads(2))
    save_file(network.state_dict(), tmp_path / "weights.safetensors")

    assert measured(network).file_bytes == (tmp_path / "weights.safetensors").stat().st_size


def test_the_time_is_the_median_of_the_repeats_after_a_warm_up(monkeypatch: pytest.MonkeyPatch):
    seconds = iter([0.0, 9.0] * efficiency._WARM_UP + [0.0, 0.001, 0.0, 0.002, 0.0, 0.004, 0.0, 0.008, 0.0, 0.003])
    monkeypatch.setattr(efficiency.time, "perf_counter", lambda: next(seconds))

    found = measured(repeats=5)

    assert found.median_ms == pytest.approx(3.0)
    assert found.quartiles_ms == pytest.approx((1.5, 6.0))


def test_the_circumstances_are_told():
    found = measured(precision="bfloat16")

    assert (found.size, found.channels, found.device, found.precision) == (64, 1, "cpu", "bfloat16")
    assert (found.threads, found.repeats) == (torch.get_num_threads(), 3)


def test_the_precision_is_that_of_the_convolutions():
    kinds = []
    network = OneConvolution()
    network.body.register_forward_hook(lambda _module, _inputs, output: kinds.append(output.dtype))

    measured(network, precision="bfloat16")

    assert kinds[-1] == torch.bfloat16


def test_a_network_stays_as_it_was():
    network = networks.build("enet", Heads(2)).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    measured(network)

    assert network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_network_of_several_channels_is_measured_on_them():
    assert measured(networks.build("tiny", Heads(2), channels=3)).channels == 3


def test_what_was_measured_goes_into_json_whole():
    found = measured()

    values = json.loads(json.dumps(found.to_json()))

    assert set(values) == {field.name for field in dataclasses.fields(Efficiency)}
    assert Efficiency(**{**values, "quartiles_ms": tuple(values["quartiles_ms"])}) == found
