"""BraTS 2018: ``HGG|LGG/<case>/<case>_{flair,t1,t1ce,t2,seg}.nii.gz``."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from napari_kdland.jobs.importing_datasets.base import Case
from napari_kdland.jobs.importing_datasets.volume_layout import LABELS, VolumeLayout

if TYPE_CHECKING:
    from pathlib import Path

_FILE = re.compile(r"(?P<case>.+)_(?P<role>flair|t1|t1ce|t2|seg)\.nii(\.gz)?")


def find_cases(folder: Path) -> list[Case]:
    """List the cases below a folder: every folder that holds files beginning with its own name."""
    found: dict[Path, dict[str, Path]] = defaultdict(dict)
    for path in sorted(folder.rglob("*.nii*")):
        match = _FILE.fullmatch(path.name)
        if match and match["case"] == path.parent.name:
            found[path.parent][LABELS if match["role"] == "seg" else match["role"]] = path
    return [Case(where.name, where, files) for where, files in sorted(found.items(), key=lambda item: item[0].name)]


# Menze et al. 2015 (IEEE Trans Med Imaging 34:1993-2024), section III-D, with the labels that are used since 2017: 1
# necrotic and non-enhancing core, 2 oedema, 4 enhancing tumour. Whole tumour is all of them, the core 1 and 4.
BRATS2018 = VolumeLayout(
    name="brats2018",
    title="BraTS 2018",
    cases=find_cases,
    files="<case>_flair, _t1, _t1ce, _t2 and _seg, each .nii.gz",
    labels={
        "whole_tumour": frozenset({1, 2, 4}),
        "tumour_core": frozenset({1, 4}),
        "enhancing_tumour": frozenset({4}),
    },
    schemes=("brats-2018",),
    channels=("t1ce", "t1", "t2", "flair"),
)
