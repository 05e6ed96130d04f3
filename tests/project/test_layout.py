from pathlib import Path

from napari_kdland.project import Layout


def test_everything_lies_inside_the_project_folder(tmp_path: Path):
    layout = Layout.at(tmp_path)

    assert layout.manifest_path == tmp_path / "project.toml"
    assert layout.database_path == tmp_path / "project.db"
    assert layout.cache_folder == tmp_path / "cache"
    assert layout.reports_folder == tmp_path / "reports"
    assert layout.backups_folder == tmp_path / "backups"
    assert layout.run_folder("kd-s0") == tmp_path / "runs" / "kd-s0"


def test_a_relative_path_is_taken_from_the_working_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Layout.at("../study.kdland").folder == tmp_path.parent / "study.kdland"
