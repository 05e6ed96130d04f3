"""Tests of napari_kdland.jobs.importing_datasets.job."""

import pytest

from napari_kdland import events
from napari_kdland.errors import UsageError
from napari_kdland.jobs.importing_datasets import CaseSplits, DatasetOrder, import_dataset
from napari_kdland.project import Project
from tests.jobs.importing_datasets.makers import a_lits_case, a_project, ordered, tumour


@pytest.fixture
def project(tmp_path):
    return a_project(tmp_path, "lits17-tumour")


@pytest.fixture
def folder(tmp_path):
    for number in range(4):
        a_lits_case(tmp_path / "data", number)
    return tmp_path / "data"


def test_cases_are_split_whole(project, folder, tmp_path):
    ordered(project, "lits17", folder, tmp_path / "out", splits=CaseSplits(val=0.25, test=0.25, seed=1))

    with Project.open(project) as opened:
        assert opened.splits.counts() == {"train": 6, "val": 3, "test": 3, "pool": 0}
        assert opened.splits.straddling() == []


def test_a_split_file_names_what_is_imported(project, folder, tmp_path):
    (tmp_path / "split.csv").write_text("case,split\nvolume-1,train\nvolume-3,pool\n")

    result = ordered(project, "lits17", folder, tmp_path / "out", splits=CaseSplits(file=tmp_path / "split.csv"))

    with Project.open(project) as opened:
        assert opened.splits.counts() == {"train": 3, "val": 0, "test": 0, "pool": 3}
    assert result.n_cases == 2


def test_a_case_that_fails_is_listed_and_the_others_enter(project, folder, tmp_path):
    (folder / "volume-2.nii").write_bytes(b"nothing")
    seen = []

    order = DatasetOrder(folder, tmp_path / "out")
    result = events.run(import_dataset(project, "lits17", order), seen.append)

    assert (len(result.images), result.n_cases, result.n_labelled) == (9, 3, 9)
    assert [one.path for one in result.skipped] == [folder]
    assert "volume-2.nii is no NIfTI file" in seen[-1].message
    assert seen[0] == events.Started("Importing LiTS 2017", 4)


def test_a_case_that_comes_twice_enters_once(project, folder, tmp_path):
    a_lits_case(folder / "copy", 2, labels=tumour(2))

    result = ordered(project, "lits17", folder, tmp_path / "out")

    assert [one.reason.partition(",")[0] for one in result.skipped] == ["volume-2 comes twice"]


def test_a_case_that_another_split_holds_is_left_out_and_the_project_stays_sound(project, folder, tmp_path):
    (tmp_path / "split.csv").write_text("case,split\nvolume-1,train\n")
    splits = CaseSplits(file=tmp_path / "split.csv")
    ordered(project, "lits17", folder, tmp_path / "out", splits=splits)
    with Project.open(project) as opened:
        gone = opened.records.page()[0]
        opened.records.remove([gone.image_id])
    (tmp_path / "split.csv").write_text("case,split\nvolume-1,test\n")

    result = ordered(project, "lits17", folder, tmp_path / "out", splits=splits)

    assert "same patient" in result.skipped[0].reason
    with Project.open(project) as opened:
        assert opened.splits.counts() == {"train": 2, "val": 0, "test": 0, "pool": 0}


def test_a_job_that_is_closed_keeps_whole_cases_and_can_be_taken_up_again(project, folder, tmp_path):
    job = import_dataset(project, "lits17", DatasetOrder(folder, tmp_path / "out"))
    while not isinstance(next(job), events.Advanced):
        pass
    job.close()

    with Project.open(project) as opened:
        assert opened.records.count() == 3
    assert len(ordered(project, "lits17", folder, tmp_path / "out").images) == 12


def test_the_images_of_a_frozen_test_split_are_left_out(project, folder, tmp_path):
    splits = CaseSplits(val=0, test=0.25)
    ordered(project, "lits17", folder, tmp_path / "out", splits=splits)
    with Project.open(project) as opened:
        opened.splits.freeze_test()
    for number in range(4, 8):
        a_lits_case(folder, number)

    result = ordered(project, "lits17", folder, tmp_path / "out", splits=CaseSplits(val=0, test=1))

    with Project.open(project) as opened:
        assert opened.records.count() == 12
    assert all("frozen" in one.reason for one in result.skipped)
    assert len(result.skipped) == 4


def test_an_unknown_layout_is_answered_with_those_that_there_are(project, folder):
    with pytest.raises(UsageError, match=r"no data set layout 'brats21'\. There are: brats2018, lits17, kits19, jsrt"):
        ordered(project, "brats21", folder)


def test_a_folder_that_is_not_there_is_named(project, tmp_path):
    with pytest.raises(UsageError, match=r"no folder .*gone"):
        ordered(project, "lits17", tmp_path / "gone", tmp_path / "out")


def test_a_folder_of_another_data_set_is_answered(project, tmp_path):
    (tmp_path / "data" / "case_00001").mkdir(parents=True)

    with pytest.raises(UsageError, match="Found no case of LiTS 2017 below"):
        ordered(project, "lits17", tmp_path / "data", tmp_path / "out")
