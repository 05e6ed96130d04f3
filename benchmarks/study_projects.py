"""Make the project that a study of the folder ``studies`` trains in.

    python benchmarks/study_projects.py landmarks  PROJECT --data DATA    recipes-k10, compact-k25
    python benchmarks/study_projects.py regions    PROJECT --data DATA    emkd-wingspan
    python benchmarks/study_projects.py dual-energy PROJECT               kdnet-dual-energy
    python benchmarks/study_projects.py opacities  PROJECT                emkd-opacities

DATA holds the folders wingspan-512 and covid-cxr-boxes. Phantoms are written to a folder beside the project.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

from skimage.io import imread

from napari_kdland import events
from napari_kdland.anatomy import load_scheme
from napari_kdland.jobs import SideFiles, import_annotations, import_images
from napari_kdland.phantom import make_sample
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = ("landmarks", "regions", "dual-energy", "opacities")
# Scheme, phantoms, and how many of them are annotated.
PHANTOMS = {"dual-energy": ("chest-10-regions", 60, 12), "opacities": ("chest-opacity", 180, 40)}


def from_radiographs(
    path: Path, data: Path, watch: Callable[[events.Event], None] | None = None, *, is_regions: bool = False
) -> None:
    """Take in wingspan-512 with its splits, and covid-cxr-boxes as further pool."""
    wingspan, boxes = data / "wingspan-512", data / "covid-cxr-boxes"
    side = SideFiles(
        landmarks=wingspan / "landmarks_clinical.csv",
        split=wingspan / "split.csv",
        masks=wingspan / "masks" if is_regions else None,
    )
    Project.create(path, load_scheme("chest-10-regions" if is_regions else "chest-10")).close()
    events.run(import_images(path, [wingspan / "images"], side_files=side, reader="masks"), watch)
    events.run(import_images(path, [boxes / "images"], into="pool"), watch)


def from_phantoms(kind: str, path: Path) -> None:
    """Draw phantoms and take them in with channels, masks and the exact landmarks."""
    scheme, count, annotated = PHANTOMS[kind]
    folder, is_dual = path.with_suffix(".phantoms"), kind == "dual-energy"
    if not folder.exists():
        masks = load_scheme(scheme)
        events.run(make_sample(folder, count, seed=7, annotated=annotated, channels=is_dual, masks=masks))
        if kind == "opacities":
            keep_those_with_a_target(folder)
    side = SideFiles(
        landmarks=folder / "landmarks.csv" if is_dual else None,
        split=folder / "split.csv",
        masks=folder / "masks",
        channels=folder / "channels.csv" if is_dual else None,
    )
    Project.create(path, load_scheme(scheme)).close()
    events.run(import_images(path, [folder], side_files=side, reader="phantom"))
    if is_dual:
        events.run(import_annotations(path, folder / "truth.csv", reader="phantom"))


def keep_those_with_a_target(folder: Path) -> None:
    """Leave out images whose mask is empty, as EMKD leaves out slices without the tumour."""
    empty = {path.stem for path in (folder / "masks").glob("*.png") if not imread(path).any()}
    for stem in empty:
        (folder / "masks" / f"{stem}.png").unlink()
        (folder / f"{stem}.dcm").unlink()
    for table in (folder / "split.csv", folder / "masks" / "regions.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            kept = [row for row in reader if Path(row["image"]).stem not in empty]
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames or ())
            writer.writeheader()
            writer.writerows(kept)


def main() -> None:
    """Make one project."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("project", type=Path)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    if options.kind in PHANTOMS:
        from_phantoms(options.kind, options.project)
    elif options.data is None:
        parser.error("--data is needed for radiographs")
    else:
        from_radiographs(options.project, options.data, is_regions=options.kind == "regions")
    print(f"Made {options.project}")


if __name__ == "__main__":
    main()
