"""Dropout while predicting, and nothing else as in training: one network asked again gives another answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def dropout_on(network: nn.Module) -> Iterator[None]:
    """Let a network's dropout layers drop, and restore them afterwards.

    Norms stay as they were: a network put into training mode as a whole would take its norms from the batch, and
    change their running statistics. What is dropped comes from torch's random state of the device.

    Parameters
    ----------
    network
        Whose layers; without dropout layers it gives the same answer every time.

    References
    ----------
    Gal and Ghahramani 2016, Dropout as a Bayesian approximation, section 4.
    """
    layers = [module for module in network.modules() if isinstance(module, nn.Dropout | nn.Dropout2d)]
    before = [layer.training for layer in layers]
    for layer in layers:
        layer.train()
    try:
        yield
    finally:
        for layer, was_training in zip(layers, before, strict=True):
            layer.train(was_training)
