"""What went wrong, what to do about it, and the details to copy for a bug report: no image's name, no place on disk."""

# mypy: allow-subclassing-any
from __future__ import annotations

import json
import re
import unicodedata
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from napari_kdland import jobs
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT_LINES = 50
_WIDTH, _HEIGHT = 560, 340
# A place on disk: in quotes up to the closing one, else up to the next blank or the end of the sentence.
_PLACE = re.compile(r"""(?<=")(?:[A-Za-z]:)?[\\/][^"\n]*(?=")|(?<=')(?:[A-Za-z]:)?[\\/][^'\n]*(?=')""")
_BARE_PLACE = re.compile(r"""(?<![\w.>/])(?:[A-Za-z]:)?[\\/](?:[^\s'"<>:,;()]+[\\/]?)+""")
# A file by its ending, with all that stands before it in the sentence: nobody can tell where a name with blanks begins.
_FILE = re.compile(
    r"""[^\s'"<>:;!.](?:[^'"<>:;!.\n]|\.(?!\s)|(?<=\b[A-Z])\.)*"""
    r"""\.(?:dcm|dicom|dic|ima|png|jpe?g|tiff?|nii(?:\.gz)?|img|csv|json|toml)\b""",
    re.IGNORECASE,
)
# Shorter names are taken out as whole words only: "12" is in every other number.
_ANYWHERE = 4


def without_names(text: str, names: Iterable[str] = ()) -> str:
    """Take places on disk and names of files out of a text: either may tell who was imaged.

    Parameters
    ----------
    text
        What was said.
    names
        Further names to take out: those that `KnownNames` gives, wherever they stand, large and small letters alike.
    """
    # macOS writes an umlaut in a file's name as two characters, a message may hold it as one.
    text = unicodedata.normalize("NFC", text)
    said = text.casefold()
    spelt = {spelling for name in names if name for spelling in _spellings(unicodedata.normalize("NFC", name))}
    found = sorted((name for name in spelt if name.casefold() in said), key=len, reverse=True)
    if found:
        text = re.sub("|".join(map(_pattern, found)), "<image>", text, flags=re.IGNORECASE)
    for pattern_of, sign in ((_PLACE, "<place>"), (_BARE_PLACE, "<place>"), (_FILE, "<file>")):
        text = pattern_of.sub(sign, text)
    return text


def _spellings(name: str) -> tuple[str, str, str]:
    """Give a name as a message, an event's JSON and a traceback write it."""
    return name, json.dumps(name)[1:-1], repr(name)[1:-1]


def _pattern(name: str) -> str:
    return re.escape(name) if len(name) >= _ANYWHERE else rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"


class SpokenLog:
    """The last lines that the window has said, with the time of each."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)

    def hear(self, text: str, is_error: bool) -> None:
        """Keep a line."""
        if text:
            sign = "!" if is_error else ">"
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

    def __init__(self, parent: QWidget, message: str, details: str, names: Iterable[str] = ()) -> None:
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


def report(message: str, details: str, names: Iterable[str] = ()) -> str:
    """Write what a bug report needs: the message, the details, versions and devices; no names, no places on disk."""
    said = without_names(f"{message}\n\n{details}".strip(), names)
    about = jobs.versions() | jobs.known_devices()
    return said + "\n\n" + "\n".join(f"{name}: {value}" for name, value in about.items())
