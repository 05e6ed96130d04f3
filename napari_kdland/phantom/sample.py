"""The sample: forty phantoms as DICOM files, a few annotated, with splits and the truth to judge by.

Where asked, the dual-energy pair of every phantom and its region masks come along; the other files are then the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import napari_kdland
from napari_kdland.errors import KdlandError, UsageError
from napari_kdland.events import Advanced, Saved, Started
from napari_kdland.phantom.dicom import write_dicom
from napari_kdland.phantom.phantom import Phantom, make_phantom
from napari_kdland.phantom.sample_text import READER_SD_PX, readme
from napari_kdland.phantom.side_images import SideImages, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_kdland.anatomy import Landmarks, Scheme
    from napari_kdland.events import Job

SCHEME = "chest-10"


@dataclass(frozen=True)
class Planned:
    """One image of a sample before it is made; `visit` numbers the images of one patient."""

    name: str
    patient: int
    visit: int
    seed: int
    split: str
    label_rank: int | None

    @property
    def patient_id(self) -> str:
        """Equal for all images of one patient."""
        return f"KDLAND-PHANTOM-{self.patient:03d}"


def plan_sample(count: int = 40, seed: int = 0, annotated: int = 8) -> list[Planned]:
    """Decide who is imaged how often and which split each image goes to.

    The annotated images are ``train``; of the others about 20 % are ``val``, 40 % ``test``, the rest ``pool``. Where a
    split has room, two of its images are of one patient.

    Raises
    ------
    UsageError
        If the numbers do not fit together.
    """
    if count < 1 or not 0 <= annotated <= count:
        raise UsageError(
            f"Cannot make {count} phantoms with {annotated} annotated. "
            "Make at least 1, and annotate none, some or all of them."
        )
    splits = _splits(count, annotated)
    order = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 6]))).permutation(count)
    planned, patient, visits = [], 0, {"train": 0, "val": 0, "test": 0, "pool": 0}
    for position, split in enumerate(splits):
        is_second = split in ("test", "pool") and visits[split] == 1 and splits.count(split) >= 4
        patient += 0 if is_second else 1
        visits[split] += 1
        rank = visits[split] if split == "train" else None
        name = f"{int(order[position]) + 1:03d}.dcm"
        planned.append(Planned(name, patient, int(is_second), 1000 * seed + patient, split, rank))
    return sorted(planned, key=lambda image: image.name)


def make_sample(
    out: Path,
    count: int = 40,
    seed: int = 0,
    annotated: int = 8,
    *,
    channels: bool = False,
    masks: Scheme | None = None,
) -> Job[list[Path]]:
    """Write a sample folder: DICOM files, ``landmarks.csv``, ``truth.csv``, ``split.csv`` and ``README.md``.

    The job gives the paths of the images; the same arguments give the same bytes.

    Parameters
    ----------
    out
        The folder.
    count, seed, annotated
        How many images, of whom, and how many of them carry landmarks.
    channels
        Write the soft-tissue and the bone image of each phantom too, and ``channels.csv``.
    masks
        Write the regions of this scheme too, exact, for every image outside the pool; `None` writes none.

    Raises
    ------
    UsageError
        If the numbers do not fit together, or phantoms do not have a region of the scheme.
    KdlandError
        If the folder cannot be written.
    """
    plan = plan_sample(count, seed, annotated)
    beside = SideImages(out, with_channels=channels, scheme=masks)
    yield Started("Make phantoms", total=count)
    paths, truth, labels = [], [], []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for done, planned in enumerate(plan, start=1):
            phantom = write_planned(planned, out)
            beside.write(phantom, planned.name, has_masks=planned.split != "pool")
            paths.append(out / planned.name)
            if planned.split in ("val", "test"):
                truth.append((planned.name, phantom.landmarks[SCHEME]))
            if planned.split == "train":
                labels.append((planned.name, _as_read(phantom, planned.seed)))
            yield Advanced(done, planned.name)
        _write_tables(out, plan, labels, truth)
        beside.write_tables()
        text = readme(plan, seed, channels=channels, scheme=masks)
        (out / "README.md").write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise KdlandError(f"Cannot write the sample to {out}: {error}. Choose a folder that can be written.") from error
    yield Saved("sample", str(out))
    return paths


def write_planned(planned: Planned, out: Path) -> Phantom:
    """Make one image of a plan and write it into the folder `out`."""
    phantom = make_phantom(planned.seed, visit=planned.visit)
    write_dicom(phantom, out / planned.name, patient_id=planned.patient_id, study=str(planned.visit + 1))
    return phantom


def sample_folder() -> Path:
    """Find the sample that comes with the program, in an installation or a checkout.

    Raises
    ------
    KdlandError
        If it is in neither place.
    """
    package = Path(napari_kdland.__file__).parent
    places = (package / "sample_data", package.parent / "sample_data")
    for place in places:
        if (place / "split.csv").is_file():
            return place
    raise KdlandError(
        f"The sample images are missing (looked in {places[0]} and {places[1]}). "
        "Install the program again, or make them with: kdland phantom FOLDER"
    )


def _splits(count: int, annotated: int) -> list[str]:
    rest = count - annotated
    n_test, n_val = int(0.4 * rest), int(0.2 * rest)
    sizes = {"train": annotated, "val": n_val, "test": n_test, "pool": rest - n_val - n_test}
    return [split for split, size in sizes.items() for _ in range(size)]


def _as_read(phantom: Phantom, seed: int) -> Landmarks:
    landmarks = phantom.landmarks[SCHEME]
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 7])))
    scattered = landmarks.points + rng.normal(0.0, READER_SD_PX, landmarks.points.shape)
    height, width = phantom.standard.shape
    inside = np.clip(scattered, 0.0, [height - 1.0, width - 1.0])
    return type(landmarks)(landmarks.names, inside.round(1), landmarks.states)


def _write_tables(
    out: Path,
    plan: list[Planned],
    labels: list[tuple[str, Landmarks]],
    truth: list[tuple[str, Landmarks]],
) -> None:
    head = ("image", "landmark", "x", "y", "state")
    write_csv(out / "landmarks.csv", head, _rows(labels, digits=1))
    write_csv(out / "truth.csv", head, _rows(truth, digits=3))
    ranks = ((image.name, image.split, "" if image.label_rank is None else image.label_rank) for image in plan)
    write_csv(out / "split.csv", ("image", "split", "label_rank"), ranks)


def _rows(images: list[tuple[str, Landmarks]], *, digits: int) -> Iterable[tuple[str, ...]]:
    for image, landmarks in images:
        for landmark, state, (y, x) in landmarks:
            place = (f"{x:.{digits}f}", f"{y:.{digits}f}") if state.has_point else ("", "")
            yield image, landmark, *place, state.value
