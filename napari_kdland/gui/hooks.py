"""What napari calls: the reader of DICOM files, the writer of landmarks, the sample, the menu entries."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.errors import KdlandError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.main_widget import KdlandWidget

_PLUGIN = "napari-kdland"
_ENDINGS = (".dcm", ".dicom", ".dic", ".ima")
LayerData = tuple[Any, dict[str, Any], str]
# napari calls a sample without layers an error; an image that has no channels is split into no layer at all.
_NO_LAYER: LayerData = (np.zeros((0, 1, 1)), {"channel_axis": 0}, "image")


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """Give a reader for DICOM files, `None` for anything else.

    It looks at the ending, and at some bytes of files that have none, so that other plugins are not kept waiting; never
    at folders.
    """
    paths = [path] if isinstance(path, str) else list(path)
    return read_radiographs if paths and all(_is_dicom(Path(each)) for each in paths) else None


def read_radiographs(path: str | list[str]) -> list[LayerData]:
    """Read radiographs as image layers: turned the right way, windowed for the eye, scaled in millimetres.

    Raises
    ------
    ImageError
        If a file cannot become a radiograph.
    """
    from napari_kdland.gui.layers.conversion import Frame
    from napari_kdland.images import read

    layers: list[LayerData] = []
    for each in [path] if isinstance(path, str) else path:
        radiograph = read(Path(each))
        frame = Frame.of(radiograph.spacing)
        about = {
            "name": Path(each).name,
            "colormap": "gray",
            "contrast_limits": (0.0, 1.0),
            "scale": frame.scale,
            "units": frame.units,
            "axis_labels": ("y", "x"),
            "metadata": {
                "kdland": {
                    "spacing": None if radiograph.spacing is None else radiograph.spacing.source,
                    "applied": radiograph.applied,
                    "view": radiograph.view.name,
                }
            },
        }
        layers.append((radiograph.shown, about, "image"))
    return layers


def write_points(path: str, data: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a Points layer as CSV image,landmark,x,y; x to the right, y down, in pixels of the image.

    Landmark names come from the feature ``landmark`` where the layer has one, else they are numbers.

    Raises
    ------
    UsageError
        If the points are not in two dimensions, or the file cannot be written.
    """
    from napari_kdland.anatomy.placement import to_xy

    if data.ndim != 2 or data.shape[1] != 2:
        raise UsageError(f"{attributes.get('name', 'The layer')} is not in two dimensions: shape {data.shape}.")
    features = attributes.get("features")
    names = list(features["landmark"]) if features is not None and "landmark" in features else range(1, len(data) + 1)
    image = attributes.get("metadata", {}).get("image", attributes.get("name", ""))
    try:
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["image", "landmark", "x", "y"])
            writer.writerows(
                [image, name, *(repr(float(value)) for value in xy)]
                for name, xy in zip(names, to_xy(data), strict=True)
            )
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}. Choose another place.") from error
    return [path]


def open_sample() -> list[LayerData]:
    """Open the sample project in the widget; its radiographs as layers where there is no window.

    Raises
    ------
    KdlandError
        If the sample radiographs are not installed.
    """
    viewer = _current_viewer()
    if viewer is not None and hasattr(viewer, "window"):
        open_widget(viewer).panel("Project").tasks.try_sample()
        return [_NO_LAYER]
    from napari_kdland.phantom import sample_folder

    return read_radiographs([str(path) for path in sorted(sample_folder().glob("*.dcm"))[:3]])


def open_annotate() -> None:
    """Bring the Annotate panel to the front."""
    _bring("Annotate")


def open_compare() -> None:
    """Bring the Compare panel to the front."""
    _bring("Compare")


def toggle_ruler() -> None:
    """Take the ruler out, or put it away."""
    desk = open_widget(_the_viewer()).desk
    desk.attempt(desk.ruler.toggle)


def open_widget(viewer: ViewerModel) -> KdlandWidget:
    """Give the plugin's widget in a viewer; it is opened if it is not there."""
    _, widget = viewer.window.add_plugin_dock_widget(_PLUGIN, "KDLand")
    found: KdlandWidget = widget
    return found


def _bring(panel: str) -> None:
    open_widget(_the_viewer()).bring_to_front(panel)


def _the_viewer() -> ViewerModel:
    viewer = _current_viewer()
    if viewer is None:
        raise KdlandError("There is no napari window to show this in.")
    return viewer


def _current_viewer() -> ViewerModel | None:
    from napari import current_viewer  # type: ignore[import-untyped]  # napari ships no type information

    return current_viewer()


def _is_dicom(path: Path) -> bool:
    from napari_kdland.images import is_candidate

    return path.suffix.lower() in ("", *_ENDINGS) and is_candidate(path)
