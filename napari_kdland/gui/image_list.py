"""The list of images: pages are read when they scroll into view, thumbnails are made in the background."""

# mypy: allow-subclassing-any
from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from qtpy.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QColor, QFont, QImage, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate

from napari_kdland import jobs
from napari_kdland.gui.tones import ink
from napari_kdland.session.album import SECOND_LANE

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qtpy.QtGui import QKeyEvent

    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Project, Record
    from napari_kdland.session.job_runner import JobHandle

_PAGE = 100
_KEPT_PAGES = 30
_KEPT_THUMBNAILS = 1000
_THUMBNAIL = 48
_BATCH = 4
_WAITING = 40
# How long (ms) a walk through the list must rest before the image is opened: longer than a held key's repeat.
_PAUSE = 200
_RECORD, _MASKED, _SIGNS = (Qt.ItemDataRole.UserRole + number for number in range(3))
_DONE, _BEGUN = "#4fc79b", "#E69F00"


class _Page(NamedTuple):
    """Some images that follow each other, by number, and what stands beside their names."""

    records: dict[int, Record]
    masked: frozenset[int]
    reviewed: frozenset[int]
    flags: dict[int, str]


class ImageModel(QAbstractListModel):
    """The images that the session's listing chooses.

    Parameters
    ----------
    desk
        Session and runner.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._pages: OrderedDict[int, _Page] = OrderedDict()
        self._pictures: OrderedDict[int, QPixmap] = OrderedDict()
        self._wanted: dict[int, int] = {}
        self._making: JobHandle[Any] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._make_pictures)

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, ARG002 - Qt's name and signature
        return len(self._ids)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        record = self.record_at(index.row())
        if record is None:
            return None
        if role == _RECORD:
            return record
        if role == _MASKED:
            return record.image_id in self._pages[index.row() // _PAGE].masked
        if role == _SIGNS:
            return _signs(self._pages[index.row() // _PAGE], record.image_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return record.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture_of(record, index.row())
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(record, self._pages[index.row() // _PAGE].flags.get(record.image_id))
        return None

    def record_at(self, row: int) -> Record | None:
        """Give the image in a row; reads its page where it is not in memory."""
        project = self._desk.session.project
        if project is None:
            return None
        number = row // _PAGE
        if number not in self._pages:
            ids = self._ids[number * _PAGE : (number + 1) * _PAGE]
            self._pages[number] = _read_page(project, ids, self._desk.session.blind.only)
            while len(self._pages) > _KEPT_PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(number)
        return self._pages[number].records.get(self._ids[row])

    def reload(self) -> None:
        """Look at the list anew: another project, another choice of images, or images that came."""
        project = self._desk.session.project
        session = self._desk.session
        ids = [] if project is None else session.listing.ids(project.records, reader=session.blind.only)
        self.beginResetModel()
        self._pages.clear()
        self._ids = ids
        self._places = {image_id: place for place, image_id in enumerate(ids)}
        self.endResetModel()

    def refresh(self) -> None:
        """Read again what is shown: the same images, other landmarks or splits."""
        self._pages.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def forget_pictures(self) -> None:
        """Drop all thumbnails: another project has other images under the same numbers."""
        self._pictures.clear()
        self._wanted.clear()

    def row_of(self, image_id: int) -> int | None:
        """Give the row of an image, `None` where the list does not show it."""
        return self._places.get(image_id)

    def _picture_of(self, record: Record, row: int) -> QPixmap | None:
        picture = self._pictures.get(record.image_id)
        if picture is None:
            self._wanted[record.image_id] = row
            if not self._timer.isActive():
                self._timer.start()
        return picture

    def _make_pictures(self) -> None:
        project = self._desk.session.project
        if project is None or not self._wanted or self._making is not None:
            return
        # What came into view last is what the user looks at; what was scrolled past long ago is given up.
        waiting = list(self._wanted.items())[-_WAITING:]
        last, self._wanted = dict(waiting[-_BATCH:]), dict(waiting[:-_BATCH])
        job = self._desk.second(partial(jobs.make_thumbnails, project.path, tuple(last), 2 * _THUMBNAIL))
        self._making = self._desk.runner.start(
            "Make thumbnails", job, lane=SECOND_LANE, on_end=partial(self._made, last)
        )

    def _made(self, rows: dict[int, int], handle: JobHandle[dict[int, NDArray[np.uint8]]]) -> None:
        self._making = None
        for image_id, picture in (handle.result or {}).items():
            self._pictures[image_id] = _pixmap(picture)
        for image_id in rows:  # a file that is gone is not asked for again and again
            self._pictures.setdefault(image_id, QPixmap())
        while len(self._pictures) > _KEPT_THUMBNAILS:
            self._pictures.popitem(last=False)
        for row in rows.values():
            if row < len(self._ids):
                self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])
        if self._wanted:
            self._timer.start()


class ImageView(QListView):
    """The list on screen; keys open images as clicks do: Enter at once, a walk by arrows where it comes to rest.

    Attributes
    ----------
    opened
        Emits the index of the image that is to be opened.
    """

    opened = Signal(QModelIndex)

    def __init__(self, model: ImageModel, n_landmarks: int = 0) -> None:
        super().__init__()
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.painter = _Painter(self)
        self.painter.n_landmarks = n_landmarks
        self.setItemDelegate(self.painter)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_PAUSE)
        self._rest.timeout.connect(self._open)
        self.clicked.connect(self._open)

    @property
    def is_walking(self) -> bool:
        """Whether keys have led away from the image that was opened last, and the next one is still to be opened."""
        return bool(self._rest.isActive())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk, and open; with Shift or Ctrl the keys select, and open nothing."""
        before = self.currentIndex().row()
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if is_plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
            return
        super().keyPressEvent(event)
        if is_plain and self.currentIndex().row() != before:
            self._rest.start()

    def _open(self) -> None:
        self._rest.stop()
        if self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())

    def keyboardSearch(self, search: str) -> None:  # noqa: N802 - Qt's name
        """Leave the letters to the shortcuts."""

    def chosen(self) -> list[Record]:
        """Give the selected images."""
        return [index.data(_RECORD) for index in self.selectedIndexes()]


class _Painter(QStyledItemDelegate):
    n_landmarks = 0

    def sizeHint(self, option: Any, index: QModelIndex) -> QSize:  # noqa: N802, ARG002 - Qt's name and signature
        return QSize(200, _THUMBNAIL + 8)

    def paint(self, painter: Any, option: Any, index: QModelIndex) -> None:
        record, rect = index.data(_RECORD), option.rect
        if record is None:
            return
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, option.palette.highlight())
        self._paint_picture(painter, rect, index.data(Qt.ItemDataRole.DecorationRole))
        text = rect.adjusted(_THUMBNAIL + 14, 4, -8, -4)
        half = text.height() // 2
        upper, lower = QRect(text.left(), text.top(), text.width(), half), text.adjusted(0, half, 0, 0)
        bold = QFont(option.font)
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(option.palette.text().color())
        signs = index.data(_SIGNS) or ""
        room = upper.width() - painter.fontMetrics().horizontalAdvance(f" {signs}")
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, signs)
        name = painter.fontMetrics().elidedText(record.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(option.font)
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, _split_text(record))
        is_masked = bool(index.data(_MASKED))
        quiet = QColor(option.palette.text().color())
        quiet.setAlphaF(0.75)
        is_done = is_masked if not self.n_landmarks else record.n_known >= self.n_landmarks
        coloured = _DONE if is_done else _BEGUN if record.n_known else ""
        painter.setPen(ink(coloured, option.widget) if coloured else quiet)
        landmarks = f"{record.n_known}/{self.n_landmarks} landmarks" if self.n_landmarks else ""
        masks = "masks" if is_masked else ("" if self.n_landmarks else "no masks")
        status = ", ".join(filter(None, (landmarks, masks)))
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, status)
        painter.restore()

    def _paint_picture(self, painter: Any, rect: QRect, picture: QPixmap | None) -> None:
        place = QRect(rect.left() + 4, rect.top() + 4, _THUMBNAIL, _THUMBNAIL)
        if picture is None or picture.isNull():
            painter.fillRect(place, QColor(128, 128, 128, 60))
        else:
            painter.drawPixmap(place, picture)


def _split_text(record: Record) -> str:
    return record.split if record.label_rank is None else f"{record.split}, label {record.label_rank}"


def _read_page(project: Project, ids: list[int], only: str | None) -> _Page:
    """Read what is known of images, of all readers together, or only what one has said who reads blind."""
    records = {record.image_id: record for record in project.records.some(ids, reader=only)}
    masked = project.masks.current(ids, reader=only) if project.scheme.regions else {}
    reviewed = {
        image_id
        for image_id, reviews in project.reviews.of_images(ids).items()
        if only is None or any(review.reader == only for review in reviews)
    }
    flags = project.flags.of_images(ids).items()
    notes = {image_id: flag.note for image_id, flag in flags if only in (None, flag.reader)}
    return _Page(records, frozenset(masked), frozenset(reviewed), notes)


def _signs(page: _Page, image_id: int) -> str:
    """Give a tick where an image was reviewed, and a flag where it is flagged."""
    return ("✓" if image_id in page.reviewed else "") + (" ⚑" if image_id in page.flags else "")


def _tooltip(record: Record, flag: str | None) -> str:
    height, width = record.size
    lines = [str(record.path), f"{height} x {width} pixels, {record.bits} bits"]
    if record.spacing is not None:
        spacing = record.spacing
        lines.append(f"{spacing.row_mm:.4g} x {spacing.column_mm:.4g} mm ({spacing.source})")
    lines += [record.view] if record.view else []
    lines += [] if flag is None else [f"flagged: {flag}" if flag else "flagged"]
    return "\n".join([*lines, *record.applied])


def _pixmap(picture: NDArray[np.uint8]) -> QPixmap:
    pixels = np.ascontiguousarray(picture)
    height, width = pixels.shape
    image = QImage(pixels.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(image.copy())
