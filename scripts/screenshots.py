"""Make the README's screenshots from the demo's project, in a real window of 1600x1000 pixels.

python scripts/on_virtual_screen.py python scripts/screenshots.py demo_output/demo.kdland docs/pictures
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import napari
from PIL import Image
from qtpy.QtWidgets import QApplication, QDockWidget

from napari_kdland.gui.window import show

_SIZE = (1600, 1000)
_LONGEST_S = 120.0


def settled(widget: Any) -> None:
    """Let the window work until no job runs any more and everything is drawn."""
    application = QApplication.instance()
    ends = time.monotonic() + _LONGEST_S
    quiet_since = time.monotonic()
    while time.monotonic() < ends and time.monotonic() - quiet_since < 2.0:
        application.processEvents()
        if widget.runner.running:
            quiet_since = time.monotonic()


def saved(viewer: Any, path: Path) -> None:
    """Save the window as a JPEG without colour subsampling: a third of a PNG's size, and as clear."""
    pixels = viewer.screenshot(canvas_only=False, flash=False)
    Image.fromarray(pixels).convert("RGB").save(path, quality=88, subsampling=0, optimize=True)
    print(f"{path}: {pixels.shape[1]} x {pixels.shape[0]}, {path.stat().st_size / 1000:.0f} kB")


def main() -> int:
    """Take the two pictures."""
    project, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    viewer = napari.Viewer(title="KDLand")
    viewer.window.resize(*_SIZE)
    widget = show(viewer, project)
    widget.session.reader = "reader A"
    for dock in widget.window().findChildren(QDockWidget):
        if dock.windowTitle() in {"layer list", "layer controls"}:
            dock.setVisible(False)
    records = widget.session.the_project().records
    widget.session.go_to(records.page(1, 1, split="train")[0].image_id)
    widget.bring_to_front("Annotate")
    settled(widget)
    saved(viewer, folder / "annotate.jpg")
    runs = [run.name for run in widget.session.the_project().runs.all()]
    widget.session.go_to(records.page(2, 1, split="test")[0].image_id)
    widget.bring_to_front("Compare")
    widget.panel("Compare").choose([run for run in runs if "supervised" not in run])
    settled(widget)
    widget.panel("Compare").measure()
    settled(widget)
    saved(viewer, folder / "compare.jpg")
    viewer.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
