import csv
import importlib.metadata

import numpy as np
import pydicom
import pytest

from napari_kdland.anatomy import load_scheme
from napari_kdland.errors import KdlandError, UsageError
from napari_kdland.events import Advanced, Saved, Started, run
from napari_kdland.images import read
from napari_kdland.phantom import make_sample, sample, sample_folder
from napari_kdland.phantom.sample import plan_sample, write_planned

# The committed sample was made with these; other versions may differ in the last bit.
MADE_WITH = {"numpy": "2.4.6", "scipy": "1.17.1", "pydicom": "3.0.2", "pylibjpeg-openjpeg": "2.6.0"}
LARGEST_BYTES = 12_000_000


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def names_in(split):
    return {image.name for image in plan_sample() if image.split == split}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Make a sample of five; the events that it told come along."""
    folder, events = tmp_path_factory.mktemp("sample") / "new", []
    paths = run(make_sample(folder, count=5, seed=3, annotated=2), events.append)
    return folder, paths, events


def test_the_plan_of_forty_has_the_promised_splits():
    assert {split: len(names_in(split)) for split in ("train", "val", "test", "pool")} == {
        "train": 8,
        "val": 6,
        "test": 12,
        "pool": 14,
    }


def test_the_annotated_images_are_ranked():
    ranks = [image.label_rank for image in plan_sample() if image.split == "train"]

    assert sorted(ranks) == list(range(1, 9))


def test_two_patients_have_two_images_in_one_split():
    splits: dict[str, list[str]] = {}
    for image in plan_sample():
        splits.setdefault(image.patient_id, []).append(image.split)

    assert sorted(names for names in splits.values() if len(names) > 1) == [["pool", "pool"], ["test", "test"]]


@pytest.mark.parametrize(("count", "annotated"), [(0, 0), (3, 4), (3, -1)])
def test_numbers_that_do_not_fit_are_refused(count, annotated):
    with pytest.raises(UsageError, match="Cannot make"):
        plan_sample(count, 0, annotated)


def test_all_may_be_annotated():
    assert {image.split for image in plan_sample(3, 0, 3)} == {"train"}


def test_the_job_tells_of_every_image(small):
    folder, paths, events = small

    assert events[0] == Started("Make phantoms", total=5)
    assert [event.done for event in events if isinstance(event, Advanced)] == [1, 2, 3, 4, 5]
    assert events[-1] == Saved("sample", str(folder))
    assert all(path.is_file() for path in paths)


def test_annotations_are_a_readers_near_the_truth(small):
    folder, _, _ = small
    planned = next(image for image in plan_sample(5, 3, 2) if image.split == "train")
    truth = sample.make_phantom(planned.seed, visit=planned.visit).landmarks["chest-10"]

    rows = [row for row in rows_of(folder / "landmarks.csv") if row["image"] == planned.name and row["x"]]

    errors = [
        np.hypot(float(row["y"]) - truth[row["landmark"]][0], float(row["x"]) - truth[row["landmark"]][1])
        for row in rows
    ]
    assert 0 < np.mean(errors) < 3


def test_the_truth_is_told_of_validation_and_test_only(small):
    folder, _, _ = small

    told = {row["image"] for row in rows_of(folder / "truth.csv")}

    assert told == {image.name for image in plan_sample(5, 3, 2) if image.split in ("val", "test")}


def test_a_cancelled_job_leaves_whole_images_behind(tmp_path):
    job = make_sample(tmp_path, count=3, annotated=0)
    for event in job:
        if isinstance(event, Advanced):
            job.close()
            break

    assert [read(path).bits for path in tmp_path.glob("*.dcm")] == [12]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(KdlandError, match=r"Cannot write the sample to .*file"):
        run(make_sample(tmp_path / "file", count=1, annotated=0))


def test_a_missing_sample_says_how_to_make_it(monkeypatch, tmp_path):
    monkeypatch.setattr(sample.napari_kdland, "__file__", str(tmp_path / "napari_kdland" / "__init__.py"))

    with pytest.raises(KdlandError, match="kdland phantom"):
        sample_folder()


def test_the_committed_sample_is_complete_and_small():
    folder = sample_folder()

    assert {path.name for path in folder.glob("*.dcm")} == {image.name for image in plan_sample()}
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST_BYTES


@pytest.mark.parametrize("position", [4, 17])
def test_the_committed_sample_is_made_again_byte_for_byte(tmp_path, position):
    found = {name: importlib.metadata.version(name) for name in MADE_WITH}
    if found != MADE_WITH:
        pytest.skip(f"other versions are installed than the sample was made with: {found}")
    planned = plan_sample()[position]

    write_planned(planned, tmp_path)

    assert (tmp_path / planned.name).read_bytes() == (sample_folder() / planned.name).read_bytes()


def test_the_committed_sample_is_made_again_pixel_for_pixel_within_a_grey_level(tmp_path):
    planned = plan_sample()[9]

    write_planned(planned, tmp_path)

    again, committed = (read(folder / planned.name).pixels for folder in (tmp_path, sample_folder()))
    assert np.mean(np.abs(again - committed) <= 1) > 0.999


def test_every_committed_image_can_be_read_and_is_another():
    radiographs = [read(path) for path in sorted(sample_folder().glob("*.dcm"))]

    assert len({radiograph.content_hash for radiograph in radiographs}) == 40
    assert all(radiograph.view.is_frontal and radiograph.spacing for radiograph in radiographs)
    assert 2 <= sum("MONOCHROME1 inverted" in radiograph.applied for radiograph in radiographs) <= 12


@pytest.mark.parametrize(("table", "splits"), [("landmarks.csv", ("train",)), ("truth.csv", ("val", "test"))])
def test_the_committed_tables_fit_the_images(table, splits):
    folder = sample_folder()
    rows = rows_of(folder / table)

    assert {row["image"] for row in rows} == set.union(*map(names_in, splits))
    for name in {row["image"] for row in rows}:
        header = pydicom.dcmread(folder / name, stop_before_pixels=True)
        of_image = [row for row in rows if row["image"] == name]
        assert tuple(row["landmark"] for row in of_image) == load_scheme("chest-10").landmark_names
        assert all(-0.5 <= float(row["x"]) <= header.Columns - 0.5 for row in of_image if row["x"])


def test_every_landmark_is_annotated_somewhere():
    rows = rows_of(sample_folder() / "landmarks.csv")

    assert {row["landmark"] for row in rows if row["x"]} == set(load_scheme("chest-10").landmark_names)
