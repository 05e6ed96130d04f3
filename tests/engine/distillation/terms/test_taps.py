import pytest
import torch

from napari_kdland.engine.distillation.terms.feature_mse import FeatureMSE, feature_mse
from napari_kdland.engine.distillation.terms.taps import pooled, resized
from tests.engine.distillation.terms.factories import CHANNELS, a_teacher, a_term, an_output, held
from tests.engine.factories import noise


def a_feature_term(*taps: str) -> FeatureMSE:
    torch.manual_seed(0)
    return FeatureMSE(a_term("feature-mse", taps=taps), CHANNELS)


def test_an_adapter_stands_only_where_the_channels_differ():
    term = a_feature_term("low", "high")

    assert {name: tuple(adapter.weight.shape) for name, adapter in term.adapters.items()} == {"high": (9, 6, 1, 1)}


def test_an_adapter_is_trained_along():
    term = a_feature_term("high")

    term(held(an_output(), a_teacher())).backward()

    assert term.adapters["high"].weight.grad.abs().sum() > 0


def test_taps_add_up():
    given = held(an_output(), a_teacher())
    both = a_feature_term("low", "high")

    low, high = a_feature_term("low"), a_feature_term("high")
    high.load_state_dict(both.state_dict())
    torch.testing.assert_close(both(given), low(given) + high(given))


def test_of_several_members_it_is_the_mean():
    student, teacher = an_output(), a_teacher(members=3)

    value = a_feature_term("low")(held(student, teacher))

    alone = [feature_mse(student.taps["low"], taps["low"]) for taps in teacher.taps]
    torch.testing.assert_close(value, torch.stack(alone).mean())


def test_features_of_a_coarser_grid_are_brought_to_the_finer_one():
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)

    fine = resized(ramp, torch.zeros(1, 1, 8, 8))

    # Pixel centres: (x + 0.5) / 2 - 0.5, the border repeated.
    assert fine[0, 0, 0].tolist() == pytest.approx([0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3])


@pytest.mark.parametrize(
    ("side", "least", "expected"), [(16, 2, 8), (16, 1, 16), (128, 2, 32), (127, 1, 32), (9, 2, 5)]
)
def test_pooling_leaves_at_most_so_many_a_side(side: int, least: int, expected: int):
    assert pooled(noise(1, 2, side, side), least=least, side=32).shape == (1, 2, expected, expected)


def test_features_are_compared_in_single_precision_whatever_the_network_is_trained_in():
    student, teacher, term = an_output(), a_teacher(), a_feature_term("high")

    with torch.autocast("cpu", torch.bfloat16):
        value = term(held(student, teacher))

    adapted = term.adapters["high"](student.taps["high"])
    torch.testing.assert_close(value, feature_mse(adapted, teacher.taps[0]["high"]))
