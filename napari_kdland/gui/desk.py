"""What every panel is given: the viewer, the session, the runner, the layers, and a way to speak to the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psygnal import Signal

from napari_kdland.errors import KdlandError
from napari_kdland.gui.actions import Actions
from napari_kdland.gui.known_names import KnownNames
from napari_kdland.gui.layers.badge import Badge
from napari_kdland.gui.layers.beside import CompanionLayers
from napari_kdland.gui.layers.binding import ReaderBinding
from napari_kdland.gui.layers.comparing import ComparedLayers
from napari_kdland.gui.layers.greys import GreyLayers
from napari_kdland.gui.layers.keeping import LayerKeeper
from napari_kdland.gui.layers.mouse_sharing import MouseSharing
from napari_kdland.gui.layers.painting import PaintLayer
from napari_kdland.gui.layers.pool import LayerPool
from napari_kdland.gui.layers.proofreading import ProofLayer
from napari_kdland.gui.layers.ruler import Ruler
from napari_kdland.gui.layers.watching import WatchedLayer
from napari_kdland.gui.layers.window_drag import WindowDrag
from napari_kdland.gui.pointer import Pointer
from napari_kdland.session.companions import Companions
from napari_kdland.session.copying import Copying
from napari_kdland.session.forecasts import Forecasts
from napari_kdland.session.isolation import here
from napari_kdland.session.judging import Judging
from napari_kdland.session.painting import Painting
from napari_kdland.session.probes import Probes
from napari_kdland.session.proofreading import Proofreading
from napari_kdland.session.training_queue import TrainingQueue
from napari_kdland.session.windowing import Windowing

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.session.isolation import Isolation
    from napari_kdland.session.job_runner import JobRunner
    from napari_kdland.session.look_keeping import Looks
    from napari_kdland.session.memory import Memory
    from napari_kdland.session.session import Session


class Desk:
    """The things on the desk.

    Attributes
    ----------
    viewer, session, runner
        As given.
    first
        Where files are read that the user waits for.
    second
        Where thumbnails are made.
    apart
        Where long work on many files is done, whose decoders would stop the window in its own process.
    pool, binding, compared
        Our layers, the reader's edits in them, and the compared runs.
    windowing
        Between which grey values images are shown.
    badge
        Says over the image what was done to it.
    companions
        Region masks and further channels of the image on screen.
    painting, brush
        The regions that the reader paints, and the layer in which that is done.
    forecasts
        What runs say of images.
    trainings
        The training that runs, and those that wait.
    copying
        Starting points from other images, runs and the mean shape.
    probes
        The images that are watched while it runs.
    pointer, ruler
        What goes with the mouse over the canvas, and what measures there.
    proofreading, judging
        The review queue with the predictions on screen, and the reader's word on them.
    proof_layer, watched
        These predictions on the image, and what a training finds in it that is watched.
    mouse
        Whose the mouse is: ours, or a tool of napari's.
    actions
        What keys and buttons do.
    names
        The names of images, to be taken out of what is copied into a bug report.
    is_closing
        Whether the plugin is on its way out, so that nothing new is begun.
    said
        Emits (text, is_error) for the line at the foot of the window.
    wanted
        Emits the name of a panel that should come to the front.
    tour_wanted
        Emits when the user asks for the tour, or should be offered it.
    training_wanted
        Emits the `NextRound` that should be trained, once the Train panel is in front.
    """

    said = Signal(str, bool)
    wanted = Signal(str)
    tour_wanted = Signal()
    training_wanted = Signal(object)

    def __init__(
        self,
        viewer: ViewerModel,
        session: Session,
        runner: JobRunner,
        *,
        first: Isolation = here,
        second: Isolation = here,
        apart: Isolation = here,
        looks: Memory[Looks] | None = None,
    ) -> None:
        self.viewer = viewer
        self.session = session
        self.runner = runner
        self.first = first
        self.second = second
        self.apart = apart
        self.names = KnownNames(session)
        self.pool = LayerPool(viewer)
        self.windowing = Windowing(session, looks)
        self._greys = GreyLayers(session, self.pool, self.windowing)
        self.binding = ReaderBinding(viewer, session, self.pool, self._greys, self.refuse)
        self.badge = Badge(viewer, session, self.windowing)
        self._drag = WindowDrag(self.windowing)
        viewer.mouse_drag_callbacks.append(self._drag)
        # After the binding: whoever hears of an image's masks finds the image on screen.
        self.companions = Companions(session, runner, where=first)
        self.painting = Painting(session)
        self._beside = CompanionLayers(viewer, session, self.pool, self.companions, self.painting)
        self.forecasts = Forecasts(runner)
        self.trainings = TrainingQueue(session, runner, apart=apart)
        self.copying = Copying(session, runner)
        self.probes = Probes(session, runner)
        self.compared = ComparedLayers(viewer, self.pool)
        self.pointer = Pointer(viewer, session, self.pool)
        self.ruler = Ruler(viewer, session, self.pool, self.say, self.pointer.name_tool)
        # After the binding, too: the image is on screen before its predictions.
        self.proofreading = Proofreading(session)
        self.judging = Judging(session, self.proofreading)
        drawn = self.compared.style_of
        self.proof_layer = ProofLayer(viewer, session, self.pool, self.proofreading, self.judging, self.refuse, drawn)
        self.watched = WatchedLayer(
            session,
            self.pool,
            self.badge,
            probes=self.probes,
            trainings=self.trainings,
            proofreading=self.proofreading,
            compared=self.compared,
        )
        self.compared.switched.connect(self.proof_layer.give_way)
        self.compared.switched.connect(self.binding.stand_beside)
        # Last of all who listen to the mouse: a click on a line or a prediction places nothing.
        self.mouse = MouseSharing(viewer, self.pool, self.binding.hand, self.say)
        self.actions = Actions(self)
        self.brush = PaintLayer(self)
        self._keeper = LayerKeeper(self)
        self.is_closing = False
        self._listen()

    def say(self, text: str) -> None:
        """Tell the user something."""
        self.said.emit(text, False)

    def refuse(self, text: str) -> None:
        """Tell the user why something was not done."""
        self.said.emit(text, True)

    def attempt(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
        """Do something that may be refused; a refusal is shown. Gives whether it was done."""
        try:
            action(*args, **kwargs)
        except KdlandError as error:
            self.refuse(str(error))
            return False
        return True

    def _listen(self) -> None:
        session = self.session
        session.keeper.recalled.connect(self.say)
        for part in (session, self.companions, self.painting, self.forecasts, self.trainings, self.copying):
            part.refused.connect(self.refuse)
        self.pool.undone.connect(self._on_undone)
        session.project_changed.connect(self.forecasts.forget)
        session.runs_changed.connect(self.forecasts.forget)
        session.blind.changed.connect(self._on_blind)

    def _on_undone(self) -> None:
        self.refuse(
            "What a run predicts stays as it is: napari's tools cannot change it. Esc gives the mouse back; then a "
            "click places your own landmark, and in Proofread a drag corrects the prediction."
        )

    def _on_blind(self) -> None:
        self.forecasts.hide(self.session.blind.is_on)

    def close(self) -> None:
        """Part layers and session."""
        self.session.refused.disconnect(self.refuse)
        self._keeper.close()
        self.mouse.close()
        self.session.keeper.recalled.disconnect(self.say)
        self.brush.close()
        self.painting.close()
        self.actions.close()
        self.pointer.close()
        self.ruler.close()
        self.watched.close()
        self.proof_layer.close()
        self.viewer.mouse_drag_callbacks.remove(self._drag)
        self.badge.close()
        self.binding.close()
        self._greys.close()
        self.windowing.close()
        self.compared.close()
        self._beside.close()
        self.companions.close()
