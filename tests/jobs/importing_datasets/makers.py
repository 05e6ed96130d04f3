"""Makers of small data sets in exactly the folders that their makers use."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_kdland import events
from napari_kdland.anatomy import load_scheme
from napari_kdland.jobs.importing_datasets import DatasetOrder, DatasetResult, import_dataset
from napari_kdland.jobs.importing_datasets.scr import OUTLINES
from napari_kdland.project import Project
from tests.images.factories import LPS, write_nifti

SEQUENCES = ("flair", "t1", "t1ce", "t2")
# (x, y, z): 20 columns, 16 rows, 6 slices; labels are in slices 2 to 4.
SIZE = (20, 16, 6)


def a_project(folder: Path, scheme: str) -> Path:
    path = folder / f"{scheme}.kdland"
    Project.create(path, load_scheme(scheme)).close()
    return path


def ordered(project: Path, layout: str, folder: Path, out: Path | None = None, **order) -> DatasetResult:
    splits = order.pop("splits", None)
    return events.run(import_dataset(project, layout, DatasetOrder(folder, out, **order), splits=splits))


def tissue(seed: int, low: int = 1, high: int = 900) -> np.ndarray:
    """A volume of noise whose outermost columns are background."""
    voxels = np.random.default_rng(seed).integers(low, high, SIZE).astype(np.int16)
    voxels[[0, -1]] = 0
    return voxels


def tumour(*values: int) -> np.ndarray:
    """Labels: a block of each value, one beside the other, in slices 2 to 4."""
    labels = np.zeros(SIZE, np.uint8)
    for place, value in enumerate(values):
        labels[3 + 4 * place : 6 + 4 * place, 5:9, 2:5] = value
    return labels


def a_brats_case(
    folder: Path, name: str, *, seed: int = 0, labels: np.ndarray | None = None, grade: str = "HGG"
) -> Path:
    where = folder / grade / name
    for place, sequence in enumerate(SEQUENCES):
        write_nifti(where / f"{name}_{sequence}.nii.gz", tissue(10 * seed + place))
    write_nifti(where / f"{name}_seg.nii.gz", tumour(2, 1, 4) if labels is None else labels)
    return where


def a_lits_case(folder: Path, number: int, *, labels: np.ndarray | None = None) -> Path:
    write_nifti(folder / f"volume-{number}.nii", tissue(number, -1000, 1000))
    write_nifti(folder / f"segmentation-{number}.nii", tumour(1, 2) if labels is None else labels)
    return folder


def a_kits_case(folder: Path, number: int, *, labels: np.ndarray | None = None) -> Path:
    """As KiTS19 stores them: slices first, from head to feet, values in double precision."""
    where = folder / f"case_{number:05d}"
    affine = np.array([[0, 0, -0.8, 0], [0, -0.8, 0, 0], [-3.0, 0, 0, 0], [0, 0, 0, 1]])
    voxels = (tissue(number, -1000, 1000).astype(np.float64), tumour(1, 2) if labels is None else labels)
    for name, each in zip(("imaging", "segmentation"), voxels, strict=True):
        write_nifti(where / f"{name}.nii.gz", each.transpose(2, 1, 0)[::-1], affine)
    return where


def a_jsrt_image(path: Path, seed: int = 0) -> Path:
    rows = np.random.default_rng(seed).integers(0, 4096, 2048).astype(">u2")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(np.broadcast_to(rows, (2048, 2048)).tobytes())
    return path


def outline(name: str) -> np.ndarray:
    """Points (P, 2), (x, y) at 1024, on an ellipse of its own for each outline."""
    place = list(OUTLINES).index(name)
    angles = np.linspace(0, 2 * np.pi, OUTLINES[name], endpoint=False)
    return np.stack([200 + 150 * place + 60 * np.cos(angles), 400 + 90 * np.sin(angles)], axis=1).round(2)


def pfs_text(**points: np.ndarray) -> str:
    parts = []
    for name in OUTLINES:
        rows = "\n".join(f"  {{ {x:.2f}, {y:.2f} }}" for x, y in points.get(name, outline(name)))
        parts.append(f"[Label={name.replace('_', ' ')}]\n{{\n{rows}\n}}\n")
    return "".join(parts)


def shifted(affine: np.ndarray = LPS, mm: float = 1.0) -> np.ndarray:
    moved = affine.copy()
    moved[0, 3] += mm
    return moved
