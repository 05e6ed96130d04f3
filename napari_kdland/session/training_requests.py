"""What a reader asks to be trained, in a form that can wait in the project."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any

from napari_kdland import jobs
from napari_kdland.errors import KdlandError, RunError
from napari_kdland.recipes.shelf import recipe_from_values
from napari_kdland.session.foresight import Concerns, foreseen
from napari_kdland.session.isolation import in_child
from napari_kdland.session.job_runner import patiently
from napari_kdland.session.preparing import prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from napari_kdland.events import Job
    from napari_kdland.project import Project, RunRecord
    from napari_kdland.recipes import Recipe
    from napari_kdland.session.isolation import Isolation

_READ_SPLITS = ("train", "val", "pool")


@dataclass(frozen=True)
class TrainingRequest:
    """A new run, or one to go on with.

    Parameters
    ----------
    order
        What to train; of a run to go on with, its recipe and the device.
    resumes
        The run to go on with; empty for a new one.
    in_child
        Whether it trains in a process of its own.
    is_confirmed
        Whether it is to begin though the look ahead finds what may go wrong.
    """

    order: jobs.TrainingOrder
    resumes: str = ""
    in_child: bool = field(default=False)
    is_confirmed: bool = field(default=False)

    @property
    def title(self) -> str:
        """What it is called while it waits."""
        if self.resumes:
            return f"Resume {self.resumes}"
        order = self.order
        labels = "all labels" if order.labels is None else f"{order.labels} labels"
        parts = [order.recipe.title, labels, f"seed {order.seed}"]
        taught = [f"taught by {', '.join(order.teachers)}"] if order.teachers else []
        return f"{order.name}: {parts[0]}" if order.name else ", ".join([*parts, *taught])

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return self.order.recipe

    def plain(self) -> dict[str, Any]:
        """Give it in values that JSON can hold; `request_of` reads them."""
        order = {**_fields(self.order), "recipe": self.recipe.model_dump(mode="json")}
        return {"order": order, "resumes": self.resumes, "in_child": self.in_child, "is_confirmed": self.is_confirmed}

    def job(self, project_path: Path, apart: Isolation) -> Callable[[], Job[RunRecord | Concerns]]:
        """Give the job that trains it; images are decoded `apart` first where it trains in this process."""
        order, resumes = self.order, self.resumes
        train = partial(jobs.train_run, project_path, order)
        if resumes:
            train = partial(jobs.resume_run, project_path, resumes, device=order.device, probes=order.probes)
        job: Callable[[], Job[RunRecord | Concerns]]
        job = partial(foreseen, train, project_path, order, resumes=resumes, is_confirmed=self.is_confirmed)
        if self.in_child:
            return in_child(patiently(job))
        recipe = self.recipe
        channels = (*recipe.input.channels, *recipe.teacher.channels)
        return prepared(
            patiently(job), apart, project_path, size=recipe.input.size, splits=_READ_SPLITS, channels=channels
        )


def request_of(values: Mapping[str, Any]) -> TrainingRequest:
    """Read what `TrainingRequest.plain` gave.

    Raises
    ------
    RecipeError
        If the recipe cannot be used any more.
    KdlandError
        If a newer version of the program wrote it.
    """
    order = dict(values["order"])
    recipe = recipe_from_values(order.pop("recipe"), where="of a waiting training")
    try:
        lists = {key: tuple(value) for key, value in order.items() if isinstance(value, list)}
        return TrainingRequest(
            jobs.TrainingOrder(recipe, **{**order, **lists}),
            values.get("resumes", ""),
            bool(values.get("in_child")),
            bool(values.get("is_confirmed")),
        )
    except TypeError as error:
        raise KdlandError(
            f"A waiting training is of another version: {error}. Remove it and set it up again."
        ) from error


def name_of(values: Mapping[str, Any]) -> str:
    """Give the name that the run of `TrainingRequest.plain` was given; empty where it is to be made."""
    return str(values.get("order", {}).get("name") or "")


def device_of(values: Mapping[str, Any]) -> str:
    """Give the device that `TrainingRequest.plain` speaks of."""
    return str(values.get("order", {}).get("device", "auto"))


def resumption(
    project: Project, run: str, device: str, *, in_child: bool = False, probes: tuple[str, ...] = ()
) -> TrainingRequest:
    """Ask to go on with a run, and to watch images while it trains.

    Raises
    ------
    RunError, RecipeError
        If it is finished, its folder is gone, it trains now or waits to go on already, or the project does not know
        its recipe.
    """
    record = project.runs.get(run)
    if record.status == "done":
        raise RunError(f"The run {run} is finished after {record.steps_done} steps; there is nothing to resume.")
    if record.loss:
        raise RunError(record.loss)
    if run in project.runs.training_now():
        raise RunError(f"The run {run} is training. There is nothing to resume until it is stopped.")
    if run in {each.request.get("resumes") for each in project.waiting.all()}:
        raise RunError(f"The run {run} waits for its turn to go on already.")
    return TrainingRequest(jobs.TrainingOrder(project.runs.recipe_of(run), device=device, probes=probes), run, in_child)


def _fields(order: jobs.TrainingOrder) -> dict[str, Any]:
    values = {each.name: getattr(order, each.name) for each in fields(order)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
