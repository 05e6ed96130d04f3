"""The sample project."""

from napari_kdland.anatomy import load_scheme
from napari_kdland.events import run
from napari_kdland.project import Project
from napari_kdland.session.sample import RUNS, SCHEME, import_sample
from tests.session.factories import some_pictures


def test_the_few_are_a_readers_and_the_truth_is_called_so(tmp_path, monkeypatch):
    folder = some_pictures(tmp_path / "sample")
    (folder / "landmarks.csv").write_text("image,landmark,x,y\nnew_0.png,left_lung_apex,10,20\n")
    (folder / "truth.csv").write_text("image,landmark,x,y\nnew_1.png,left_lung_apex,11,21\n")
    (folder / "split.csv").write_text("image,split,label_rank\nnew_0.png,train,1\nnew_1.png,test,\n")
    monkeypatch.setattr("napari_kdland.phantom.sample_folder", lambda: folder)
    path = tmp_path / "sample.kdland"
    Project.create(path, load_scheme(SCHEME)).close()

    result = run(import_sample(path))

    assert len(result.added) == 3
    with Project.open(path) as project:
        known = {r.name: project.annotations.details(r.image_id) for r in project.records.page()}
    assert known["new_0.png"]["left_lung_apex"].reader == "sample reader"
    assert known["new_1.png"]["left_lung_apex"].reader == "phantom"


def test_a_trained_teacher_and_its_student_come_along(tmp_path):
    path = tmp_path / "sample.kdland"
    Project.create(path, load_scheme(SCHEME)).close()

    run(import_sample(path))

    with Project.open(path) as project:
        teacher, student = project.runs.all()
    assert (teacher.name, student.name) == RUNS
    assert student.teachers == (teacher.name,)
    assert teacher.size_bytes + student.size_bytes < 3e6
    assert max(teacher.best_error_px, student.best_error_px) < 10
