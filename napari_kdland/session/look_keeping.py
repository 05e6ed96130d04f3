"""With which windows each project was looked at last, so that the next opening shows its images in the same way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Domain = Literal["values", "curve", "shares"]
# Windows of single images; those that were chosen first are forgotten.
_KEPT = 1000


@dataclass(frozen=True)
class Choice:
    """What the user wants: a preset by its title, and limits by hand, of values, of a curve or as shares of a range."""

    title: str
    limits: tuple[float, float] | None = None
    of: Domain = "values"


@dataclass(frozen=True)
class Looks:
    """How the images of a project are looked at.

    Parameters
    ----------
    of_images
        What was chosen for single images, by their number in the project, the latest last.
    for_all
        What was chosen for all others; `None` where nothing was.
    is_inverted
        Whether black is shown for white.
    """

    of_images: Mapping[int, Choice] = field(default_factory=dict)
    for_all: Choice | None = None
    is_inverted: bool = False

    def plain(self) -> dict[str, Any]:
        """Give it in values that JSON can hold; `looks_of` reads them."""
        latest = list(self.of_images.items())[-_KEPT:]
        return {
            "images": [[image_id, *_plain(choice)] for image_id, choice in latest],
            "all": None if self.for_all is None else _plain(self.for_all),
            "inverted": self.is_inverted,
        }


def looks_of(values: Mapping[str, Any]) -> Looks:
    """Read what `Looks.plain` gave.

    Raises
    ------
    ValueError, TypeError, KeyError
        If somebody has edited it by hand.
    """
    of_images = {int(image_id): _choice(*rest) for image_id, *rest in values["images"]}
    for_all = values["all"]
    return Looks(of_images, None if for_all is None else _choice(*for_all), bool(values["inverted"]))


def _plain(choice: Choice) -> list[Any]:
    return [choice.title, None if choice.limits is None else list(choice.limits), choice.of]


def _choice(title: str, limits: Any, of: Any) -> Choice:
    if of not in get_args(Domain):
        raise ValueError(f"{of} is no domain of limits")
    if limits is None:
        return Choice(str(title), None, of)
    low, high = limits
    return Choice(str(title), (float(low), float(high)), of)
