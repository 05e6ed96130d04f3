from pathlib import Path

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.project import Judged, Project, Verdict
from tests.project.factories import a_project, place

STUDENT = Origin("student", "small")


def say(project: Project, landmark: str, *, accepts: bool, reader: str = "ada", origin: Origin = STUDENT) -> None:
    state, point = (LandmarkState.PLACED, (5.0, 9.0)) if accepts else (LandmarkState.NOT_YET, None)
    project.annotations.edit(1, landmark, state, point, reader=reader, origin=origin)


def verdicts(project: Project, run: str = "small") -> dict[str, Verdict]:
    return {landmark: judged.verdict for landmark, judged in project.verdicts.of_image(1, run).items()}


def test_what_readers_made_of_predictions_is_read_from_the_journal(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        assert verdicts(project) == {}
        say(project, "apex", accepts=True)
        say(project, "angle", accepts=False)
        place(project, landmark="wall", reader="bob")

    with Project.open(project.path) as project:
        assert project.verdicts.of_image(1, "small") == {
            "apex": Judged(Verdict.ACCEPTED, "ada", "student", "small"),
            "angle": Judged(Verdict.REJECTED, "ada", "student", "small"),
            "wall": Judged(Verdict.LABELLED, "bob", "reader", "bob"),
        }


def test_of_another_runs_prediction_an_accepted_one_is_a_label_and_a_rejected_one_is_nothing(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        say(project, "apex", accepts=True)
        say(project, "angle", accepts=False)

        assert verdicts(project, "large") == {"apex": Verdict.LABELLED}


def test_undo_takes_a_rejection_back_and_a_later_point_settles_it(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        say(project, "apex", accepts=False)
        project.annotations.undo("ada")
        assert verdicts(project) == {}

        say(project, "apex", accepts=False)
        place(project, reader="bob")
        assert verdicts(project) == {"apex": Verdict.LABELLED}


def test_a_reset_by_hand_is_no_rejection(tmp_path: Path):
    with a_project(tmp_path, images=1) as project:
        say(project, "apex", accepts=True)
        project.annotations.edit(1, "apex", LandmarkState.NOT_YET, None, reader="ada")

        assert verdicts(project) == {}
