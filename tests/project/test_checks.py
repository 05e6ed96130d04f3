from pathlib import Path

from sqlalchemy import text

from napari_kdland.project import Project
from tests.project.factories import (
    a_project,
    a_run,
    a_scheme,
    a_scheme_with_regions,
    add_image,
    place,
    regions_of,
    x_of,
)


def a_sound_project(folder: Path) -> Project:
    project = a_project(folder, images=2)
    (folder / "images").mkdir()
    for number in (1, 2):
        (folder / "images" / f"image{number}.png").touch()
        place(project, number)
    a_run(project)
    return project


def a_project_with_regions(folder: Path) -> Project:
    project = a_project(folder, images=1, scheme=a_scheme_with_regions())
    (folder / "images").mkdir()
    (folder / "images" / "image1.png").touch()
    return project


def tamper(project: Project, *statements: str) -> None:
    with project.database.writing() as connection:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            connection.exec_driver_sql(statement)


def whats(project: Project) -> list[str]:
    return [problem.what for problem in project.check()]


def test_a_sound_project_has_no_problem(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        assert project.check() == []
        assert project.repair() == []


def test_missing_image_files_are_named_with_what_to_do(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        (tmp_path / "images" / "image2.png").unlink()

        (problem,) = project.check()
        assert problem.what == "missing files"
        assert "1 image files are not where they were: image2.png" in str(problem)
        assert "Relink" in str(problem)


def test_a_current_state_that_is_not_the_journals_is_found_and_repaired(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        place(project, x=9)
        tamper(project, "UPDATE consensus SET edit_id = 1 WHERE image_id = 1")
        assert [(problem.what, problem.can_be_repaired) for problem in project.check()] == [("journal", True)]

        done = project.repair()

        assert x_of(project) == 9
        assert project.check() == []
        assert "A copy of the database was put into" in done[0]
        assert len(list(project.layout.backups_folder.iterdir())) == 1


def test_landmarks_that_were_taken_out_of_the_scheme_are_named(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        manifest = project.layout.manifest_path
    text_ = manifest.read_text()
    manifest.write_text(text_.replace('"apex"', '"summit"'))

    with Project.open(project.path) as project:
        (problem,) = project.check()
        assert "There are annotations of apex, which the scheme in project.toml lacks" in problem.message


def test_mask_files_that_are_lost_or_damaged_are_named_earlier_ones_too(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        saved = [project.masks.save(1, regions_of(project, name), reader="ada") for name in ("right", "left", "heart")]
        assert project.check() == []
        saved[0].path.unlink()
        saved[2].path.write_bytes(b"something else")

        (problem,) = project.check()
        assert problem.what == "masks"
        assert "2 masks are lost" in problem.message
        assert f"{saved[0].path} cannot be read" in problem.message
        assert f"{saved[2].path} is damaged" in problem.message


def test_regions_that_were_taken_out_of_the_scheme_are_named(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        project.masks.save(1, regions_of(project, "right", "heart"), reader="ada")
    manifest = project.layout.manifest_path
    manifest.write_text("".join(line for line in manifest.read_text().splitlines(keepends=True) if "heart" not in line))

    with Project.open(project.path) as project:
        (problem,) = project.check()
        assert problem.message.startswith("There are masks of heart, which the scheme in project.toml lacks")


def test_channel_files_that_are_gone_are_named(tmp_path: Path):
    with a_project_with_regions(tmp_path) as project:
        (tmp_path / "there.png").touch()
        there, gone = (tmp_path / "there.png", None), (tmp_path / "gone.png", None)
        project.channels.set_many({1: {"bone": gone, "soft_tissue": there}})

        (problem,) = project.check()
        assert problem.what == "channels"
        assert f"1 channel files are not where they were: bone of image1.png (was {tmp_path}/gone.png)" in str(problem)


def test_a_patient_on_two_sides_is_named(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        tamper(project, "UPDATE images SET patient_group = 'x'", "UPDATE images SET split = 'test' WHERE image_id = 2")

        (problem,) = project.check()
        assert "two sides of the split: image1.png, image2.png" in problem.message


def test_runs_and_folders_that_have_lost_each_other_are_named(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        project.layout.run_folder("kd-k10-s0").rename(project.layout.run_folder("stray"))

        messages = [problem.message for problem in project.check()]
        assert "Runs whose folder is gone: kd-k10-s0" in messages[0]
        assert "Folders in runs/ that belong to no run: stray" in messages[1]


def test_links_to_nothing_are_found(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        with project.database.reading() as connection:
            driver = connection.connection.driver_connection
            driver.execute("COMMIT")
            driver.execute("PRAGMA foreign_keys = OFF")
            driver.execute("INSERT INTO consensus VALUES (77, 'apex', 1)")
            driver.execute("PRAGMA foreign_keys = ON")
            driver.execute("BEGIN")

        assert whats(project) == ["damage", "journal"]


def test_long_lists_are_cut_short_with_their_number(tmp_path: Path):
    with a_project(tmp_path, scheme=a_scheme("apex")) as project:
        for number in range(8):
            add_image(project, f"{number}.png")

        (problem,) = project.check()
        assert "8 image files" in problem.message
        assert "and 3 more" in problem.message


def test_a_repair_marks_runs_that_died_as_stopped(tmp_path: Path):
    with a_sound_project(tmp_path) as project:
        project.runs.update("kd-k10-s0", status="running")

        assert project.repair() == ["Marked as stopped, since their process ended: kd-k10-s0."]
