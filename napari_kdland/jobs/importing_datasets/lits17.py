"""LiTS 2017: ``volume-<N>.nii`` and ``segmentation-<N>.nii``, in one folder or in several."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from napari_kdland.images.windows import Window
from napari_kdland.jobs.importing_datasets.base import Case
from napari_kdland.jobs.importing_datasets.volume_layout import LABELS, ONLY, VolumeLayout

if TYPE_CHECKING:
    from pathlib import Path

_FILE = re.compile(r"(?P<role>volume|segmentation)-(?P<number>\d+)\.nii(\.gz)?")


def find_cases(folder: Path) -> list[Case]:
    """List the volumes below a folder, each with the segmentation of its number; its own folder comes first."""
    images: dict[int, list[Path]] = defaultdict(list)
    labels: dict[int, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*.nii*")):
        match = _FILE.fullmatch(path.name)
        if match:
            (images if match["role"] == "volume" else labels)[int(match["number"])].append(path)
    return [_case(number, path, labels[number]) for number, paths in sorted(images.items()) for path in paths]


def _case(number: int, image: Path, labels: list[Path]) -> Case:
    near = [path for path in labels if path.parent == image.parent] or labels
    return Case(f"volume-{number}", image.parent, {ONLY: image, **({LABELS: near[0]} if near else {})})


# Bilic et al. 2023 (Medical Image Analysis 84:102680): labels 1 liver, 2 tumour; the tumour lies in the liver. EMKD's
# code makes its organ masks of both (label > 0) and its tumour masks of label 2, and cuts the values to this window.
LITS17 = VolumeLayout(
    name="lits17",
    title="LiTS 2017",
    cases=find_cases,
    files="volume-<N>.nii and segmentation-<N>.nii",
    labels={"liver": frozenset({1, 2}), "tumour": frozenset({2})},
    schemes=("lits17-liver", "lits17-tumour"),
    window=Window(-60, 140, "HU", "EMKD's code, datasets/midataset.py"),
)
