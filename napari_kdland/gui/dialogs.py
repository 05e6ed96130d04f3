"""The dialogs of the Project panel: a new project, an import, drawing splits, a list of what was left out."""

# mypy: allow-subclassing-any
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHeaderView,
    QLineEdit,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_kdland.anatomy import load_scheme, ready_made_schemes
from napari_kdland.gui.widgets import button, label, row, words
from napari_kdland.jobs import SideFiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy import Scheme
    from napari_kdland.jobs import Skipped

_OTHER, _USUAL = "Other file ...", "chest-10"


class _Dialog(QDialog):
    def __init__(self, parent: QWidget | None, title: str, accept: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        self.form = QFormLayout()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(accept)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setToolTip(f"{title}, as it stands here")
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setToolTip("Close this and change nothing")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(self.form)
        layout.addWidget(self.buttons)

    def allow(self, is_valid: bool) -> None:
        """Enable the button that accepts."""
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_valid)


class PathField(QWidget):
    """A path that can be typed or chosen."""

    def __init__(self, title: str, *, pattern: str = "", is_folder: bool = False, is_new: bool = False) -> None:
        super().__init__()
        self._title, self._pattern, self._is_folder, self._is_new = title, pattern, is_folder, is_new
        self.edit = QLineEdit()
        self.setToolTip(title)
        layout = row(self.edit, button("...", self._choose, title), stretch=0)
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)

    @property
    def path(self) -> Path | None:
        """What is in the field; `None` where it is empty."""
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def _choose(self) -> None:
        if self._is_folder:
            found = QFileDialog.getExistingDirectory(self, self._title)
        elif self._is_new:
            found, _ = QFileDialog.getSaveFileName(self, self._title, filter=self._pattern)
        else:
            found, _ = QFileDialog.getOpenFileName(self, self._title, filter=self._pattern)
        if found:
            self.edit.setText(found)


class NewProjectDialog(_Dialog):
    """Asks for the folder, the name and the scheme of a new project."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "New project", "Create")
        self.folder = PathField("Folder in which to make the project", is_folder=True)
        self.folder.edit.setText(str(Path.home()))
        self.name = QLineEdit()
        self.name.setPlaceholderText("for example: chest-2026")
        self.scheme_choice = QComboBox()
        for name in ready_made_schemes():
            scheme = load_scheme(name)
            self.scheme_choice.addItem(f"{scheme.title or name} ({name})", name)
        self.scheme_choice.addItem(_OTHER, "")
        self.scheme_choice.setCurrentIndex(max(0, self.scheme_choice.findData(_USUAL)))
        self.scheme_file = PathField("Scheme file", pattern="Schemes (*.toml)")
        self.form.addRow(
            label("In folder", "The folder in which the project's own folder, NAME.kdland, is made"), self.folder
        )
        self.form.addRow(label("Name", "Of the project and its folder, without slashes"), self.name)
        self.form.addRow(
            label("Scheme", "Which landmarks and regions are annotated; the scheme editor can change it later"),
            self.scheme_choice,
        )
        self.form.addRow(
            label("Scheme file", "A scheme of your own, as TOML; asked for where Other file is chosen"),
            self.scheme_file,
        )
        self.name.textChanged.connect(self._check)
        self.folder.edit.textChanged.connect(self._check)
        self.scheme_file.edit.textChanged.connect(self._check)
        self.scheme_choice.currentIndexChanged.connect(self._check)
        self._check()

    @property
    def path(self) -> Path:
        """Folder of the new project."""
        name: str = self.name.text().strip()
        return (self.folder.path or Path.home()) / name

    def scheme(self) -> Scheme:
        """Read the scheme that was chosen.

        Raises
        ------
        SchemeError
            If the file is no scheme.
        """
        return load_scheme(self.scheme_choice.currentData() or self.scheme_file.path or "")

    def _check(self) -> None:
        is_file = not self.scheme_choice.currentData()
        self.scheme_file.setEnabled(is_file)
        name = self.name.text().strip()
        is_named = bool(name) and "/" not in name and "\\" not in name
        self.allow(is_named and self.folder.path is not None and not (is_file and self.scheme_file.path is None))


class ImportDialog(_Dialog):
    """Asks how images should enter the project, and for the files that come along with them."""

    def __init__(self, paths: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent, "Import radiographs", "Import")
        names = ", ".join(path.name for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
        self.form.addRow("From", words(names))
        self.into = QComboBox()
        self.into.addItem("pool (unlabelled)", "pool")
        for split in ("train", "val", "test"):
            self.into.addItem(split, split)
        self.landmarks = PathField("Landmarks", pattern="Landmarks (*.csv *.json)")
        self.split = PathField("Splits", pattern="Tables (*.csv)")
        self.patients = PathField("Patients", pattern="Tables (*.csv)")
        self.masks = PathField("Folder of region masks", is_folder=True)
        self.masks.setToolTip("One PNG of bit flags an image, called like it")
        self.channels = PathField("Further channels", pattern="Tables (*.csv)")
        self.by_name = QCheckBox("Further channels are called like their image (x_bone.png of x.png)")
        self.allow_lateral = QCheckBox("Let lateral views in")
        self.form.addRow(label("Into split", "What the images are for, where no table of splits says it"), self.into)
        self.form.addRow(
            label(
                "Landmarks (CSV, COCO)",
                "A table image,landmark,x,y[,state] with x to the right and y down in pixels, or COCO keypoints",
            ),
            self.landmarks,
        )
        self.form.addRow(label("Splits (CSV)", "A table image,split[,label_rank]: what each image is for"), self.split)
        self.form.addRow(
            label("Patients (CSV)", "A table image,patient: who is stored as a group only, never by name"),
            self.patients,
        )
        self.form.addRow(label("Region masks (folder)", "One PNG of bit flags an image, called like it"), self.masks)
        self.form.addRow(
            label(
                "Channels (CSV)",
                "A table image,channel,path[,frame]: further images of the same examination, such as dual energy",
            ),
            self.channels,
        )
        self.by_name.setToolTip("Looks beside each image for files called like it, for the channels of the scheme")
        self.allow_lateral.setToolTip("Lateral radiographs are left out otherwise, and listed with the reason")
        self.form.addRow("", self.by_name)
        self.form.addRow("", self.allow_lateral)
        self.by_name.toggled.connect(self.channels.setDisabled)

    def side_files(self) -> SideFiles:
        """Give the files that come along."""
        return SideFiles(
            landmarks=self.landmarks.path,
            split=self.split.path,
            patients=self.patients.path,
            masks=self.masks.path,
            channels="auto" if self.by_name.isChecked() else self.channels.path,
        )


class DrawSplitsDialog(_Dialog):
    """Asks for the shares of train, val and test."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, "Draw splits", "Draw")
        self.form.addRow(
            words(
                "Draws the splits anew, patient by patient: no patient stands on two sides. "
                "What is left over goes into the pool of unlabelled images."
            )
        )
        self._shares: dict[str, QSpinBox] = {}
        for split, share in (("train", 10), ("val", 10), ("test", 20)):
            spin = QSpinBox()
            spin.setRange(0, 100)
            spin.setSuffix(" %")
            spin.setValue(share)
            spin.valueChanged.connect(self._check)
            self._shares[split] = spin
            self.form.addRow(label(split, f"Share of the images that goes into {split}, in percent"), spin)
        self.seed = QSpinBox()
        self.seed.setMaximum(2**31 - 1)
        self.form.addRow(label("Seed", "Of the draw: the same number draws the same splits"), self.seed)

    def fractions(self) -> dict[str, float]:
        """Give the share of each split, 0..1."""
        return {split: spin.value() / 100 for split, spin in self._shares.items()}

    def _check(self) -> None:
        self.allow(sum(spin.value() for spin in self._shares.values()) <= 100)


class SkippedDialog(QDialog):
    """Lists what an import left out, and why."""

    def __init__(self, skipped: Sequence[Skipped], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"{len(skipped)} files were left out")
        self.resize(760, 420)
        self.table = QTableWidget(len(skipped), 2)
        self.table.setHorizontalHeaderLabels(["File", "Why"])
        self.table.setWordWrap(True)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 220)
        for place, each in enumerate(skipped):
            self.table.setItem(place, 0, QTableWidgetItem(each.path.name))
            self.table.setItem(place, 1, QTableWidgetItem(each.reason))
        self.table.resizeRowsToContents()
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addLayout(
            row(
                button("Copy", self._copy, "All files and reasons as text"),
                button("Close", self.accept, "Close the list"),
            )
        )
        self._text = "\n".join(f"{each.path}\t{each.reason}" for each in skipped)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self._text)
