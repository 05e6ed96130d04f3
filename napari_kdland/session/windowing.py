"""Between which grey values images are shown: presets and windows by hand, for each image, never in its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_kdland.images.presets import FULL, MIDDLE
from napari_kdland.session.look_keeping import Choice, Looks
from napari_kdland.session.memory import ShortMemory

if TYPE_CHECKING:
    from napari_kdland.images.presets import Preset
    from napari_kdland.session.album import Picture
    from napari_kdland.session.memory import Memory
    from napari_kdland.session.session import Session

# Narrower than this share of the usual range, a window is a threshold.
_NARROWEST = 1e-3


@dataclass(frozen=True)
class Look:
    """How one image is shown.

    Parameters
    ----------
    preset
        What it began with; its curve, if it has one, is in force.
    low, high
        What is black and what is white, as in `Preset`.
    """

    preset: Preset
    low: float
    high: float

    @property
    def is_by_hand(self) -> bool:
        """Whether the limits are the user's and not the preset's own."""
        return (self.low, self.high) != (self.preset.low, self.preset.high)


class Windowing:
    """The window of each image of the open project, and whether all are inverted.

    Parameters
    ----------
    session
        Whose image on screen it is about.
    memory
        Where it is kept from one opening of a project to the next; ends with this where none is given.

    Attributes
    ----------
    is_inverted
        Whether black is shown for white.
    changed
        Emits when the image on screen is to be shown through another window.
    turned
        Emits when it is to be inverted, or no more.
    """

    changed = Signal()
    turned = Signal()

    def __init__(self, session: Session, memory: Memory[Looks] | None = None) -> None:
        self._session = session
        self._memory = memory or ShortMemory()
        self._chosen: dict[int, Choice] = {}
        self._for_all: Choice | None = None
        self._kept = Looks()
        self.is_inverted = False
        session.project_changed.connect(self._recall)
        # Not at each step of a drag: that would write the user's settings so many times a second.
        session.image_changed.connect(self._keep)
        session.closing.connect(self._keep)

    def close(self) -> None:
        """Part from the session."""
        self._keep()
        self._session.project_changed.disconnect(self._recall)
        self._session.image_changed.disconnect(self._keep)
        self._session.closing.disconnect(self._keep)

    @property
    def presets(self) -> tuple[Preset, ...]:
        """What can be chosen for the image on screen; the first is what it is shown with until the user chooses."""
        picture = self._session.radiograph
        return () if picture is None else picture.presets

    @property
    def look(self) -> Look | None:
        """How the image on screen is shown; `None` where there is none."""
        record, picture = self._session.record, self._session.radiograph
        if record is None or picture is None:
            return None
        choice = self._chosen.get(record.image_id, self._for_all)
        return first_look(picture) if choice is None else _look(choice, picture)

    def choose(self, title: str) -> None:
        """Show the image on screen with one of its presets."""
        self._choose(Choice(title))

    def step(self) -> None:
        """Show the image on screen with its next preset."""
        look, presets = self.look, self.presets
        if look is not None:
            self.choose(presets[(presets.index(look.preset) + 1) % len(presets)].title)

    def set_limits(self, low: float, high: float) -> None:
        """Show the image on screen between two values, of the domain of its look; equal ones are moved apart."""
        look, picture = self.look, self._session.radiograph
        if look is None or picture is None:
            return
        least = _NARROWEST * _span(look.preset, picture)
        if high - low < least:
            middle = (low + high) / 2
            low, high = middle - least / 2, middle + least / 2
        if (low, high) != (look.low, look.high):
            self._choose(Choice(look.preset.title, (low, high), "values" if look.preset.curve is None else "curve"))

    def pull(self, start: Look, *, right: float, down: float) -> None:
        """Follow a drag of the mouse: to the right widens the window, down moves its centre up, and so darkens.

        Parameters
        ----------
        start
            The look when the mouse was pressed.
        right, down
            How far it has moved since; 1 stands for the usual range of the image's grey values.
        """
        picture = self._session.radiograph
        if picture is None:
            return
        span = _span(start.preset, picture)
        width = max(start.high - start.low + right * span, _NARROWEST * span)
        centre = (start.low + start.high) / 2 + down * span
        self.set_limits(centre - width / 2, centre + width / 2)

    def reset(self) -> None:
        """Show the image on screen as its file asks for, whatever is in force for the others."""
        if self.presets:
            self.choose(self.presets[0].title)

    def invert(self) -> None:
        """Show black for white in every image, or no more."""
        self.is_inverted = not self.is_inverted
        self._keep()
        self.turned.emit()

    def apply_to_all(self) -> None:
        """Show every image with what the one on screen is shown with.

        A preset is each image's own preset of that name. Limits by hand are the same values where they have a unit, and
        elsewhere the same shares of each image's own range from percentile 1 to 99. Images that have no such preset are
        shown as their file asks for.
        """
        record, picture, look = self._session.record, self._session.radiograph, self.look
        if record is None or picture is None or look is None:
            return
        self._chosen.clear()
        self._for_all = _for_all(look, picture)
        self.changed.emit()

    def _choose(self, choice: Choice) -> None:
        if self._session.record is not None:
            self._chosen.pop(self._session.record.image_id, None)  # so that the latest stands last
            self._chosen[self._session.record.image_id] = choice
            self.changed.emit()

    def _keep(self) -> None:
        project, looks = self._session.project, Looks(dict(self._chosen), self._for_all, self.is_inverted)
        if project is not None and looks != self._kept:
            self._memory.keep(project.path, looks)
            self._kept = looks

    def _recall(self) -> None:
        project = self._session.project
        self._kept = (None if project is None else self._memory.recall(project.path)) or Looks()
        self._chosen, self._for_all = dict(self._kept.of_images), self._kept.for_all
        if self.is_inverted != self._kept.is_inverted:
            self.is_inverted = self._kept.is_inverted
            self.turned.emit()


def first_look(picture: Picture) -> Look:
    """Give how a picture is shown until the user chooses."""
    preset = picture.presets[0]
    return Look(preset, preset.low, preset.high)


def _look(choice: Choice, picture: Picture) -> Look:
    preset = next((each for each in picture.presets if each.title == choice.title), None)
    if preset is None and choice.limits is not None and choice.of != "curve":
        preset = picture.preset(FULL)  # a window over the values themselves fits whatever it began with
    if preset is None:
        return first_look(picture)
    if choice.limits is None:
        return Look(preset, preset.low, preset.high)
    low, high = choice.limits
    if choice.of == "shares":
        start, span = _usual(picture)
        low, high = start + low * span, start + high * span
    return Look(preset, low, high)


def _for_all(look: Look, picture: Picture) -> Choice:
    if not look.is_by_hand:
        return Choice(look.preset.title)
    limits = look.low, look.high
    if look.preset.curve is not None:
        return Choice(look.preset.title, limits, "curve")
    if picture.unit:
        return Choice(look.preset.title, limits)
    start, span = _usual(picture)
    return Choice(look.preset.title, ((look.low - start) / span, (look.high - start) / span), "shares")


def _usual(picture: Picture) -> tuple[float, float]:
    """Give start and length of the range that all but the extremes of an image's values are in."""
    usual = picture.preset(MIDDLE)
    return usual.low, usual.high - usual.low


def _span(preset: Preset, picture: Picture) -> float:
    """Give what a drag over the whole canvas stands for: the usual range of the values, or all of a curve."""
    return 1.0 if preset.curve is not None else _usual(picture)[1]
