from pathlib import Path

from tests.project.factories import a_project, a_radiograph, add_image


def test_images_of_one_patient_share_a_group_and_others_do_not(tmp_path: Path):
    with a_project(tmp_path) as project:
        groups = [add_image(project, f"{n}.png", patient=who).patient_group for n, who in enumerate(["A", "A ", "B"])]

    assert groups[0] == groups[1] != groups[2]


def test_images_without_a_patient_are_each_their_own_group(tmp_path: Path):
    with a_project(tmp_path, images=2) as project:
        one, other = project.records.page()

    assert one.patient_group != other.patient_group


def test_a_patient_who_is_called_like_an_image_does_not_share_its_group(tmp_path: Path):
    with a_project(tmp_path) as project:
        image = project.records.add(a_radiograph("abc"), tmp_path / "1.png")
        person = project.records.add(a_radiograph("def", patient="abc"), tmp_path / "2.png")

    assert image.patient_group != person.patient_group


def test_the_group_of_a_patient_differs_between_projects(tmp_path: Path):
    groups = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with a_project(tmp_path / name) as project:
            groups.add(add_image(project, "a.png", patient="A").patient_group)

    assert len(groups) == 2


def test_no_file_of_the_project_holds_the_patients_name(tmp_path: Path):
    with a_project(tmp_path) as project:
        add_image(project, "a.png", patient="Kowalska^Anna")
        project.back_up()
        files = [path for path in project.path.rglob("*") if path.is_file()]

        assert len(files) > 2
        assert not any(b"Kowalska" in path.read_bytes() for path in files)
