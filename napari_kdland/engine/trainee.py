"""What changes while a network is trained, and how all of it is saved and restored exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from napari_kdland.engine import networks
from napari_kdland.engine.checkpoints import Checkpoint
from napari_kdland.engine.devices import drawn_from
from napari_kdland.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lightning_fabric import Fabric
    from torch import Tensor

    from napari_kdland.engine.networks.base import Heads, NetworkOutput
    from napari_kdland.recipes import Recipe

    _Tensors = tuple[Tensor, ...] | list[Tensor]

_DROPOUT = 1
_FACTS = ("step", "validated_at", "best_step", "best_error_px", "best_dice")


class Trainee:
    """A network with its average, its optimiser, and where it stands.

    Parameters
    ----------
    recipe
        Names the backbone and the optimiser's settings.
    heads
        What the network is asked for.
    n_channels
        C of the images.
    seed
        Of the first weights; two recipes with one seed and one backbone start from the same.
    fabric
        Gives device and precision.
    along
        What else is trained with the same optimiser: the loss, where it has weights of its own.
    start
        First weights, instead of random ones.

    Raises
    ------
    RunError
        If `start` is of another network.
    """

    def __init__(
        self,
        recipe: Recipe,
        heads: Heads,
        *,
        n_channels: int,
        seed: int,
        fabric: Fabric,
        along: nn.Module | None = None,
        start: dict[str, Tensor] | None = None,
    ) -> None:
        part = recipe.training
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = networks.build(
                recipe.student.backbone, heads, channels=n_channels, dropout=recipe.student.dropout
            )
        if start is not None:
            _load(self.network, start, "The run to begin with")
        networks.laid_out(self.network, fabric.device)
        self._along = (along or nn.Module()).to(fabric.device)
        self._parameters = [*self.network.parameters(), *self._along.parameters()]
        self._optimiser = torch.optim.AdamW(
            self._parameters, lr=part.learning_rate, weight_decay=part.weight_decay, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, max_lr=part.learning_rate, total_steps=part.steps + 1
        )
        self._fabric = fabric
        self._has_dropout = recipe.student.dropout > 0
        self._seed = seed
        self.average = AveragedModel(self.network, multi_avg_fn=warmed_up(part.ema_decay))
        self.average.requires_grad_(requires_grad=False)
        self._forward, self._stepper = fabric.setup(self.network, self._optimiser)
        self.predict = fabric.setup_module(self.average.module.eval())
        self.itself = AsItStands(self._forward)
        self.step = 0
        self.validated_at = -1
        self.best_step: int | None = None
        self.best_error_px: float | None = None
        self.best_dice: float | None = None

    def forward(self, images: Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
        """Give the network's output with gradient; what dropout drops is a pure function of seed and step."""
        asked = (images, taps) if taps else (images,)
        if not self._has_dropout:
            output: NetworkOutput = self._forward(*asked)
            return output
        with drawn_from(images.device, self._seed, self.step, _DROPOUT):
            drawn: NetworkOutput = self._forward(*asked)
        return drawn

    @property
    def is_finite(self) -> bool:
        """Whether all weights still are numbers; waits for the device."""
        return bool(torch.stack([weight.isfinite().all() for weight in self._parameters]).all().item())

    @property
    def learning_rate(self) -> float:
        """What the next step is taken with."""
        return float(self._schedule.get_last_lr()[0])

    def learn(self, loss: Tensor) -> None:
        """Take one optimiser step against a loss."""
        self._optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(loss)
        self._stepper.step()
        self._schedule.step()
        self.average.update_parameters(self.network)
        self.step += 1

    def whole(self, status: str, prefix: str = "") -> Checkpoint:
        """Give everything that a later process needs to go on as if it had never stopped; names begin with `prefix`."""
        states = self._optimiser.state_dict()
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"loss.{name}": value for name, value in self._along.state_dict().items()}
        tensors |= self.weights().tensors
        for number, state in states["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
        facts = self._facts() | {
            "status": status,
            "optimiser": states["param_groups"],
            "schedule": self._schedule.state_dict(),
        }
        return Checkpoint({prefix + name: value for name, value in tensors.items()}, facts)

    def weights(self) -> Checkpoint:
        """Give the averaged weights, which are what predicts."""
        tensors = {f"average.{name}": value for name, value in self.average.module.state_dict().items()}
        return Checkpoint(tensors, self._facts())

    def restore(self, checkpoint: Checkpoint, prefix: str = "") -> None:
        """Go back to where `whole` was taken.

        Raises
        ------
        RunError
            If the checkpoint is of another network.
        """
        facts = checkpoint.facts
        try:
            self.network.load_state_dict(checkpoint.part(f"{prefix}network"))
            self._along.load_state_dict(checkpoint.part(f"{prefix}loss"))
            self.average.module.load_state_dict(checkpoint.part(f"{prefix}average"))
            self._optimiser.load_state_dict(
                {
                    "state": self._optimiser_state(checkpoint.part(f"{prefix}optimiser")),
                    "param_groups": facts["optimiser"],
                }
            )
            self._schedule.load_state_dict(facts["schedule"])
        except (RuntimeError, KeyError, ValueError) as error:
            first = " ".join(str(error).splitlines()[:2])
            raise RunError(f"The last checkpoint does not fit this recipe ({first}). Start a new run.") from error
        for name in _FACTS:
            setattr(self, name, facts.get(name))
        self.average.n_averaged.fill_(self.step)

    def _facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FACTS}

    def _optimiser_state(self, saved: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in saved.items():
            number, key = name.split(".")
            like = self._parameters[int(number)]
            # The fused optimiser walks memory, so moments must lie in memory as their weights do.
            laid = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            state.setdefault(int(number), {})[key] = laid
        return state


class AsItStands(nn.Module):
    """A network that is in training, asked without gradient and without dropout, and left in training."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, taps: tuple[str, ...] = ()) -> NetworkOutput:
        """Give the network's own output."""
        self.network.eval()
        try:
            with torch.no_grad():
                output: NetworkOutput = self.network(images, taps)
        finally:
            self.network.train()
        return output


def _load(network: nn.Module, weights: dict[str, Tensor], whose: str) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        first = " ".join(str(error).splitlines()[:2])
        raise RunError(
            f"{whose} has another network than this recipe ({first}). Name a run of the same one."
        ) from error


def warmed_up(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Give the rule of an average that is a plain running mean at first: its decay is min(1 - 1 / (t + 1), decay).

    References
    ----------
    Tarvainen and Valpola 2017, Mean teachers are better role models, code.
    """

    def update(averaged: _Tensors, current: _Tensors, count: Tensor | int) -> None:
        average = get_ema_multi_avg_fn(min(1 - 1 / (int(count) + 1), decay))  # type: ignore[no-untyped-call]  # torch's
        average(averaged, current, count)

    return update
