"""JSRT: ``JPCLN001.IMG`` to ``JPCLN154.IMG`` and ``JPCNN001.IMG`` to ``JPCNN093.IMG``, with SCR's ``.pfs`` files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_kdland.anatomy import LandmarkState, Origin, Regions
from napari_kdland.errors import SchemeError, UsageError
from napari_kdland.images import read
from napari_kdland.jobs.importing_datasets.adding import all_or_none
from napari_kdland.jobs.importing_datasets.base import Case, Taken
from napari_kdland.jobs.importing_datasets.scr import LANDMARKS, OUTLINES, read_outlines
from napari_kdland.project import Annotation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Scheme
    from napari_kdland.jobs.importing_datasets.base import DatasetOrder
    from napari_kdland.project import Project, Record

_NAME = re.compile(r"JPC[LN]N\d{3}", re.IGNORECASE)
_IMAGE, _OUTLINES = "image", "outlines"


@dataclass(frozen=True)
class JsrtLayout:
    """The radiographs stay where they are; those without a landmark file come in without labels."""

    title: str = "JSRT"

    def check(self, scheme: Scheme, order: DatasetOrder) -> None:
        """Refuse a scheme that has nothing of the outlines, and what belongs to volumes."""
        if not (set(scheme.landmark_names) & set(LANDMARKS) or set(scheme.region_names) & set(OUTLINES)):
            raise SchemeError(
                f"The scheme {scheme.name} has none of SCR's landmarks ({LANDMARKS[0]} to {LANDMARKS[-1]}) or regions "
                f"({', '.join(OUTLINES)}). Make a project with one of the schemes jsrt-166 and jsrt-120."
            )
        if order.out is not None or order.window is not None or order.every_slice:
            raise UsageError("JSRT has radiographs, not volumes: leave --out, --window and --every-slice out.")
        if order.landmarks is not None and not order.landmarks.is_dir():
            raise UsageError(f"There is no folder {order.landmarks}. Give the folder of SCR's landmark files.")

    def find(self, order: DatasetOrder) -> list[Case]:
        """List the radiographs, each with its landmark file where there is one."""
        where = order.landmarks or order.folder
        outlines = {path.stem.upper(): path for path in sorted(where.rglob("*.pfs"))}
        cases = []
        for path in sorted(order.folder.rglob("*")):
            if path.suffix.lower() == ".img" and _NAME.fullmatch(path.stem):
                name = path.stem.upper()
                further = {_OUTLINES: outlines[name]} if name in outlines else {}
                cases.append(Case(name, path.parent, {_IMAGE: path, **further}))
        return sorted(cases, key=lambda case: case.name)

    def take(self, project: Project, case: Case, order: DatasetOrder, split: str) -> Taken:
        """Add one radiograph with the landmarks and regions of its outlines that the scheme has."""
        path = case.files.get(_OUTLINES)
        points = read_outlines(path) if path else {}
        radiograph = read(case.files[_IMAGE])
        with all_or_none(project, case=case.name, patient="", split=split) as newcomers:
            record = newcomers.add(radiograph, case.files[_IMAGE])
            if path:
                _annotate(project, record, points, reader=order.reader, origin=Origin("file", path.name))
        return Taken((record.name,), int(path is not None))


def _annotate(
    project: Project, record: Record, points: dict[str, NDArray[np.float64]], *, reader: str, origin: Origin
) -> None:
    scheme = project.scheme
    all_points = dict(zip(LANDMARKS, (point for name in OUTLINES for point in points[name]), strict=True))
    said = [
        Annotation(record.image_id, name, LandmarkState.PLACED, (float(y), float(x)))
        for name, (y, x) in all_points.items()
        if name in scheme.landmark_names
    ]
    project.annotations.edit_many(said, reader=reader, origin=origin)
    regions = {name: points[name] for name in scheme.region_names if name in points}
    if regions:
        drawn = Regions.from_polygons(scheme.region_names, regions, record.size)
        project.masks.save(record.image_id, drawn, reader=reader, origin=origin)


JSRT = JsrtLayout()
