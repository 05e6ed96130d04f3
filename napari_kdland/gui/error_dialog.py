"""What went wrong, what to do about it, and the details to copy for a bug report: no image's name, no place on disk."""

# mypy: allow-subclassing-any
from __future__ import annotations

import re
from collections import deque
from datetime import UTC, datetime

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.gui.widgets import button, row, words

_KEPT_LINES = 50
_WIDTH, _HEIGHT = 560, 340
# A place on disk, on any system, up to the next quote or the end of the sentence; and a file by its ending.
_PLACE = re.compile(r"""(?<![\w.>/])(?:[A-Za-z]:)?[\\/](?:[^\s'"<>:,;()]+[\\/]?)+""")
_FILE = re.compile(
    r"""[^\s'"<>:,;()]+\.(?:dcm|dicom|dic|ima|png|jpe?g|tiff?|nii(?:\.gz)?|img|csv|json|toml)\b""", re.IGNORECASE
)


def without_names(text: str, names: tuple[str, ...] = ()) -> str:
    """Take places on disk and names of files out of a text: either may tell who was imaged.

    Parameters
    ----------
    text
        What was said.
    names
        Further names to take out, such as that of the image on screen.
    """
    for name in sorted((name for name in names if name), key=len, reverse=True):
        text = text.replace(name, "<image>")
    return _FILE.sub("<file>", _PLACE.sub("<place>", text))


class SpokenLog:
    """The last lines that the window has said, with the time of each."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def hear(self, text: str, is_error: bool) -> None:
        """Keep a line."""
        if text:
            sign = "!" if is_error else " "
            self._lines.append(f"{datetime.now(UTC):%H:%M:%S}Z {sign} {text}")

    def text(self) -> str:
        """Give the lines, the latest last."""
        return "\n".join(self._lines)


class ErrorDialog(QDialog):
    """Tells of one error; stays beside the window, which goes on.

    Parameters
    ----------
    parent
        Over which it stands.
    message
        What went wrong and what to do, in the user's words.
    details
        What a bug report needs besides versions and devices.
    names
        Names of images to take out of message and details.
    """

    def __init__(self, parent: QWidget, message: str, details: str, names: tuple[str, ...] = ()) -> None:
        super().__init__(parent)
        self.setWindowTitle("KDLand: this did not work")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.message = words(message)
        self.text = QPlainTextEdit(report(message, details, names))
        self.text.setReadOnly(True)
        self.text.setToolTip("What Copy details puts on the clipboard")
        self.copied = words()
        layout = QVBoxLayout(self)
        layout.addWidget(self.message)
        layout.addWidget(self.text, 1)
        copy = button("Copy details", self.copy, "Versions, devices and the last messages, without names of files")
        layout.addLayout(row(copy, button("Close", self.close, "The window goes on"), self.copied))
        self.resize(_WIDTH, _HEIGHT)

    def copy(self) -> None:
        """Put the details on the clipboard."""
        QApplication.clipboard().setText(self.text.toPlainText())
        self.copied.setText("Copied.")


def report(message: str, details: str, names: tuple[str, ...] = ()) -> str:
    """Write what a bug report needs: the message, the details, versions and devices; no names, no places on disk."""
    said = without_names(f"{message}\n\n{details}".strip(), names)
    about = jobs.versions() | jobs.known_devices()
    return said + "\n\n" + "\n".join(f"{name}: {value}" for name, value in about.items())
