import re
from pathlib import Path

import pytest

from napari_kdland.anatomy import load_scheme, ready_made_schemes
from napari_kdland.errors import NewerProject, ProjectError
from napari_kdland.project.manifest import Manifest, read_manifest, write_manifest
from napari_kdland.project.tables import SCHEMA_VERSION


def a_manifest(scheme: str = "chest-8") -> Manifest:
    return Manifest(name="Study", schema_version=SCHEMA_VERSION, scheme=load_scheme(scheme))


@pytest.mark.parametrize("scheme", ready_made_schemes())
def test_a_manifest_is_read_back_as_it_was_written(tmp_path: Path, scheme: str):
    write_manifest(a_manifest(scheme), tmp_path / "project.toml")

    assert read_manifest(tmp_path / "project.toml") == a_manifest(scheme)


def test_a_manifest_is_text_that_says_what_it_is(tmp_path: Path):
    write_manifest(a_manifest(), tmp_path / "project.toml")

    text = (tmp_path / "project.toml").read_text()
    assert text.startswith("# A napari-kdland project.")
    assert 'name = "Study"' in text
    assert "[scheme]" in text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "Study"', "", "name: Field required"),
        ('name = "Study"', 'name = "Study"\nnmae = 1', "nmae is not a key"),
        (f"schema_version = {SCHEMA_VERSION}", "schema_version = -1", "schema_version: Input should be greater"),
        (f"schema_version = {SCHEMA_VERSION}", "schema_version = [", "not valid TOML: .*line 6"),
        ("[scheme]", "[schema]", "schema is not a key"),
        ('name = "right_lung_apex"', 'name = "left_lung_apex"', "scheme: landmark names must be unique"),
    ],
)
def test_a_manifest_that_was_edited_wrongly_is_refused_with_the_key(tmp_path: Path, old: str, new: str, message: str):
    path = tmp_path / "project.toml"
    write_manifest(a_manifest("chest-10"), path)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(ProjectError, match=message):
        read_manifest(path)


def test_a_newer_manifest_is_refused_before_its_keys_are_looked_at(tmp_path: Path):
    (tmp_path / "project.toml").write_text(f"schema_version = {SCHEMA_VERSION + 1}\nunknown = 1\n")

    with pytest.raises(NewerProject, match=f"schema version {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION}"):
        read_manifest(tmp_path / "project.toml")


def test_an_older_manifest_learns_which_regions_a_mirrored_image_swaps(tmp_path: Path):
    path = tmp_path / "project.toml"
    write_manifest(a_manifest("chest-10"), path)
    old = path.read_text().replace(f"schema_version = {SCHEMA_VERSION}", "schema_version = 2")
    path.write_text(re.sub(r"region_pairs = \[.*?\n\]\n", "", old, flags=re.DOTALL))
    assert "region_pairs" not in path.read_text()

    assert read_manifest(path).scheme == load_scheme("chest-10")


def test_a_manifest_that_is_not_text_is_refused(tmp_path: Path):
    (tmp_path / "project.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(ProjectError, match="Cannot read"):
        read_manifest(tmp_path / "project.toml")


def test_a_database_without_its_manifest_is_named(tmp_path: Path):
    (tmp_path / "project.db").touch()

    with pytest.raises(ProjectError, match=r"has a project\.db but no project\.toml"):
        read_manifest(tmp_path / "project.toml")


def test_a_manifest_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "project.toml"
    write_manifest(a_manifest(), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ProjectError, match=r"Cannot write .*project\.toml: No space left on device"):
        write_manifest(a_manifest("chest-10"), path)
    assert path.read_bytes() == before
