import pytest
import torch
from torch import nn

from napari_kdland.engine import networks
from napari_kdland.engine.networks.base import LEVELS, STRIDE, TAPS, Heads
from napari_kdland.errors import UsageError
from tests.engine.factories import noise
from tests.engine.networks.factories import DOCUMENTATION, FACTORIES, NAMES, a_network

every_backbone = pytest.mark.parametrize("name", NAMES)
every_entry = pytest.mark.parametrize("entry", networks.BACKBONES, ids=lambda entry: entry.name)

# Millions of parameters of the EMKD work's published networks, with 20 maps.
PUBLISHED = {"enet": 0.35, "mobilenetv2": 2.28, "resnet18": 11.19, "ra-unet": 22.15}


def n_millions(name: str) -> float:
    return sum(weight.numel() for weight in a_network(name, Heads(20)).parameters()) / 1e6


@every_backbone
def test_maps_are_at_half_resolution_landmarks_and_regions_apart(name: str):
    output = a_network(name, Heads(2, 3)).eval()(noise(1, 1, 64, 96))

    assert output.logits.shape == (1, 2, 64 // STRIDE, 96 // STRIDE)
    assert output.regions.shape == (1, 3, 64 // STRIDE, 96 // STRIDE)
    assert output.presence.shape == (1, 2)
    assert all(value.isfinite().all() for value in output[:3])


@every_backbone
def test_the_first_maps_are_those_of_landmarks(name: str):
    network = a_network(name, Heads(2, 3)).eval()

    output = network(noise(1, 1, 64, 64))

    maps, _ = network.maps_and_features(noise(1, 1, 64, 64))
    assert torch.equal(torch.cat((output.logits, output.regions), dim=1), maps)


@every_backbone
@pytest.mark.parametrize("heads", [Heads(2, 0), Heads(0, 2)], ids=["landmarks alone", "regions alone"])
def test_what_was_not_asked_for_is_empty(name: str, heads: Heads):
    output = a_network(name, heads).eval()(noise(1, 1, 64, 64))

    assert output.logits.shape == (1, heads.n_landmarks, 32, 32)
    assert output.presence.shape == (1, heads.n_landmarks)
    assert output.regions.shape == (1, heads.n_region_channels, 32, 32)


@every_backbone
@pytest.mark.parametrize("channels", [2, 5])
def test_images_may_have_any_number_of_channels(name: str, channels: int):
    network = a_network(name, channels=channels).eval()

    output = network(noise(1, channels, 64, 64))

    assert output.logits.shape == (1, 2, 32, 32)
    assert network.channels == channels


@every_backbone
def test_every_channel_is_looked_at(name: str):
    images = noise(2, 3, 64, 64).requires_grad_()

    a_network(name, channels=3)(images).logits.square().sum().backward()

    assert (images.grad.abs().amax(dim=(0, 2, 3)) > 0).all()


@every_backbone
def test_features_come_by_name_at_their_strides_with_the_channels_that_are_told(name: str):
    network = a_network(name).eval()

    taps = network(noise(1, 1, 64, 64), taps=tuple(network.tap_channels)).taps

    assert {tap: features.shape[1] for tap, features in taps.items()} == network.tap_channels
    assert set(TAPS) < set(taps) <= {*TAPS, *LEVELS}
    strides = {tap: 64 // features.shape[-1] for tap, features in taps.items()}
    assert (strides["low"], strides["high"]) == (2, 8)
    assert all(strides[level] == int(level.removeprefix("up-")) for level in LEVELS if level in taps)
    assert taps["bottleneck"].shape[-1] <= taps["high"].shape[-1]


@every_backbone
def test_features_that_nobody_asked_for_are_not_kept(name: str):
    assert a_network(name).eval()(noise(1, 1, 64, 64)).taps == {}


@every_backbone
def test_every_weight_learns_from_maps_and_presence(name: str):
    network = a_network(name).train()
    output = network(noise(2, 1, 64, 64))

    sum(value.square().mean() for value in output[:3]).backward()

    missing = [name for name, weight in network.named_parameters() if weight.grad is None]
    assert not missing
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


@every_backbone
@pytest.mark.parametrize("tap", TAPS)
def test_a_loss_on_a_feature_reaches_the_first_weights(name: str, tap: str):
    network = a_network(name).train()

    network(noise(2, 1, 64, 64), taps=(tap,)).taps[tap].square().mean().backward()

    first = next(weight for weight in network.parameters() if weight.ndim == 4)
    assert first.grad.isfinite().all()
    assert first.grad.abs().sum() > 0


@every_backbone
def test_images_of_a_batch_do_not_influence_each_other(name: str):
    network = a_network(name).eval()
    images = noise(2, 1, 64, 64)

    together, alone = network(images).logits[1], network(images[1:]).logits[0]

    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


@every_backbone
def test_one_image_alone_can_be_learnt_from(name: str):
    assert a_network(name).train()(noise(1, 1, 64, 64)).logits.isfinite().all()


@every_backbone
def test_a_network_that_predicts_learns_nothing(name: str):
    network = a_network(name, dropout=0.2).eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}

    first, second = (network(noise(1, 1, 64, 64)).logits for _ in range(2))

    assert torch.equal(first, second)
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@every_backbone
def test_the_order_of_memory_changes_no_value(name: str):
    network = a_network(name).eval()
    images = noise(2, 1, 64, 64)

    plain = network(images).logits
    reordered = network.to(memory_format=torch.channels_last)(images.to(memory_format=torch.channels_last)).logits

    torch.testing.assert_close(reordered, plain, atol=1e-4, rtol=1e-4)


@every_backbone
def test_a_step_in_bfloat16_has_finite_gradients(name: str):
    network = a_network(name).train()

    with torch.autocast("cpu", torch.bfloat16):
        output = network(noise(2, 1, 64, 64), taps=TAPS)
    sum(value.float().square().mean() for value in (*output[:3], *output.taps.values())).backward()

    assert output.logits.dtype == torch.bfloat16
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


@every_backbone
def test_dropout_layers_drop_channels_at_the_rate_that_was_asked_for(name: str):
    layers = [module for module in a_network(name, dropout=0.2).modules() if "Dropout" in type(module).__name__]

    assert {layer.p for layer in layers if isinstance(layer, nn.Dropout2d)} == {0.2}
    assert not any(layer.p for layer in layers if not isinstance(layer, nn.Dropout2d))


@every_backbone
def test_without_dropout_training_and_predicting_have_the_same_layers(name: str):
    assert not any(isinstance(module, nn.Dropout2d) for module in a_network(name).modules())


@pytest.mark.parametrize(("name", "millions"), PUBLISHED.items())
def test_networks_of_the_emkd_work_have_as_many_parameters_as_published(name: str, millions: float):
    assert n_millions(name) == pytest.approx(millions, rel=0.05)


@every_entry
def test_the_documentation_has_a_row_with_the_parameters_of_every_backbone(entry):
    rows = DOCUMENTATION.read_text(encoding="utf-8").splitlines()
    row = next(cells for line in rows if (cells := line.split(" | "))[0] == f"| `{entry.name}`")

    assert float(row[2]) == pytest.approx(n_millions(entry.name), abs=0.005)


def test_a_seed_gives_the_same_weights():
    built = []
    for _ in range(2):
        torch.manual_seed(3)
        built.append(networks.build("enet", Heads(2)).state_dict())

    assert all(torch.equal(built[0][key], built[1][key]) for key in built[0])


def test_a_backbone_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(UsageError, match=r"no backbone 'huge'. There are: tiny, light, teacher, large, enet"):
        networks.build("huge", Heads(2))


def test_the_menu_leads_to_the_networks_that_are_tested():
    assert {entry.name for entry in networks.BACKBONES} <= set(FACTORIES)
