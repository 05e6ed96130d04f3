import pytest

from napari_kdland.anatomy import LandmarkState, Origin
from napari_kdland.errors import UsageError
from napari_kdland.events import run
from napari_kdland.jobs import compare_project_readers
from napari_kdland.project import Annotation, Project
from tests.makers import a_project, annotate, dots
from tests.session import factories


def read(path, image_id, reader, by=0.0, origin=None):
    with Project.open(path) as project:
        names = project.scheme.landmark_names
        said = [
            Annotation(image_id, name, LandmarkState.PLACED, (float(y), float(x) + by), origin=origin)
            for name, (y, x) in zip(names, dots(0), strict=True)
        ]
        project.annotations.edit_many(said, reader=reader)


def test_readers_are_compared_on_the_images_that_both_have_read(tmp_path):
    path = a_project(tmp_path)
    with Project.open(path) as project:
        annotate(project, 1, dots(0), reader="B")
    read(path, 2, "B", by=2.0)

    compared = run(compare_project_readers(path))

    (pair,) = compared.pairs
    assert (pair.first, pair.second, pair.n_images) == ("A", "B", 2)
    assert pair.per_landmark_px["dot_0"].n == 2
    assert compared.n_read["A"] > compared.n_read["B"] == 2


def test_a_point_that_was_taken_over_from_a_run_was_not_read(tmp_path):
    path = a_project(tmp_path)
    read(path, 1, "B", origin=Origin("student", "kd"))

    assert run(compare_project_readers(path)).pairs == ()


def test_only_images_of_a_split_are_compared_where_one_is_named(tmp_path):
    path = a_project(tmp_path)
    read(path, 1, "B")

    assert len(run(compare_project_readers(path, split="train")).pairs) == 1
    assert run(compare_project_readers(path, split="val")).pairs == ()


def test_masks_that_two_readers_drew_are_compared_region_by_region(tmp_path):
    path = factories.a_project(tmp_path, scheme=factories.a_scheme_of_regions())
    with Project.open(path) as project:
        project.masks.save(1, factories.some_regions(), reader="A")
        project.masks.save(1, factories.some_regions(shift=3), reader="B")
        project.masks.save(2, factories.some_regions(), reader="A")
        project.masks.save(2, factories.some_regions(shift=3), reader="B", origin=Origin("student", "kd"))

    compared = run(compare_project_readers(path))

    (of,) = compared.regions.values()
    assert list(compared.regions) == ["A and B"]
    assert len(of.images) == 1
    # 30 rows of which 27 are common; 25 rows of which 22 are.
    assert of.per_region["lung"].dice.mean == pytest.approx(27 / 30)
    assert of.per_region["heart"].dice.mean == pytest.approx(22 / 25)
    assert compared.n_read == {"A": 2, "B": 1}
    assert compared.pairs == ()


@pytest.mark.parametrize(
    ("readers", "message"), [(("A", "Z"), r"Nothing was read by Z\. .*have read: A"), (("A",), "Name two or more")]
)
def test_readers_who_have_read_nothing_and_one_alone_are_refused(tmp_path, readers, message):
    with pytest.raises(UsageError, match=message):
        run(compare_project_readers(a_project(tmp_path), readers))
