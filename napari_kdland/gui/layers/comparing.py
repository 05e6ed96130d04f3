"""The compared runs in the viewer: a cell of napari's grid each, or all of them over the reader's radiograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.gui.compat import grid_of, name_overlay_of
from napari_kdland.gui.layers.conversion import error_lines, heat_image, heat_transform, marks_of
from napari_kdland.gui.layers.drawing import draw_errors, draw_like, draw_marks, draw_picture, draw_rims, lay, let_see

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool, RunGroup
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.project import Record
    from napari_kdland.session.album import Picture
    from napari_kdland.session.outlines import Outlined

_NO_HEAT = np.zeros((8, 8), np.float32)
OFF, CURRENT, MAXIMUM = "off", "current landmark", "maximum"


@dataclass(frozen=True)
class Scene:
    """The image on screen: its record and pixels, the readers' landmarks, the landmark the user works on.

    `masks` are the readers' regions; `None` where there are none.
    """

    record: Record
    radiograph: Picture
    truth: Landmarks
    current: str | None
    masks: Outlined | None = None


@dataclass(frozen=True)
class Shown:
    """What a run says of the image on screen.

    `heatmaps` (L, h, w) may be missing; `scale` and `translate` lay them on the image (see `Placement`). `masks`
    are `None` where the run knows no regions.
    """

    run: str
    style: Style
    landmarks: Landmarks
    heatmaps: NDArray[np.float16] | None = None
    scale: float = 1.0
    translate: tuple[float, float] = (0.0, 0.0)
    masks: Outlined | None = None


@dataclass(frozen=True)
class Wish:
    """How the runs are to be shown: side by side or not, which heatmap, errors or not, regions or not."""

    side_by_side: bool = True
    heatmap: str = MAXIMUM
    errors: bool = True
    regions: bool = True


class ComparedLayers:
    """Shows what several runs say of the image on screen.

    Parameters
    ----------
    viewer, pool
        Where, and in which layers.
    """

    def __init__(self, viewer: ViewerModel, pool: LayerPool) -> None:
        self._viewer = viewer
        self._pool = pool
        self._count = 0

    def show(self, scene: Scene, runs: list[Shown], wish: Wish) -> None:
        """Show runs; the layers of runs that were shown before and are not now are hidden."""
        groups = self._pool.runs(len(runs))
        for group, shown in zip(groups, runs, strict=True):
            let_see(group.radiograph, wish.side_by_side)
            if wish.side_by_side:
                draw_like(group.radiograph, self._pool.reader.radiograph)
            self._show_points(group, shown, scene, wish)
            self._show_heat(group, shown, wish, scene.current)
            self._show_rims(group, shown, scene, wish)
        self._name(groups, runs)
        self._arrange(wish.side_by_side and bool(runs), len(runs))

    def clear(self) -> None:
        """Hide the runs and leave the grid."""
        self._pool.runs(0)
        self._arrange(False, 0)

    def _show_points(self, group: RunGroup, shown: Shown, scene: Scene, wish: Wish) -> None:
        height = scene.record.size[0]
        draw_marks(group.landmarks, marks_of(shown.landmarks, shown.style, height=height))
        let_see(group.landmarks, self._pool.shows_runs)
        group.landmarks.text.visible = wish.side_by_side  # overlaid, the numbers of several runs hide each other
        errors = error_lines(shown.landmarks, scene.truth, spacing=scene.record.spacing, height=height)
        draw_errors(group.errors, errors)
        group.errors.edge_width = height / 250
        let_see(group.errors, wish.errors)

    def _show_heat(self, group: RunGroup, shown: Shown, wish: Wish, current: str | None) -> None:
        let_see(group.heatmap, wish.heatmap != OFF)
        if shown.heatmaps is None or not len(shown.heatmaps) or wish.heatmap == OFF:
            draw_picture(group.heatmap, _NO_HEAT)
            lay(group.heatmap, self._pool.frame)
            return
        index = shown.landmarks.names.index(current) if wish.heatmap == CURRENT and current is not None else None
        draw_picture(group.heatmap, heat_image(shown.heatmaps, index))
        scale, translate = heat_transform(self._pool.frame, shown.scale, shown.translate)
        lay(group.heatmap, self._pool.frame, scale=scale, translate=translate)

    def _show_rims(self, group: RunGroup, shown: Shown, scene: Scene, wish: Wish) -> None:
        """Show the run's regions, with gaps where they lie on the reader's; in a cell of its own the reader's below."""
        if group.masks is None or group.truth_masks is None:
            return
        own = shown.masks
        truth = None if own is None else scene.masks
        rims = None if own is None else (own.rims if wish.side_by_side else own.dashed)
        draw_rims(group.masks, rims)
        draw_rims(group.truth_masks, None if truth is None else truth.rims)
        let_see(group.masks, wish.regions)
        let_see(group.truth_masks, wish.regions and wish.errors and wish.side_by_side)

    def _name(self, groups: list[RunGroup], runs: list[Shown]) -> None:
        for group, shown in zip(groups, runs, strict=True):
            titles = (
                (group.radiograph, "radiograph"),
                (group.heatmap, "heatmap"),
                (group.truth_masks, "masks (reader)"),
                (group.masks, "masks"),
                (group.errors, "errors"),
                (group.landmarks, ""),
            )
            for layer, what in titles:
                if layer is None:
                    continue
                name = f"{shown.run} {what}".strip()
                if layer.name != name:
                    layer.name = name

    def _arrange(self, side_by_side: bool, count: int) -> None:
        grid = grid_of(self._viewer)
        has_changed = grid.enabled != side_by_side or (side_by_side and count != self._count)
        self._count = count
        if not has_changed:
            return
        if side_by_side:
            self._pool.bring_together()
            grid.stride = self._pool.group_size
            grid.shape = (-1, -1)
            grid.spacing = 4
        grid.enabled = side_by_side
        self._pool.place_channel(aside=not side_by_side)
        for group in self._pool.groups:
            name_overlay_of(group.landmarks).visible = side_by_side
        if self._pool.exists:
            self._viewer.reset_view()
