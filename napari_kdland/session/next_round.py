"""From proofreading to the next training: the labelled images of the pool join those that are trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_kdland.session.session import Session


@dataclass(frozen=True)
class NextRound:
    """What the next training is to be like.

    Parameters
    ----------
    run
        The run whose recipe, teachers and settings are taken, with all labels there are now.
    n_joined
        Images of the pool that were put into train for it.
    """

    run: str
    n_joined: int


def joining(session: Session) -> list[int]:
    """Give the images of the pool that have labels by now."""
    project = session.project
    return [] if project is None else project.annotations.labelled_ids("pool")


def prepare(session: Session, run: str, *, joins: bool) -> NextRound:
    """Put the labelled images of the pool into train, where that is wanted, and say what the next training is like.

    Raises
    ------
    RunError
        If there is no such run.
    PartedPatient, ProjectError
        If the images cannot be put there; nothing is changed.
    """
    project = session.the_project()
    project.runs.get(run)
    image_ids = joining(session) if joins else []
    if image_ids:
        project.splits.assign_many(dict.fromkeys(image_ids, "train"))
        session.reload_images()
    return NextRound(run, len(image_ids))
