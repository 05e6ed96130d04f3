import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import RunError
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings
from tests.project.factories import a_project, a_run


def test_a_new_run_is_planned_with_its_folder_and_settings(tmp_path: Path):
    with a_project(tmp_path) as project:
        run = a_run(project, teachers=("teacher",))

        assert run == project.runs.get("kd-k10-s0")
        assert (run.recipe, run.status, run.labels, run.seed, run.device) == ("kd", "planned", 10, 0, "cpu")
        assert (run.teachers, run.steps_done, run.best_error_px, run.message) == (("teacher",), 0, None, "")
        assert run.folder == project.layout.run_folder("kd-k10-s0")
        assert run.folder.is_dir()


def test_names_say_recipe_labels_and_seed_and_never_collide(tmp_path: Path):
    recipe = load_recipe("supervised")
    with a_project(tmp_path) as project:
        names = [project.runs.create(recipe=recipe, labels=5, seed=1).name for _ in range(3)]
        names.append(project.runs.create(recipe=recipe, seed=0).name)

        assert names == ["supervised-k5-s1", "supervised-k5-s1-2", "supervised-k5-s1-3", "supervised-s0"]
        assert [run.name for run in project.runs.all()] == names


def test_a_folder_left_by_somebody_else_is_not_taken_over(tmp_path: Path):
    with a_project(tmp_path) as project:
        (project.layout.runs_folder / "kd-k10-s0").mkdir()

        assert a_run(project).name == "kd-k10-s0-2"


@pytest.mark.parametrize("name", ["", "a b", "../a", "a/b", ".hidden", "-a", "é", "a" * 101, "con", "NUL.txt", "a."])
def test_a_name_that_cannot_be_a_folder_everywhere_is_refused(tmp_path: Path, name: str):
    with a_project(tmp_path) as project, pytest.raises(RunError, match="cannot be called"):
        a_run(project, name)


@pytest.mark.parametrize("name", ["mine", "MINE"])
def test_a_name_that_is_taken_is_refused(tmp_path: Path, name: str):
    with a_project(tmp_path) as project:
        a_run(project, "mine")

        with pytest.raises(RunError, match=f"There is a run or a run folder {name} already"):
            a_run(project, name)


def test_an_unknown_run_is_answered_with_those_close_to_it(tmp_path: Path):
    with a_project(tmp_path) as project:
        with pytest.raises(RunError, match=r"no run 'kd'. There are: none yet"):
            project.runs.get("kd")

        a_run(project)
        with pytest.raises(RunError, match=r"no run 'kd-k10-s1'. Close to it: kd-k10-s0"):
            project.runs.get("kd-k10-s1")


def test_the_recipe_is_kept_with_every_setting(tmp_path: Path):
    recipe = with_settings(load_recipe("kd"), ["training.steps=7", "terms.0.weight=0.5"])
    with a_project(tmp_path) as project:
        run = project.runs.create(recipe=recipe)

        assert project.runs.recipe_of(run.name) == recipe


def test_a_recipe_that_an_older_version_did_not_keep_is_said_to_be_unknown(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project)
        with project.database.writing() as connection:
            connection.exec_driver_sql("UPDATE runs SET settings = NULL")

        with pytest.raises(RunError, match="does not know the recipe of run kd-k10-s0"):
            project.runs.recipe_of("kd-k10-s0")


def test_a_run_is_updated_field_by_field(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project)
        project.runs.update("kd-k10-s0", status="running", steps_done=50)
        project.runs.update("kd-k10-s0", best_error_px=12.5, teachers=("a", "b"), message="well")

        run = project.runs.get("kd-k10-s0")
        assert (run.status, run.steps_done, run.best_error_px) == ("running", 50, 12.5)
        assert (run.teachers, run.message) == (("a", "b"), "well")


@pytest.mark.parametrize("changes", [{"status": "dead"}, {"size_bytes": "3"}, {"stauts": "done"}])
def test_a_change_that_no_run_can_take_is_a_mistake_of_the_caller(tmp_path: Path, changes: dict[str, str]):
    with a_project(tmp_path) as project:
        a_run(project)

        with pytest.raises(ValueError, match="not a change of a run"):
            project.runs.update("kd-k10-s0", **changes)


def test_an_unknown_run_cannot_be_updated(tmp_path: Path):
    with a_project(tmp_path) as project, pytest.raises(RunError, match="no run 'kd'"):
        project.runs.update("kd", status="done")


def test_renaming_takes_folder_results_and_pupils_along(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        (a_run(project, "old").folder / "best.safetensors").write_bytes(b"weights")
        a_run(project, "pupil", teachers=("other", "old"))
        project.metrics.save("old", "test", {"mean": 1.0})
        project.predictions.save("old", 1, Landmarks.placed(["apex", "angle", "wall"], np.ones((3, 2))))

        run = project.runs.rename("old", "new")

        assert (run.folder / "best.safetensors").read_bytes() == b"weights"
        assert not project.layout.run_folder("old").exists()
        assert project.runs.get("pupil").teachers == ("other", "new")
        assert project.metrics.load("new", "test") == {"mean": 1.0}
        assert project.predictions.ids("new") == [1]


def test_a_run_whose_folder_is_gone_can_be_renamed_and_deleted(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project, "old").folder.rmdir()
        project.runs.rename("old", "new")
        project.runs.delete("new")

        assert project.runs.all() == []


def test_renaming_to_a_name_that_is_taken_changes_nothing(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project, "one")
        a_run(project, "other")

        with pytest.raises(RunError, match="other already"):
            project.runs.rename("one", "other")
        assert [run.name for run in project.runs.all()] == ["one", "other"]


def test_deleting_takes_folder_predictions_and_metrics_away(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        run = a_run(project)
        (run.folder / "best.safetensors").write_bytes(b"weights")
        project.metrics.save(run.name, "test", {"mean": 1.0})
        project.predictions.save(run.name, 1, Landmarks.not_yet(["apex", "angle", "wall"]))

        project.runs.delete(run.name)

        assert not run.folder.exists()
        with project.database.reading() as connection:
            left = [
                connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar() for t in ("metrics", "predictions")
            ]
        assert left == [0, 0]


@pytest.mark.parametrize("change", [lambda runs: runs.delete("kd-k10-s0"), lambda runs: runs.rename("kd-k10-s0", "x")])
def test_a_run_that_is_training_is_neither_deleted_nor_renamed(tmp_path: Path, change):
    with a_project(tmp_path) as project:
        a_run(project)
        with (
            Project.open(project.path) as other,
            other.runs.training_lock("kd-k10-s0"),
            pytest.raises(RunError, match="kd-k10-s0 is training"),
        ):
            change(project.runs)


def test_a_file_that_a_training_moves_while_sizes_are_taken_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with a_project(tmp_path) as project:
        run = a_run(project)
        (run.folder / "best").write_bytes(bytes(100))
        (run.folder / ".last.part").write_bytes(bytes(1000))
        walk = os.walk

        def moving(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
            for found in walk(folder):
                (run.folder / ".last.part").unlink(missing_ok=True)
                yield found

        monkeypatch.setattr(os, "walk", moving)

        assert project.runs.get(run.name).size_bytes == 100


def test_disk_use_counts_every_file_of_every_run(tmp_path: Path):
    with a_project(tmp_path) as project:
        for name, size in [("one", 1000), ("other", 500)]:
            folder = a_run(project, name).folder / "sub"
            folder.mkdir()
            (folder / "file").write_bytes(b"x" * size)

        assert project.runs.get("one").size_bytes == 1000
        assert project.runs.disk_use() == 1500


def test_runs_and_folders_that_have_lost_each_other_are_told(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project, "lost").folder.rmdir()
        a_run(project, "well")
        (project.layout.runs_folder / "stray").mkdir()

        assert project.runs.orphans() == (["lost"], ["stray"])
