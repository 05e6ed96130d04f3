"""Undo and redo over landmarks and masks."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.anatomy.landmarks import Origin
from napari_kdland.errors import AnnotationError
from napari_kdland.project import Project
from napari_kdland.project.steps import MaskStep
from tests.project.factories import a_project, a_scheme_with_regions, place, regions_of, x_of


def organs(folder: Path, images: int = 1) -> Project:
    return a_project(folder, images=images, scheme=a_scheme_with_regions())


def drawn(project: Project, image_id: int = 1, *, reader: str | None = None) -> tuple[str, ...]:
    record = project.masks.current([image_id], reader=reader).get(image_id)
    return () if record is None else record.known


def draw(project: Project, *names: str, image_id: int = 1, reader: str = "ada") -> None:
    project.masks.save(image_id, regions_of(project, *names), reader=reader)


def test_undo_takes_back_what_was_done_last_whether_point_or_mask(tmp_path: Path):
    with organs(tmp_path) as project:
        place(project, x=6)
        draw(project, "right")
        place(project, x=7)
        draw(project, "right", "heart")

        seen = []
        for _ in range(4):
            project.steps.undo("ada")
            seen.append((x_of(project), drawn(project)))

    assert seen == [(7, ("right",)), (6, ("right",)), (6, ()), (None, ())]


def test_redo_repeats_in_the_order_in_which_it_was_done(tmp_path: Path):
    with organs(tmp_path) as project:
        place(project, x=6)
        draw(project, "right")
        place(project, x=7)
        for _ in range(3):
            project.steps.undo("ada")

        seen = []
        for _ in range(3):
            project.steps.redo("ada")
            seen.append((x_of(project), drawn(project)))

        assert project.steps.redo("ada") is None
    assert seen == [(6, ()), (6, ("right",)), (7, ("right",))]


def test_a_mask_that_was_taken_back_lets_the_one_of_a_file_count_again(tmp_path: Path):
    with organs(tmp_path) as project:
        project.masks.save(1, regions_of(project, "left"), reader="import", origin=Origin("file", "folder"))
        draw(project, "right")

        project.steps.undo("ada")

        assert drawn(project) == ("left",)
        assert drawn(project, reader="ada") == ()


def test_masks_that_came_from_a_folder_are_not_taken_back_one_by_one(tmp_path: Path):
    with organs(tmp_path) as project:
        project.masks.save(1, regions_of(project, "left"), reader="ada", origin=Origin("file", "folder"))

        assert project.steps.undo("ada") is None


def test_undo_of_a_mask_says_which_image_it_was_and_reaches_over_a_restart(tmp_path: Path):
    with organs(tmp_path, images=2) as project:
        draw(project, "right", image_id=2)

    with Project.open(tmp_path / "study.kdland") as project:
        step = project.steps.undo("ada")

        assert isinstance(step, MaskStep)
        assert (step.image_id, step.kind, drawn(project, 2)) == (2, "undo", ())


def test_each_reader_takes_back_the_own_masks(tmp_path: Path):
    with organs(tmp_path) as project:
        draw(project, "right", reader="ada")
        draw(project, "right", "heart", reader="bob")

        assert project.steps.undo("ada") is not None

        assert drawn(project) == ("right", "heart")
        assert drawn(project, reader="ada") == ()


def test_what_was_taken_back_cannot_be_repeated_after_a_new_mask(tmp_path: Path):
    with organs(tmp_path) as project:
        place(project)
        project.steps.undo("ada")
        draw(project, "right")

        assert project.steps.redo("ada") is None


def test_a_mask_that_was_taken_back_cannot_be_repeated_after_a_new_point(tmp_path: Path):
    with organs(tmp_path) as project:
        draw(project, "right")
        project.steps.undo("ada")
        place(project)

        assert project.steps.redo("ada") is None


def test_a_locked_landmark_is_not_taken_back(tmp_path: Path):
    with organs(tmp_path) as project:
        place(project)
        project.locks.lock(1, ["apex"], reader="bob")

        with pytest.raises(AnnotationError, match="locked"):
            project.steps.undo("ada")
        assert x_of(project) == 6


def test_undo_and_redo_of_masks_only_append(tmp_path: Path):
    with organs(tmp_path) as project:
        draw(project, "right")
        project.steps.undo("ada")
        project.steps.redo("ada")

        assert [record.mask_id for record in project.masks.all_saved()] == [1, 2, 3]
        assert drawn(project) == ("right",)


def test_the_same_mask_can_be_saved_again_after_it_was_taken_back(tmp_path: Path):
    with organs(tmp_path) as project:
        draw(project, "right")
        project.steps.undo("ada")

        draw(project, "right")

        assert drawn(project) == ("right",)


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["point", "mask", "undo", "redo"]), max_size=14))
def test_undo_and_redo_walk_over_the_states_that_there_were(tmp_path_factory: object, actions: list[str]):
    folder = tmp_path_factory.mktemp("steps")  # type: ignore[attr-defined]
    with organs(folder) as project:

        def state() -> tuple[float | None, int]:
            record = project.masks.current([1]).get(1)
            return x_of(project), 0 if record is None else int(np.count_nonzero(project.masks.load(1).masks))

        states, place_in = [state()], 0
        for number, action in enumerate(actions, start=1):
            if action == "undo":
                assert (project.steps.undo("ada") is not None) == (place_in > 0)
                place_in = max(0, place_in - 1)
            elif action == "redo":
                assert (project.steps.redo("ada") is not None) == (place_in + 1 < len(states))
                place_in = min(len(states) - 1, place_in + 1)
            else:
                if action == "point":
                    place(project, x=number)
                else:
                    regions = regions_of(project, "right")
                    regions.masks[0, 10, :number] = True
                    project.masks.save(1, regions, reader="ada")
                states, place_in = [*states[: place_in + 1], state()], place_in + 1
            assert state() == states[place_in]


def test_the_last_time_is_that_of_the_newest_point_or_mask(tmp_path: Path):
    with organs(tmp_path) as project:
        assert project.steps.last_time() is None
        place(project, x=6)
        assert project.steps.last_time() == project.annotations.last_edit().time

        draw(project, "right")

        assert project.steps.last_time() == project.masks.current([1])[1].time
