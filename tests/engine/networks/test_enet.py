import pytest
import torch
from torch.nn import functional

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import Heads
from napari_kdland.engine.networks.enet import pool, unpool
from tests.engine.factories import noise


def test_pooling_gives_the_largest_of_four_and_where_it_was():
    image = torch.tensor([[1.0, 9.0, 0.0, 0.0], [3.0, 4.0, 0.0, 7.0]])[None, None]

    largest, places = pool(image)

    assert largest.tolist() == [[[[9.0, 7.0]]]]
    assert places.tolist() == [[[[1, 3]]]]


def test_unpooling_puts_values_where_torch_puts_them():
    features, values = noise(2, 3, 8, 6), noise(2, 3, 4, 3, seed=1)
    _, indices = functional.max_pool2d(features, 2, return_indices=True)

    put_back = unpool(values, pool(features)[1])

    torch.testing.assert_close(put_back, functional.max_unpool2d(values, indices, 2), rtol=0, atol=0)


def test_unpooling_passes_gradients_to_the_values_alone():
    values = noise(1, 2, 4, 4).requires_grad_()

    unpool(values, pool(noise(1, 2, 8, 8, seed=1))[1]).sum().backward()

    assert torch.equal(values.grad, torch.ones_like(values))


@pytest.mark.parametrize(("source", "user"), [("initial", "up_5"), ("stage_1", "up_4")])
def test_values_go_back_to_where_the_way_down_had_its_largest(source: str, user: str):
    network = networks.build("enet", Heads(2)).eval()
    seen: dict[str, torch.Tensor] = {}
    network.body[source].register_forward_hook(lambda _module, _inputs, output: seen.update(source=output))
    network.body[user].register_forward_pre_hook(lambda _module, inputs: seen.update(places=inputs[1]))

    network(noise(1, 1, 64, 64))

    assert torch.equal(seen["places"], pool(seen["source"])[1])


def test_all_bottlenecks_of_the_paper_take_part():
    names = {name for name, _ in networks.build("enet", Heads(2)).named_modules()}

    stages = {"stage_1": 4, "stage_2": 8, "stage_3": 8, "stage_4": 2, "stage_5": 1}
    assert all(f"body.{stage}.{count - 1}" in names for stage, count in stages.items())
    assert not any(f"body.{stage}.{count}" in names for stage, count in stages.items())
