"""Tests of napari_kdland.cli: the commands as a person types them."""

import json
import subprocess
import sys
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from napari_kdland.cli.app import app
from napari_kdland.errors import KdlandError, UsageError
from napari_kdland.project import Project
from napari_kdland.recipes import ready_made_recipes
from tests.makers import TINY, a_project

SETTINGS = [word for setting in TINY for word in ("--set", setting)]


def kdland(*words: object) -> str:
    """Run a command in this process; errors of the program come out as they are."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, KdlandError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def typed(*words: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    command = [sys.executable, "-m", "napari_kdland", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_help_loads_neither_torch_nor_napari():
    code = (
        "import sys; sys.argv = ['kdland', '--help']\n"
        "import napari_kdland.cli as cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('torch', 'napari', 'monai', 'qtpy', 'pydicom') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith("[]")


def test_a_mistake_is_one_line_on_stderr_and_exit_code_2(tmp_path):
    done = typed("info", tmp_path / "nothing.kdland")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("kdland: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_misspelt_setting_is_answered_with_its_path_and_the_allowed_names(tmp_path):
    with pytest.raises(KdlandError, match=r"training\.stepz is not a key \(allowed here: .*steps"):
        kdland("train", a_project(tmp_path), "--set", "training.stepz=3")


def test_a_project_is_made_filled_and_described(tmp_path):
    images = a_project(tmp_path / "other").parent / "images"
    landmarks = tmp_path / "landmarks.csv"
    landmarks.write_text("image,landmark,x,y\ndots_00.png,right_lung_apex,10,20\n")

    kdland("new", tmp_path / "mine", "--scheme", "chest-10")
    added = kdland("import", tmp_path / "mine.kdland", images, "--landmarks", landmarks, "--json")
    told = json.loads(kdland("info", tmp_path / "mine.kdland", "--json"))

    assert len(json.loads(added)["added"]) == 10
    assert told["images"]["train"] == 10
    assert told["annotated"]["train"] == 1


def test_train_predict_evaluate_and_compare_work_one_after_the_other(tmp_path):
    path = a_project(tmp_path)

    kdland("train", path, "--name", "teacher", "--device", "cpu", *SETTINGS)
    student = json.loads(kdland("train", path, "--recipe", "kd", "--teacher", "teacher", "--json", *SETTINGS))
    kdland("predict", path, "--run", student["run"], "--out", tmp_path / "all.csv")
    evaluated = json.loads(kdland("evaluate", path, "--run", "teacher", "--json"))
    table = kdland("compare", path, "teacher", student["run"], "--report", tmp_path / "report.html", "--by", "landmark")

    assert evaluated["n_images"] == 2
    assert set(evaluated["per_landmark"]) == {"dot_0", "dot_1", "dot_2"}
    assert "mean shape" in table
    assert "All figures by landmark" in table
    page = (tmp_path / "report.html").read_text()
    assert "<svg" in page
    assert "Reliability diagram" in page


def test_predictions_are_read_back_as_landmarks(tmp_path):
    path = a_project(tmp_path, labelled=2)
    kdland("train", path, "--name", "teacher", *SETTINGS)
    kdland("predict", path, "--run", "teacher", "--split", "pool", "--out", tmp_path / "pool.csv")

    said = kdland("import-landmarks", path, tmp_path / "pool.csv", "--reader", "teacher")

    assert said.startswith("Read 6 landmarks")


def test_files_outside_the_project_are_predicted_into_a_table(tmp_path):
    path = a_project(tmp_path)
    kdland("train", path, "--name", "teacher", *SETTINGS)

    kdland("predict", path, tmp_path / "images" / "dots_00.png", "--run", "teacher", "--out", tmp_path / "one.csv")

    lines = (tmp_path / "one.csv").read_text().splitlines()
    assert lines[0] == "image,landmark,x,y,state,sd_px,confidence"
    assert [line.split(",")[:2] for line in lines[1:]] == [["dots_00.png", f"dot_{index}"] for index in range(3)]


def test_validation_and_test_images_are_drawn_among_the_annotated_ones(tmp_path):
    path = a_project(tmp_path, train=10, labelled=8, val=0, test=0, pool=3)

    said = kdland("split", path, "--val", "0.25", "--test", "0.25")

    told = json.loads(kdland("info", path, "--json"))
    assert said.split() == ["train", "6", "val", "2", "test", "2", "pool", "3"]
    again = json.loads(kdland("split", path, "--val", "0.25", "--test", "0.25", "--json"))
    assert again == {"train": 6, "val": 2, "test": 2, "pool": 3}
    assert told["annotated"] == {"train": 4, "val": 2, "test": 2, "pool": 0}


def test_progress_comes_as_json_lines_where_asked(tmp_path):
    done = typed("import", a_project(tmp_path, train=1, val=0, test=0, pool=0), tmp_path / "images", "--events", "json")

    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert events[0] == {"event": "Started", "title": "Importing images", "total": 1}


def test_runs_are_listed_renamed_and_deleted(tmp_path):
    path = a_project(tmp_path)
    kdland("train", path, "--name", "first", *SETTINGS)

    renamed = json.loads(kdland("runs", path, "--rename", "first", "second", "--json"))
    deleted = kdland("runs", path, "--delete", "second")

    assert [run["name"] for run in renamed] == ["second"]
    assert deleted.startswith("No runs yet")


def test_annotations_go_out_and_come_back_the_same(tmp_path):
    path = a_project(tmp_path / "one")
    kdland("export", path, "coco", tmp_path / "out.json")
    bare = a_project(tmp_path / "two", labelled=0, val=0, test=0, train=8)

    kdland("import-landmarks", bare, tmp_path / "out.json")
    kdland("export", path, "csv", tmp_path / "first.csv")
    kdland("export", bare, "csv", tmp_path / "second.csv")

    def points(file):
        return {tuple(line.split(",")[:5]) for line in file.read_text().splitlines() if ",placed" in line}

    assert points(tmp_path / "first.csv") == points(tmp_path / "second.csv") != set()


def a_folder_with_masks_and_channels(folder):
    from napari_kdland.phantom import make_phantom

    phantom = make_phantom(1, (96, 96))
    bits = sum(bit * phantom.masks[name] for bit, name in ((1, "right_lung"), (2, "left_lung"), (4, "heart")))
    pictures = {"one.png": phantom.standard, "one_bone.png": phantom.bone, "masks/one.png": bits.astype(np.uint8)}
    (folder / "masks").mkdir(parents=True)
    for name, pixels in pictures.items():
        imageio.imwrite(folder / name, pixels)
    return folder


def test_masks_and_channels_come_in_with_the_images_and_masks_go_out_again(tmp_path):
    images, path = a_folder_with_masks_and_channels(tmp_path / "images"), tmp_path / "study.kdland"
    kdland("new", path, "--scheme", "chest-10")

    said = kdland("import", path, images, "--masks", images / "masks", "--channels", "auto")
    info = json.loads(kdland("info", path, "--json"))
    kdland("export", path, "masks", tmp_path / "out")

    assert said == "Imported 1 images, 0 landmarks, 1 masks and 1 channels; left out 0.\n"
    assert (info["channels"], info["masks"]["train"]) == (["standard", "bone"], 1)
    with Image.open(tmp_path / "out" / "one.png") as out, Image.open(images / "masks" / "one.png") as brought:
        assert out.mode == "L"
        np.testing.assert_array_equal(out, brought)


def test_masks_and_channels_are_read_for_images_that_are_in_the_project(tmp_path):
    images, path = a_folder_with_masks_and_channels(tmp_path / "images"), tmp_path / "study.kdland"
    (images / "channels.csv").write_text("image,channel,path\none,bone,one_bone.png\n")
    kdland("new", path, "--scheme", "chest-10")
    kdland("import", path, images / "one.png")

    assert kdland("import-masks", path, images / "masks", "--reader", "ada").startswith("Read 1 masks")
    assert kdland("import-channels", path, images / "channels.csv").startswith("Read 1 channels")
    with pytest.raises(KdlandError, match=r"no format 'mask'. There are: csv, coco, masks"):
        kdland("export", path, "mask", tmp_path / "out")


def test_phantoms_come_with_channels_and_masks_that_a_project_takes(tmp_path):
    images, path = tmp_path / "phantoms", tmp_path / "study.kdland"
    kdland("phantom", images, "--count", 3, "--annotated", 2, "--channels", "--masks", "chest-10-regions")
    kdland("new", path, "--scheme", "chest-10-regions")
    beside = [
        word
        for name, file in (("landmarks", "landmarks.csv"), ("split", "split.csv"), ("channels", "channels.csv"))
        for word in (f"--{name}", images / file)
    ]

    said = kdland("import", path, images, *beside, "--masks", images / "masks")
    info = json.loads(kdland("info", path, "--json"))

    assert said == "Imported 3 images, 20 landmarks, 2 masks and 6 channels; left out 0.\n"
    assert (info["channels"], info["masks"]["train"]) == (["standard", "soft_tissue", "bone"], 2)
    assert kdland("check", path) == "Nothing is wrong.\n"


def test_a_sound_project_has_no_problems_and_a_lost_file_is_found_again(tmp_path):
    path = a_project(tmp_path)
    assert kdland("check", path) == "Nothing is wrong.\n"

    (tmp_path / "images").rename(tmp_path / "moved")
    assert typed("check", path).returncode == 2
    said = kdland("relink", path, tmp_path / "moved")

    assert said.startswith("Found 10 of 10")
    assert json.loads(kdland("relink", path, tmp_path / "moved", "--json"))["still_missing"] == []
    assert kdland("check", path) == "Nothing is wrong.\n"


@pytest.mark.slow
def test_the_demo_leads_from_the_sample_to_a_comparison(tmp_path):
    told = json.loads(kdland("demo", "--out", tmp_path / "demo", "--steps", 2, "--device", "cpu", "--json"))

    rows = [row["name"] for row in told["rows"]]
    assert rows == ["student-supervised", "student-distilled", "teacher", "mean shape"]
    assert Path(told["report"]).stat().st_size > 100_000
    assert len(list(Path(told["pictures"]).glob("*.png"))) == 3


def test_the_recipes_are_listed_with_what_they_follow():
    listed = kdland("recipes")

    assert [line.split()[0] for line in listed.splitlines()] == list(ready_made_recipes())
    assert "Hinton" in listed


def test_doctor_names_versions_and_devices():
    told = json.loads(kdland("doctor", "--json"))

    assert told["torch"][0].isdigit()
    assert "device cpu" in told


def test_check_mends_the_current_state_from_the_journal_and_keeps_a_copy(tmp_path):
    path = a_project(tmp_path)
    with Project.open(path) as project:
        with project.database.writing() as connection:
            connection.exec_driver_sql("UPDATE consensus SET edit_id = 1 WHERE image_id = 1")
        assert any("journal" in problem.message for problem in project.check())

    said = json.loads(kdland("check", path, "--repair", "--backup", tmp_path / "copy.db", "--json"))

    assert (tmp_path / "copy.db").exists()
    assert [line for line in said["done"] if "from the journal" in line]
    assert said["problems"] == []


@pytest.mark.parametrize("words", [("--index-values", "ratio=a.csv:ratio"), ("--no-pictures",)])
def test_what_is_for_the_report_is_refused_without_one(tmp_path, words):
    with pytest.raises(UsageError, match=rf"{words[0]} .* Give --report FILE\.html too"):
        kdland("compare", a_project(tmp_path), "one", *words)
