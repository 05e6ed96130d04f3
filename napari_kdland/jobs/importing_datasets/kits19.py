"""KiTS 2019: ``case_<NNNNN>/imaging.nii.gz`` and ``segmentation.nii.gz``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from napari_kdland.images.windows import Window
from napari_kdland.jobs.importing_datasets.base import Case
from napari_kdland.jobs.importing_datasets.volume_layout import LABELS, ONLY, VolumeLayout

if TYPE_CHECKING:
    from pathlib import Path

_STEMS = {ONLY: "imaging", LABELS: "segmentation"}


def find_cases(folder: Path) -> list[Case]:
    """List the case folders below a folder, or the folder itself where it is one."""
    below = {path for path in (folder, *folder.rglob("case_*")) if path.is_dir()}
    return [
        Case(where.name, where, _files(where))
        for where in sorted(below, key=lambda path: path.name)
        if re.fullmatch(r"case_\d+", where.name)
    ]


def _files(where: Path) -> dict[str, Path]:
    found = {role: [where / f"{stem}{ending}" for ending in (".nii.gz", ".nii")] for role, stem in _STEMS.items()}
    there = {role: [path for path in paths if path.is_file()] for role, paths in found.items()}
    return {role: paths[0] for role, paths in there.items() if paths}


# Heller et al. 2019 (arXiv:1904.00445): labels 1 kidney, 2 tumour. EMKD's code makes its organ masks of both (label
# > 0) and its tumour masks of label 2, and cuts the values to this window.
KITS19 = VolumeLayout(
    name="kits19",
    title="KiTS 2019",
    cases=find_cases,
    files="imaging.nii.gz and segmentation.nii.gz",
    labels={"kidney": frozenset({1, 2}), "tumour": frozenset({2})},
    schemes=("kits19-kidney", "kits19-tumour"),
    window=Window(-200, 300, "HU", "EMKD's code, datasets/midataset.py"),
)
