"""napari with the plugin open: what `kdland gui` and the demo show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.gui.hooks import open_widget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.main_widget import KdlandWidget


def open_window(project: Path | None = None, *, compare: Sequence[str] = (), image: str | None = None) -> None:
    """Open napari with the plugin and stay until the window is closed.

    Parameters
    ----------
    project
        To be opened.
    compare
        Runs to be shown side by side.
    image
        Name of the image to go to.
    """
    import napari  # type: ignore[import-untyped]  # napari ships no type information

    viewer = napari.Viewer(title="KDLand")
    show(viewer, project, compare=compare, image=image)
    napari.run()


def show(
    viewer: ViewerModel, project: Path | None, *, compare: Sequence[str] = (), image: str | None = None
) -> KdlandWidget:
    """Open the plugin in a viewer, and in it a project, an image, a comparison."""
    widget = open_widget(viewer)
    if project is not None and widget.desk.attempt(widget.session.open, project):
        if image is not None:
            widget.desk.attempt(
                lambda: widget.session.paging.go_to(widget.session.the_project().records.find(image).image_id)
            )
        if compare:
            widget.bring_to_front("Compare")
            widget.panel("Compare").choose(compare)
    return widget
