"""Tests of napari_kdland.cli.review."""

import json

import imageio.v3 as imageio
import numpy as np
import pytest

from napari_kdland.images import read
from napari_kdland.project import Project
from tests.cli.test_app import kdland, typed
from tests.jobs.test_ranking import predict
from tests.makers import a_project


@pytest.fixture
def path(tmp_path):
    path = a_project(tmp_path, train=2, val=1, test=1, pool=2, labelled=2)
    with Project.open(path) as project:
        predict(project, "teacher")
        predict(project, "student", off=1.0)
        project.reviews.mark([5], reader="ada")
        project.flags.put(6, "pacemaker", reader="ada")
    return path


def test_the_queue_is_listed_with_who_reviewed_and_what_is_flagged(path):
    told = kdland("review", path, "--by", "disagreement", "--runs", "teacher", "student", "--limit", 2)

    lines = told.splitlines()
    assert lines[0] == "Disagreement of runs: teacher, student"
    assert lines[1].split() == ["1", "6.0", "px", "dots_05.png", "flagged:", "pacemaker"]
    assert lines[2].split() == ["2", "5.0", "px", "dots_04.png", "reviewed", "by", "ada"]
    assert lines[3] == "1 of 5 images are reviewed."


def test_the_queue_is_given_as_json_by_landmark_too(path):
    told = json.loads(kdland("review", path, "teacher", "student", "--landmarks", "--limit", 1, "--json"))

    assert {key: told[key] for key in ("by", "runs", "n_images", "n_reviewed")} == {
        "by": "disagreement",
        "runs": ["teacher", "student"],
        "n_images": 5,
        "n_reviewed": 1,
    }
    assert told["queue"] == [
        {
            "image": "dots_05.png",
            "split": "pool",
            "landmark": "dot_0",
            "score": pytest.approx(6.0),
            "reviewed_by": [],
            "reasons": [],
            "flag": "pacemaker",
        }
    ]


def test_doubts_are_listed_with_their_reasons_and_want_no_run(path, tmp_path):
    with Project.open(path) as project:
        first = project.records.page(0, 1, split="train")[0]
        imageio.imwrite(tmp_path / "copy.png", (0.97 * imageio.imread(first.path)).astype(np.uint16))
        project.records.add(read(tmp_path / "copy.png"), tmp_path / "copy.png", split="pool")

    lines = kdland("review", path, "--by", "doubtful-labels").splitlines()

    assert lines[0] == "Doubtful labels"
    assert f"shows nearly the same as {first.name} (train)" in "".join(lines)


def test_a_queue_of_no_runs_is_refused_in_one_line(path):
    done = typed("review", path, "--by", "uncertainty")

    assert done.returncode == 2
    assert done.stderr.startswith("kdland: The score uncertainty needs a run or more; there is none.")
