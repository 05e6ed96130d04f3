"""How much memory a step takes."""

import pytest
import torch

from napari_kdland.engine.costs import bytes_of_step
from napari_kdland.engine.networks.base import Heads
from tests.engine.factories import a_recipe

HEADS = Heads(2, 0)


def test_more_images_a_step_and_larger_ones_take_more():
    small = bytes_of_step(a_recipe("supervised", "training.labelled_batch=2"), HEADS)
    more = bytes_of_step(a_recipe("supervised", "training.labelled_batch=4"), HEADS)
    larger = bytes_of_step(a_recipe("supervised", "training.labelled_batch=2", "input.size=128"), HEADS)

    assert small < more < larger
    assert (larger - small) / (more - small) == pytest.approx(3, rel=0.1)


def test_images_taught_without_labels_count_as_well():
    alone = bytes_of_step(a_recipe("supervised", "training.labelled_batch=4"), HEADS)
    both = bytes_of_step(a_recipe("kd", "training.labelled_batch=2", "training.unlabelled_batch=2"), HEADS)

    assert alone == both


def test_two_peers_take_twice_as_much():
    cps = a_recipe("cps", "training.labelled_batch=2", "training.unlabelled_batch=2")

    assert bytes_of_step(cps, HEADS) == 2 * bytes_of_step(a_recipe("supervised", "training.labelled_batch=4"), HEADS)


def test_reckoning_draws_no_random_numbers_of_the_training():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)

    bytes_of_step(a_recipe(), HEADS)

    assert torch.rand(1) == expected
