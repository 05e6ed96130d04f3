"""The card of a run: what it is, what it learns from, where it runs, how far it is, and the last it told."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_kdland.gui.event_words import duration, log_tail, size
from napari_kdland.gui.tones import Tone
from napari_kdland.gui.widgets import scrolling, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.events import Event
    from napari_kdland.jobs import RunStory

_NOTHING = "Choose a run in the table to see its card: recipe, teachers, data, device, and what it told last."
_SHOWN_SETTINGS = 8
_LOG = "font-family: monospace; font-size: 11px; padding: 4px;"


class RunCard(QWidget):
    """Shows one run; while it trains here, its log goes on.

    Parameters
    ----------
    clock
        Gives seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._events: list[Event] = []
        self._story: RunStory | None = None
        self.facts, self.problem, self.log = words(_NOTHING), words(tone=Tone.ERROR), words()
        self.pace = words(tone=Tone.GOOD)
        self.log.setStyleSheet(_LOG)
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(4, 4, 4, 4)
        inner.setSpacing(4)
        for widget in (self.problem, self.pace, self.facts, self.log):
            inner.addWidget(widget)
        inner.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(content))
        self.clear()

    def clear(self) -> None:
        """Show no run."""
        self._events = []
        self._story = None
        self.facts.setText(_NOTHING)
        self.problem.hide()
        self.log.hide()
        self.tell_pace("")

    def show_story(self, story: RunStory) -> None:
        """Show a run."""
        self._story = story
        self._show_facts()
        self.problem.setText(story.problem)
        self.problem.setVisible(bool(story.problem))
        self._events = list(story.events)
        self._show_log()

    def _show_facts(self) -> None:
        story = self._story
        if story is None:
            return
        # Where it trains here, the line above tells of its silence, every second.
        heard = story if self.pace.isHidden() else replace(story, heard=None)
        rows = facts_of(heard, self._clock())
        cells = "".join(
            f"<tr><td style='padding-right: 10px'><i>{title}</i></td><td>{html.escape(text)}</td></tr>"
            for title, text in rows
        )
        self.facts.setText(f"<b>{html.escape(story.run.name)}</b><table>{cells}</table>")

    def tell_pace(self, text: str) -> None:
        """Say how far it is, how fast it goes and how long it will still take; empty where it does not train here."""
        has_turned = bool(text) == self.pace.isHidden()
        self.pace.setText(text)
        self.pace.setVisible(bool(text))
        if has_turned:
            self._show_facts()

    def hear(self, event: Event) -> None:
        """Let the log go on."""
        self._events = [*self._events[-200:], event]
        self._show_log()

    def _show_log(self) -> None:
        tail = log_tail(self._events)
        self.log.setText(tail)
        self.log.setVisible(bool(tail))


def facts_of(story: RunStory, now: float) -> list[tuple[str, str]]:
    """Give what the card says of a run, as (title, text); what nobody knows is left out."""
    run, recipe, data = story.run, story.recipe, story.data
    rows = [
        ("Status", _status(story, now)),
        ("Recipe", run.recipe if recipe is None else f"{recipe.title} ({recipe.name})"),
        ("Settings", _settings(story.settings)),
        ("Teachers", ", ".join(run.teachers)),
        ("Began with", run.start),
        ("Data", "" if data is None else f"{data.sha256[:12]} (the same hash is the same images and labels)"),
        (
            "Images",
            ""
            if data is None
            else f"{data.n_labelled} labelled, {data.n_unlabelled} unlabelled, {data.n_validation} to validate on",
        ),
        (
            "Labels",
            ""
            if data is None or not data.n_accepted
            else f"{data.n_placed} landmarks from readers and files, {data.n_accepted} accepted predictions",
        ),
        ("Seed", str(run.seed)),
        ("Device", _device(story)),
        ("Step", str(run.steps_done) if recipe is None else f"{run.steps_done} of {recipe.training.steps}"),
        ("Best", _best(story)),
        ("Beside teachers", _beside_teachers(story)),
        ("Taught", ", ".join(story.students)),
        ("On disk", size(run.size_bytes)),
    ]
    return [(title, text) for title, text in rows if text]


def _status(story: RunStory, now: float) -> str:
    run = story.run
    silence = ""
    if run.status == "running" and story.heard is not None:
        silence = f", last event {duration(max(0.0, now - story.heard))} ago"
    return f"{run.status}{silence}" + (f". {run.message}" if run.message else "")


def _settings(settings: tuple[str, ...] | None) -> str:
    if settings is None:
        return "those of your own recipe"
    more = len(settings) - _SHOWN_SETTINGS
    return ", ".join(settings[:_SHOWN_SETTINGS]) + (f" and {more} more" if more > 0 else "")


def _device(story: RunStory) -> str:
    if not story.device:
        return f"{story.run.device} (asked for)"
    free = "" if story.free_bytes is None else f"; {size(story.free_bytes)} of memory free"
    return f"{story.device}, {story.precision}{free}"


def _best(story: RunStory) -> str:
    run = story.run
    parts = [
        *([] if run.best_error_px is None else [f"{run.best_error_px:.2f} px on val"]),
        *([] if run.best_dice is None else [f"Dice {100 * run.best_dice:.1f} %"]),
    ]
    return ", ".join(parts)


def _beside_teachers(story: RunStory) -> str:
    """Say of each teacher how far it is better or worse on val, so that a student that fell behind is seen to have."""
    own = story.run.best_error_px
    return "" if own is None else ", ".join(_held_against(own, name, px) for name, px in story.teachers_px.items())


def _held_against(own: float, name: str, error_px: float) -> str:
    less = own - error_px
    if abs(less) < 0.005:
        return f"as good as {name} on val"
    return f"{abs(less):.2f} px {'worse' if less > 0 else 'better'} than {name} ({error_px:.2f} px) on val"
