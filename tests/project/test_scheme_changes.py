from pathlib import Path

import pytest

from napari_kdland.anatomy.scheme_editing import Line, lines_of, revised
from napari_kdland.errors import ProjectError, SchemeError
from napari_kdland.project import Project
from napari_kdland.project.checks import landmarks as check_landmarks
from napari_kdland.project.checks import regions as check_regions
from tests.project.factories import a_project, a_scheme_with_regions, place, regions_of, x_of


def change(path: Path, edit) -> None:
    with Project.open(path) as project:
        landmarks, regions = edit(*lines_of(project.scheme))
        project.scheme_changes.change(revised(project.scheme, landmarks, regions, project.scheme_changes.removed()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two images; in the first, apex and angle are placed."""
    with a_project(tmp_path, images=2) as project:
        place(project, x=6)
        place(project, landmark="angle", x=9)
        return project.path


def without(name: str):
    return lambda landmarks, regions: ([each for each in landmarks if each.name != name], regions)


def with_landmark(name: str):
    return lambda landmarks, regions: ([*landmarks, Line(name, name.title())], regions)


def test_a_landmark_with_another_title_and_place_keeps_what_was_said_of_it(path: Path):
    change(path, lambda lines, regions: ([*lines[1:], Line("apex", "Top")], regions))

    with Project.open(path) as project:
        assert project.scheme.title_of("apex") == "Top"
        assert project.scheme.landmark_names[-1] == "apex"
        assert x_of(project) == 6


def test_a_landmark_that_is_removed_and_added_again_has_its_annotations(path: Path):
    change(path, without("apex"))
    with Project.open(path) as project:
        assert list(project.scheme_changes.removed().landmarks) == ["apex"]
        assert "apex" not in project.annotations.current(1).names

    change(path, with_landmark("apex"))

    with Project.open(path) as project:
        assert x_of(project) == 6
        assert project.scheme_changes.removed().landmarks == {}


def test_what_was_said_of_a_removed_landmark_counts_nowhere(path: Path):
    change(path, without("apex"))
    change(path, without("angle"))

    with Project.open(path) as project:
        assert project.records.get(1).n_known == 0
        assert project.annotations.labelled_ids() == []
        assert project.records.count(known="none") == 2
        assert check_landmarks(project) == []
        assert project.annotations.replay() == project.annotations.standing()


def test_a_removed_region_keeps_its_pixels_while_others_are_painted(tmp_path: Path):
    with a_project(tmp_path, images=1, scheme=a_scheme_with_regions()) as project:
        project.masks.save(1, regions_of(project, "right", "heart"), reader="ada")
        path = project.path
    change(path, lambda landmarks, regions: (landmarks, [each for each in regions if each.name != "right"]))
    with Project.open(path) as project:
        assert project.masks.load(1).known_names == ("heart",)
        assert check_regions(project) == []

    change(path, lambda landmarks, regions: (landmarks, [*regions, Line("right", "Right")]))

    with Project.open(path) as project:
        assert project.masks.load(1)["right"].sum() > 0


def test_a_scheme_that_another_window_changed_meanwhile_is_not_written_over(path: Path):
    with Project.open(path) as late:
        change(path, without("wall"))

        assert late.scheme_changes.is_outdated()
        with pytest.raises(SchemeError, match="changed in another window meanwhile"):
            late.scheme_changes.change(late.scheme)


def test_a_manifest_that_cannot_be_written_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise ProjectError("Cannot write project.toml: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("napari_kdland.project.scheme_changes.write_manifest", full)
        with pytest.raises(ProjectError, match="No space left"):
            change(path, without("apex"))

    with Project.open(path) as project:
        assert project.scheme.landmark_names == ("apex", "angle", "wall")
        assert project.scheme_changes.removed().landmarks == {}
        assert project.records.get(1).n_known == 2
