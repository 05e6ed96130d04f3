"""From the folders of a public data set to a student that was distilled by the recipe for it."""

import pytest

from napari_kdland import events
from napari_kdland.jobs import TrainingOrder, train_run
from napari_kdland.jobs.importing_datasets import CaseSplits
from napari_kdland.recipes import load_recipe, with_settings
from tests.jobs.importing_datasets.makers import a_brats_case, a_kits_case, a_lits_case, a_project, ordered

SMALL = (
    "student.backbone=tiny",
    "input.size=64",
    "training.steps=4",
    "training.validate_every=2",
    "training.labelled_batch=2",
)


def trained(project, name, recipe, *settings, **order):
    recipe = with_settings(recipe, [*settings, *SMALL])
    return events.run(train_run(project, TrainingOrder(recipe, name=name, device="cpu", **order)))


@pytest.mark.parametrize(
    ("recipe", "layout", "scheme", "make"),
    [
        ("kdnet-brats2018", "brats2018", "brats-2018", lambda folder, n: a_brats_case(folder, f"c{n}", seed=n)),
        ("emkd-lits17", "lits17", "lits17-tumour", a_lits_case),
        ("emkd-kits19", "kits19", "kits19-kidney", a_kits_case),
    ],
)
def test_a_data_set_is_imported_and_its_recipe_trains_teacher_and_student(tmp_path, recipe, layout, scheme, make):
    for index in range(3):
        make(tmp_path / "data", index)
    project = a_project(tmp_path, scheme)
    ordered(project, layout, tmp_path / "data", tmp_path / "slices", splits=CaseSplits(val=0.34, test=0.33))
    student = load_recipe(recipe)
    sees = [f"input.channels={list(student.teacher.channels)}"] if student.teacher.channels else []

    trained(project, "T", load_recipe("supervised"), *student.teacher.settings, *sees)
    run = trained(project, "S", student, teachers=("T",))

    assert (run.status, run.steps_done) == ("done", 4)
