"""What changes while a network is trained, and how all of it is saved and restored exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from napari_kdland.engine import networks
from napari_kdland.engine.checkpoints import Checkpoint
from napari_kdland.engine.networks.base import Heads
from napari_kdland.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lightning_fabric import Fabric
    from torch import Tensor

    from napari_kdland.recipes import Recipe

    _Tensors = tuple[Tensor, ...] | list[Tensor]


class Trainee:
    """A network with its average, its optimiser, and where it stands.

    Parameters
    ----------
    recipe
        Names the backbone and the optimiser's settings.
    n_landmarks
        L.
    seed
        Of the first weights; two recipes with one seed and one backbone start from the same.
    fabric
        Gives device and precision.
    """

    def __init__(self, recipe: Recipe, n_landmarks: int, *, seed: int, fabric: Fabric) -> None:
        part = recipe.training
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.network = networks.build(recipe.student.backbone, Heads(n_landmarks))
        networks.laid_out(self.network, fabric.device)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=part.learning_rate, weight_decay=part.weight_decay, fused=True
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, max_lr=part.learning_rate, total_steps=part.steps + 1
        )
        self._fabric = fabric
        self.average = AveragedModel(self.network, multi_avg_fn=warmed_up(part.ema_decay))
        self.forward, self._stepper = fabric.setup(self.network, self._optimiser)
        self.predict = fabric.setup_module(self.average.module.eval())
        self.step = 0
        self.validated_at = -1
        self.best_step: int | None = None
        self.best_error_px: float | None = None

    @property
    def is_finite(self) -> bool:
        """Whether all weights still are numbers; waits for the device."""
        return bool(torch.stack([weight.isfinite().all() for weight in self.network.parameters()]).all().item())

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

    def whole(self, status: str) -> Checkpoint:
        """Give everything that a later process needs to go on as if it had never stopped."""
        states = self._optimiser.state_dict()
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= self.weights().tensors
        for number, state in states["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
        facts = self._facts() | {
            "status": status,
            "optimiser": states["param_groups"],
            "schedule": self._schedule.state_dict(),
        }
        return Checkpoint(tensors, facts)

    def weights(self) -> Checkpoint:
        """Give the averaged weights, which are what predicts."""
        tensors = {f"average.{name}": value for name, value in self.average.module.state_dict().items()}
        return Checkpoint(tensors, self._facts())

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where `whole` was taken.

        Raises
        ------
        RunError
            If the checkpoint is of another network.
        """
        facts = checkpoint.facts
        try:
            self.network.load_state_dict(checkpoint.part("network"))
            self.average.module.load_state_dict(checkpoint.part("average"))
            self._optimiser.load_state_dict(
                {"state": self._optimiser_state(checkpoint), "param_groups": facts["optimiser"]}
            )
            self._schedule.load_state_dict(facts["schedule"])
        except (RuntimeError, KeyError, ValueError) as error:
            first = " ".join(str(error).splitlines()[:2])
            raise RunError(f"The last checkpoint does not fit this recipe ({first}). Start a new run.") from error
        self.step, self.validated_at = facts["step"], facts["validated_at"]
        self.best_step, self.best_error_px = facts["best_step"], facts["best_error_px"]
        self.average.n_averaged.fill_(self.step)

    def _facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("step", "validated_at", "best_step", "best_error_px")}

    def _optimiser_state(self, checkpoint: Checkpoint) -> dict[int, dict[str, Tensor]]:
        state: dict[int, dict[str, Tensor]] = {}
        parameters = list(self.network.parameters())
        for name, value in checkpoint.part("optimiser").items():
            number, key = name.split(".")
            like = parameters[int(number)]
            # The fused optimiser walks memory, so moments must lie in memory as their weights do.
            laid = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            state.setdefault(int(number), {})[key] = laid
        return state


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
