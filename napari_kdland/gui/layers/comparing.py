"""The compared sources in the viewer: a cell of napari's grid each, or all or two of them over the one radiograph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from napari_kdland.gui.compat import colorbar_of, grid_of, name_overlay_of
from napari_kdland.gui.layers.conversion import Strokes, error_lines, heat_image, heat_transform, marks_of
from napari_kdland.gui.layers.difference import Heat, difference, look_like_difference, look_like_heat
from napari_kdland.gui.layers.drawing import draw_like, draw_marks, draw_picture, draw_rims, draw_strokes, lay, let_see
from napari_kdland.gui.layers.ellipses import discs, ellipses
from napari_kdland.gui.layers.grid import best_shape
from napari_kdland.gui.layers.scene import CURRENT, OFF, Scene, Shown, Spread, View, Wish
from napari_kdland.gui.layers.style import HUMAN, readable
from napari_kdland.gui.layers.swipe import WHOLE, Part, SplitHandle, parts_of, split_line

if TYPE_CHECKING:
    from napari_kdland.gui.compat import Points, ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool, RunGroup
    from napari_kdland.gui.layers.style import Style

_NO_HEAT = np.zeros((8, 8), np.float32)


class ComparedLayers:
    """Shows what several sources say of the image on screen.

    Parameters
    ----------
    viewer, pool
        Where, and in which layers.

    Attributes
    ----------
    split_moved
        Emits the place of a swipe's line, as a share of the image's width, when the mouse drags it.
    switched
        Emits whether sources are shown, when that changes.
    """

    split_moved = Signal(float)
    switched = Signal(bool)

    def __init__(self, viewer: ViewerModel, pool: LayerPool) -> None:
        self._viewer = viewer
        self._pool = pool
        self._last: tuple[Scene, list[Shown], Wish] | None = None
        self._is_held = False
        self._handle = SplitHandle(viewer, self._split_x, self._drag_split)

    def close(self) -> None:
        """Let go of the viewer."""
        self._handle.close()

    def show(self, scene: Scene, sources: list[Shown], wish: Wish) -> None:
        """Show sources; the layers of those that were shown before and are not now are hidden."""
        self._keep((scene, sources, wish))
        groups = self._pool.runs(len(sources))
        parts = self._parts(scene, sources, wish)
        for group, shown, part in zip(groups, sources, parts, strict=True):
            let_see(group.radiograph, wish.side_by_side)
            if wish.side_by_side:
                draw_like(group.radiograph, self._pool.reader.radiograph)
            self._show_points(group, shown, scene, wish, part)
            self._show_heat(group, shown, scene, wish, part)
            self._show_rims(group, shown, scene, wish, part)
        if wish.view is View.DIFFERENCE and not self._is_held:
            self._show_difference(groups, sources, wish, scene)
        self._name(groups, sources, wish)
        self._arrange(wish.side_by_side and bool(sources), scene)

    def style_of(self, run: str) -> Style | None:
        """Give how a run is drawn here; `None` where it is not shown."""
        shown = [] if self._last is None else self._last[1]
        return next((each.style for each in shown if each.run == run), None)

    def redraw(self) -> None:
        """Show again what was shown last."""
        if self._last is not None:
            self.show(*self._last)

    def fit_grid(self) -> None:
        """Lay the cells out anew where there are more or fewer of them now: a further channel has one of its own."""
        if self._last is not None:
            scene, sources, wish = self._last
            self._arrange(wish.side_by_side and bool(sources), scene)

    def clear(self) -> None:
        """Hide the sources and leave the grid."""
        self._keep(None)
        self._pool.runs(0)
        self._arrange(False, None)

    def _keep(self, shown: tuple[Scene, list[Shown], Wish] | None) -> None:
        was_on, self._last = self._last is not None, shown
        if was_on != (shown is not None):
            self.switched.emit(shown is not None)

    def move_split(self, share: float) -> None:
        """Part a swipe at another place, as a share of the image's width."""
        if self._last is not None:
            scene, sources, wish = self._last
            self.show(scene, sources, replace(wish, split=min(max(share, 0.0), 1.0)))

    def hold(self, is_held: bool) -> bool:
        """Let the second source of the pair be seen alone, or no more; give whether there is one to be seen so."""
        can_blink = self._last is not None and not self._last[2].side_by_side and len(self._last[1]) > 1
        if is_held and not can_blink:
            return False
        self._is_held = is_held
        self.redraw()
        return True

    def _parts(self, scene: Scene, sources: list[Shown], wish: Wish) -> list[Part | None]:
        """Give in which columns each source is seen, `None` where it is not seen at all."""
        parts: list[Part | None] = [WHOLE] * len(sources)
        pair = _pair(sources, wish)
        if wish.side_by_side or pair is None or (not wish.view.is_of_two and not self._is_held):
            return parts
        first, second = pair
        parts = [None] * len(sources)
        if self._is_held:
            parts[second] = WHOLE
        elif wish.view is View.SWIPE:
            parts[first], parts[second] = _halves(scene, sources, pair, wish)
        else:
            parts[first] = WHOLE
            parts[second] = None if wish.view is View.BLINK else WHOLE
        return parts

    def _show_points(self, group: RunGroup, shown: Shown, scene: Scene, wish: Wish, part: Part | None) -> None:
        size = scene.record.size
        seen = (part or WHOLE).of_landmarks(shown.landmarks)
        draw_marks(group.landmarks, marks_of(seen, shown.style, height=size[0]))
        let_see(group.landmarks, part is not None and self._pool.shows_runs)
        group.landmarks.text.visible = wish.side_by_side  # overlaid, the numbers of several sources hide each other
        strokes = []
        if wish.errors:
            strokes.append(error_lines(seen, scene.truth, spacing=scene.record.spacing, height=size[0]))
        radii, colour = shown.radii_px.get(wish.spread.level or 0.0), readable(shown.style.colour)
        if radii is not None:
            strokes.append(discs(seen, radii, colour=colour))
        elif wish.spread is not Spread.OFF and shown.covariance is not None:
            strokes.append(ellipses(seen, shown.covariance, spread=wish.spread, colour=colour))
        if part is not None and part.stop < size[1]:
            strokes.append(split_line(part, size))
        draw_strokes(group.errors, Strokes.joined(strokes))
        group.errors.edge_width = size[0] / 250
        let_see(group.errors, part is not None and bool(strokes))

    def _show_heat(self, group: RunGroup, shown: Shown, scene: Scene, wish: Wish, part: Part | None) -> None:
        look_like_heat(group.heatmap)
        let_see(colorbar_of(group.heatmap), False)
        let_see(group.heatmap, wish.heatmap != OFF and part is not None)
        heat = _heat(shown, wish, scene.current)
        if heat is None or part is None:
            draw_picture(group.heatmap, _NO_HEAT)
            lay(group.heatmap, self._pool.frame)
            return
        pixels, translate = part.of_columns(heat.pixels, scale=heat.scale, translate=heat.translate)
        self._lay_heat(group, Heat(pixels, heat.scale, translate) if pixels.size else Heat(_NO_HEAT))

    def _show_difference(self, groups: list[RunGroup], sources: list[Shown], wish: Wish, scene: Scene) -> None:
        """Let the first heatmap's layer show the difference, and hide the second's."""
        pair = _pair(sources, wish)
        if pair is None or wish.heatmap == OFF:
            return
        first, second = (_heat(sources[place], wish, scene.current) for place in pair)
        let_see(groups[pair[1]].heatmap, False)
        if first is None or second is None:
            let_see(groups[pair[0]].heatmap, False)
            return
        layer = groups[pair[0]].heatmap
        self._lay_heat(groups[pair[0]], difference(first, second))
        look_like_difference(layer)
        let_see(colorbar_of(layer), True)

    def _lay_heat(self, group: RunGroup, heat: Heat) -> None:
        draw_picture(group.heatmap, heat.pixels)
        scale, translate = heat_transform(self._pool.frame, heat.scale, heat.translate)
        lay(group.heatmap, self._pool.frame, scale=scale, translate=translate)

    def _show_rims(self, group: RunGroup, shown: Shown, scene: Scene, wish: Wish, part: Part | None) -> None:
        """Show the run's regions, with gaps where they lie on the reader's; in a cell of its own the reader's below."""
        if group.masks is None or group.truth_masks is None:
            return
        own = shown.masks
        truth = None if own is None else scene.masks
        rims = None if own is None else (own.rims if wish.side_by_side else own.dashed)
        translate = (0.0, 0.0)
        if rims is not None and part is not None and not part.is_whole:
            rims, translate = part.of_columns(rims)
        draw_rims(group.masks, rims if rims is None or rims.size else None)
        scale = self._pool.frame.scale
        lay(group.masks, self._pool.frame, translate=(translate[0] * scale[0], translate[1] * scale[1]))
        draw_rims(group.truth_masks, None if truth is None else truth.rims)
        let_see(group.masks, wish.regions and part is not None)
        let_see(group.truth_masks, wish.regions and wish.errors and wish.side_by_side)

    def _name(self, groups: list[RunGroup], sources: list[Shown], wish: Wish) -> None:
        """Name the layers; the names in the corners, in the sources' colours, are the legend of the views."""
        pair = _pair(sources, wish)
        right = pair[1] if pair is not None and wish.view is View.SWIPE else None
        _colour_name(self._pool.reader.landmarks, HUMAN.colour)
        for group, shown in zip(groups, sources, strict=True):
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
            overlay = _colour_name(group.landmarks, readable(shown.style.colour))
            overlay.position = "top_right" if right is not None and shown is sources[right] else "top_left"

    def _arrange(self, side_by_side: bool, scene: Scene | None) -> None:
        grid = grid_of(self._viewer)
        shape = grid.shape
        if side_by_side and scene is not None:
            # None where all layers have been deleted in napari's list.
            shape = best_shape(max(1, self._pool.n_cells), self._viewer.canvas.size, scene.record.size)
        has_changed = grid.enabled != side_by_side or (side_by_side and shape != tuple(grid.shape))
        for group in self._pool.groups:
            let_see(name_overlay_of(group.landmarks), self._last is not None)
        if has_changed:
            self._set_grid(side_by_side, shape)
        if self._last is not None and not side_by_side:
            self._pool.pile_up()

    def _set_grid(self, side_by_side: bool, shape: tuple[int, int]) -> None:
        grid = grid_of(self._viewer)
        if side_by_side:
            self._pool.bring_together()
            grid.stride = self._pool.group_size
            grid.shape = shape
            grid.spacing = 4
        grid.enabled = side_by_side
        self._pool.place_channel(aside=not side_by_side)
        if self._pool.exists:
            self._viewer.reset_view()

    def _split_x(self) -> float | None:
        """Give x of a swipe's line in world units; `None` where there is no line."""
        if self._last is None or self._last[2].view is not View.SWIPE:
            return None
        scene, sources, wish = self._last
        pair = _pair(sources, wish)
        return None if pair is None else _halves(scene, sources, pair, wish)[0].stop * self._pool.frame.scale[1]

    def _drag_split(self, x: float) -> None:
        if self._last is None:
            return
        width = self._last[0].record.size[1]
        self.move_split((x / self._pool.frame.scale[1] + 0.5) / width)
        self.split_moved.emit(self._last[2].split)


def _colour_name(layer: Points, colour: str) -> Any:
    overlay = name_overlay_of(layer)
    overlay.color = colour
    overlay.box, overlay.box_color = True, "black"  # napari's canvas is white in its light theme
    return overlay


def _pair(sources: list[Shown], wish: Wish) -> tuple[int, int] | None:
    """Give the places of the two sources that a view of two shows; `None` where there are not two."""
    names = [shown.run for shown in sources]
    if wish.pair is not None and set(wish.pair) <= set(names) and wish.pair[0] != wish.pair[1]:
        return names.index(wish.pair[0]), names.index(wish.pair[1])
    return (0, 1) if len(names) > 1 else None


def _halves(scene: Scene, sources: list[Shown], pair: tuple[int, int], wish: Wish) -> tuple[Part, Part]:
    """Part the image between two columns of the first heatmap that there is."""
    width = scene.record.size[1]
    for shown in (sources[place] for place in pair):
        if _heat(shown, wish, scene.current) is not None:
            return parts_of(wish.split, width, scale=shown.scale, left=shown.translate[1])
    return parts_of(wish.split, width)


def _heat(shown: Shown, wish: Wish, current: str | None) -> Heat | None:
    """Give the heatmap that is wanted of a source; `None` where it has none."""
    if shown.heatmaps is None or not len(shown.heatmaps) or wish.heatmap == OFF:
        return None
    index = shown.landmarks.names.index(current) if wish.heatmap == CURRENT and current is not None else None
    return Heat(heat_image(shown.heatmaps, index), shown.scale, shown.translate)
