"""Tests of napari_kdland.jobs.importing_datasets.splitting."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.errors import AnnotationError, UsageError
from napari_kdland.jobs.importing_datasets.splitting import CaseSplits

CASES = [f"case_{index}" for index in range(20)]


def test_shares_are_of_the_cases():
    drawn = CaseSplits(val=0.15, test=0.25, seed=3).of(CASES)

    assert Counter(drawn.values()) == {"train": 12, "test": 5, "val": 3}


@given(st.permutations(CASES), st.integers(0, 99))
def test_the_same_cases_and_seed_give_the_same_splits_in_any_order(cases, seed):
    assert CaseSplits(seed=seed).of(cases) == CaseSplits(seed=seed).of(CASES)


def test_another_seed_gives_another_draw():
    assert CaseSplits(seed=0).of(CASES) != CaseSplits(seed=1).of(CASES)


@pytest.mark.parametrize(("val", "test"), [(-0.1, 0.2), (0.6, 0.5)])
def test_impossible_shares_are_refused(val, test):
    with pytest.raises(UsageError, match="Shares of val and test must be positive and at most 1 together"):
        CaseSplits(val=val, test=test).of(CASES)


def test_a_file_decides_and_leaves_out_what_it_does_not_name(tmp_path):
    (tmp_path / "split.csv").write_text("case,split\ncase_3,Train\ncase_7,test\n")

    assert CaseSplits(file=tmp_path / "split.csv").of(CASES) == {"case_3": "train", "case_7": "test"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("case_33,train", "line 2: the data set has no case 'case_33' \\(close to it: case_3"),
        ("zzz,train", "there are 20 others"),
        ("case_3,training", "line 2: there is no split 'training'"),
        ("case_3,train\ncase_3,test", "line 3: case_3 comes twice"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(tmp_path, line, words):
    (tmp_path / "split.csv").write_text(f"case,split\n{line}\n")

    with pytest.raises(AnnotationError, match=words):
        CaseSplits(file=tmp_path / "split.csv").of(CASES)
