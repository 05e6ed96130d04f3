from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_kdland.errors import ProjectError, UsageError
from napari_kdland.project import Assignment, PartedPatient, Project
from napari_kdland.project.splits import _drawn
from tests.project.factories import a_project, add_image


def splits_of(project: Project) -> dict[str, str]:
    return {record.name: record.split for record in project.records.page()}


def a_project_of_patients(folder: Path, patients: str) -> Project:
    project = a_project(folder)
    for number, patient in enumerate(patients, 1):
        add_image(project, f"{number}.png", patient=patient)
    return project


def test_images_are_put_into_splits_with_a_label_rank(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        project.splits.assign_many({1: Assignment("train", 2), 2: "val", 3: Assignment("test", 5)})

        assert splits_of(project) == {"image1.png": "train", "image2.png": "val", "image3.png": "test"}
        assert [record.label_rank for record in project.records.page()] == [2, None, None]
        assert project.splits.counts() == {"train": 1, "val": 1, "test": 1, "pool": 0}


def test_a_label_rank_stays_until_another_is_given_or_the_image_leaves_training(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        ranks = []
        for split, rank in [("train", 4), ("train", None), ("train", 2), ("pool", None), ("train", None)]:
            project.splits.assign(1, split, rank)
            ranks.append(project.records.get(1).label_rank)

    assert ranks == [4, 4, 2, None, None]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({1: "tset"}, "no split 'tset'. There are: train, val, test, pool"),
        ({1: Assignment("train", 0)}, "label rank counts from 1; found 0"),
        ({1: "val", 9: "val"}, "no image number 9"),
    ],
)
def test_an_assignment_that_makes_no_sense_changes_nothing(tmp_path: Path, wanted: dict, message: str):
    with a_project(tmp_path, images=1) as project:
        with pytest.raises(UsageError, match=message):
            project.splits.assign_many(wanted)
        assert project.records.get(1).split == "pool"


@pytest.mark.parametrize(("one", "other"), [("train", "test"), ("pool", "test"), ("train", "val"), ("val", "test")])
def test_images_of_one_patient_may_not_stand_on_two_sides(tmp_path: Path, one: str, other: str):
    with a_project_of_patients(tmp_path, "AAB") as project:
        with pytest.raises(PartedPatient, match=rf"sides of the split: 1\.png in {one}, 2\.png in {other}\. Nothing"):
            project.splits.assign_many({1: one, 2: other, 3: "val"})
        assert set(splits_of(project).values()) == {"pool"}


def test_an_image_that_leaves_its_patients_side_is_refused_alone_and_moved_together(tmp_path: Path):
    with a_project_of_patients(tmp_path, "AAB") as project:
        with pytest.raises(PartedPatient, match="Put all images of a patient together"):
            project.splits.assign(1, "test")

        project.splits.assign_many({1: "test", 2: "test"})
        assert project.splits.counts()["test"] == 2


def test_train_and_pool_are_one_side(tmp_path: Path):
    with a_project_of_patients(tmp_path, "AA") as project:
        project.splits.assign(1, "train")

        assert splits_of(project) == {"1.png": "train", "2.png": "pool"}


def test_patients_given_later_group_the_images(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        project.splits.assign_patients({1: "A", 3: "A"})

        groups = [record.patient_group for record in project.records.page()]
    assert groups[0] == groups[2] != groups[1]


def test_patients_given_later_may_not_join_images_on_two_sides(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.splits.assign(2, "test")
        before = project.records.page()

        with pytest.raises(PartedPatient, match=r"image1\.png in pool, image2\.png in test"):
            project.splits.assign_patients({1: "A", 2: "A"})
        with pytest.raises(UsageError, match="no image number 9"):
            project.splits.assign_patients({9: "A"})
        assert project.records.page() == before


def test_a_frozen_test_split_lets_no_image_in_or_out(tmp_path: Path):
    with a_project(tmp_path, images=3) as project:
        project.splits.assign(1, "test")
        project.splits.freeze_test()

        for wanted in ({1: "pool"}, {2: "test"}, {2: "val", 3: "test"}):
            with pytest.raises(ProjectError, match=r"frozen, but image\d\.png would enter or leave it"):
                project.splits.assign_many(wanted)
        assert splits_of(project) == {"image1.png": "test", "image2.png": "pool", "image3.png": "pool"}


def test_a_frozen_test_split_lets_the_others_move(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        project.splits.assign(1, "test")
        project.splits.freeze_test()
        project.splits.assign_many({1: "test", 2: "train"})

        assert project.splits.counts() == {"train": 1, "val": 0, "test": 1, "pool": 0}


def test_thawing_needs_a_reason_and_records_it(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.splits.assign(1, "test")
        project.splits.freeze_test("before the first comparison")
        with pytest.raises(UsageError, match="needs a reason"):
            project.splits.thaw("  ")
        assert project.splits.is_test_frozen

        project.splits.thaw("a lateral view had slipped in")
        project.splits.assign(1, "pool")

        assert not project.splits.is_test_frozen
        assert [(made.what, made.reason) for made in project.splits.decisions()] == [
            ("freeze test", "before the first comparison"),
            ("thaw test", "a lateral view had slipped in"),
        ]


def test_freezing_twice_is_one_decision_and_lasts_over_a_restart(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        project.splits.assign(1, "test")
        project.splits.freeze_test()
        project.splits.freeze_test()

    with Project.open(project.path) as project:
        assert project.splits.is_test_frozen
        assert len(project.splits.decisions()) == 1


def test_an_empty_test_split_cannot_be_frozen(tmp_path: Path):
    with a_project(tmp_path, images=1) as project, pytest.raises(ProjectError, match="test split has no images"):
        project.splits.freeze_test()


def test_drawing_gives_every_split_its_share_and_training_images_their_ranks(tmp_path: Path):
    with a_project(tmp_path, images=20) as project:
        counts = project.splits.draw({"train": 0.5, "val": 0.2, "test": 0.2}, seed=1)

        assert counts == {"train": 10, "val": 4, "test": 4, "pool": 2}
        ranks = [record.label_rank for record in project.records.page(split="train")]
        assert sorted(ranks) == list(range(1, 11))


def test_the_same_seed_draws_the_same_splits_in_another_project(tmp_path: Path):
    drawn = []
    for name, seed in [("one", 1), ("two", 1), ("three", 2)]:
        (tmp_path / name).mkdir()
        with a_project(tmp_path / name, images=12) as project:
            project.splits.draw({"train": 0.5, "test": 0.5}, seed=seed)
            drawn.append([(r.name, r.split, r.label_rank) for r in project.records.page()])

    assert drawn[0] == drawn[1] != drawn[2]


def test_a_frozen_test_split_is_not_drawn_anew(tmp_path: Path):
    with a_project(tmp_path, images=6) as project:
        project.splits.assign_many({1: "test", 2: "test"})
        project.splits.freeze_test()
        with pytest.raises(ProjectError, match="cannot be drawn anew"):
            project.splits.draw({"train": 0.5, "test": 0.5}, seed=0)

        assert project.splits.draw({"train": 0.5, "val": 0.5}, seed=0) == {"train": 2, "val": 2, "test": 2, "pool": 0}
        assert project.records.ids("test") == [1, 2]


@pytest.mark.parametrize("fractions", [{"train": 0.8, "test": 0.3}, {"train": -0.1}, {"train": float("nan")}])
def test_shares_that_cannot_be_are_refused(tmp_path: Path, fractions: dict[str, float]):
    with a_project(tmp_path, images=1) as project, pytest.raises(UsageError, match="at most 1 together; found train"):
        project.splits.draw(fractions, seed=0)


def test_a_share_of_a_split_that_does_not_exist_is_refused(tmp_path: Path):
    with a_project(tmp_path) as project, pytest.raises(UsageError, match="no split 'trian'"):
        project.splits.draw({"trian": 1}, seed=0)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(patients=st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_drawing_never_parts_a_patient(patients: list[str], seed: int, tmp_path_factory: pytest.TempPathFactory):
    with a_project_of_patients(tmp_path_factory.mktemp("drawn"), "".join(patients)) as project:
        project.splits.draw({"train": 0.4, "val": 0.3, "test": 0.3}, seed=seed)

        assert project.splits.straddling() == []
        assert sum(project.splits.counts().values()) == len(patients)


def test_drawing_from_nothing_gives_nothing(tmp_path: Path):
    assert _drawn([], {"train": 1}, 0) == {}
    with a_project(tmp_path) as project:
        assert sum(project.splits.draw({"train": 1}, seed=0).values()) == 0
