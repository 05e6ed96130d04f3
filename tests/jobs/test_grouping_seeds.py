"""Tests of napari_kdland.jobs.grouping_seeds."""

from types import SimpleNamespace

import pytest
import tomli_w

from napari_kdland.anatomy import Landmarks
from napari_kdland.jobs.freezing import FrozenData, FrozenImage
from napari_kdland.jobs.grouping_seeds import seed_groups
from tests.makers import a_tiny_recipe, dots


class Runs(dict):
    """Stands for the runs of a project."""

    get = dict.__getitem__

    def all(self):
        return list(self.values())


@pytest.fixture
def project(tmp_path):
    """Stands for a project; `train` adds runs to it."""
    return SimpleNamespace(runs=Runs(), folder=tmp_path)


def train(project, name, seed, *settings, recipe="supervised", labels=(0, 1), teachers=(), start=""):
    folder = project.folder / name
    folder.mkdir()
    values = a_tiny_recipe(recipe, *settings).model_dump(mode="json", exclude_none=True)
    (folder / "recipe.toml").write_text(tomli_w.dumps(values), encoding="utf-8")
    points = {f"{label}": Landmarks.placed(("a", "b", "c"), dots(label)) for label in labels}
    FrozenData(tuple(FrozenImage(name, of) for name, of in points.items()), (), ()).write(folder)
    project.runs[name] = SimpleNamespace(name=name, folder=folder, seed=seed, teachers=teachers, start=start)


def test_runs_that_differ_in_nothing_but_their_seeds_are_one_group(project):
    for seed in range(3):
        train(project, f"plain-s{seed}", seed)

    assert seed_groups(project, ["plain-s0", "plain-s1", "plain-s2"]) == {"plain": ("plain-s0", "plain-s1", "plain-s2")}


@pytest.mark.parametrize(
    "other", [{"recipe": "mean-teacher"}, {"labels": (0, 2)}, {"teachers": ("t",)}, {"start": "elsewhere"}]
)
def test_runs_that_differ_in_anything_else_are_groups_of_their_own(project, other):
    train(project, "one", 0)
    train(project, "two", 1, **other)

    assert seed_groups(project, ["one", "two"]) == {"one": ("one",), "two": ("two",)}


def test_a_setting_that_differs_makes_another_method(project):
    train(project, "one", 0)
    train(project, "two", 1, "training.steps=8")

    assert len(seed_groups(project, ["one", "two"])) == 2


def test_teachers_that_differ_in_nothing_but_their_seeds_do_not_part_their_students(project):
    for seed in (0, 1):
        train(project, f"teacher-{seed}", seed)
        train(project, f"kd-{seed}", 7, recipe="kd", teachers=(f"teacher-{seed}",))

    groups = seed_groups(project, ["kd-0", "teacher-0", "kd-1", "teacher-1"])

    assert groups == {"kd": ("kd-0", "kd-1"), "teacher": ("teacher-0", "teacher-1")}


def test_the_same_seed_again_is_no_further_sample(project):
    for name, seed in (("a", 0), ("b", 1), ("c", 1)):
        train(project, name, seed)

    assert seed_groups(project, ["a", "b", "c"]) == {"a and 1 more": ("a", "b"), "c": ("c",)}


def test_a_run_that_kept_nothing_of_what_it_was_made_from_stands_by_itself(project):
    for seed in range(3):
        train(project, f"r{seed}", seed)
    (project.folder / "r0" / "recipe.toml").unlink()
    (project.folder / "r1" / "data.json").unlink()

    assert [len(of) for of in seed_groups(project, ["r0", "r1", "r2"]).values()] == [1, 1, 1]


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (("kd-k10-s0-89ab", "kd-k10-s1-01cd"), "kd-k10"),
        (("kd-k10_seed 1", "kd-k10_seed 12"), "kd-k10"),
        (("kd-9", "kd-10"), "kd"),
        (("kd-10", "kd-11"), "kd"),
        (("kd", "kd-s1"), "kd and 1 more"),
        (("first", "second"), "first and 1 more"),
    ],
)
def test_a_group_is_called_by_what_its_names_begin_with(project, names, called):
    for seed, name in enumerate(names):
        train(project, name, seed)

    assert list(seed_groups(project, names)) == [called]
