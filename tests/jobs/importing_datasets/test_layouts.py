"""Tests of napari_kdland.jobs.importing_datasets.layouts: what every layout must do."""

import pytest

from napari_kdland.anatomy import Scheme, load_scheme, ready_made_schemes
from napari_kdland.errors import SchemeError
from napari_kdland.jobs.importing_datasets import LAYOUTS, DatasetOrder

SCHEMES = {"brats2018": "brats", "lits17": "lits17", "kits19": "kits19", "jsrt": "jsrt"}


@pytest.fixture(params=LAYOUTS, ids=lambda entry: entry.name)
def entry(request):
    return request.param


def test_an_empty_folder_has_no_cases(entry, tmp_path):
    assert entry.resolve().find(DatasetOrder(tmp_path)) == []


def test_a_scheme_of_something_else_is_refused_before_anything_is_made(entry, tmp_path):
    strange = Scheme.model_validate({"name": "strange", "landmarks": [{"name": "nose"}]})

    with pytest.raises(SchemeError, match="strange"):
        entry.resolve().check(strange, DatasetOrder(tmp_path, tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_its_ready_made_schemes_are_accepted(entry, tmp_path):
    names = [name for name in ready_made_schemes() if name.startswith(SCHEMES[entry.name])]
    assert names

    for name in names:
        out = None if entry.name == "jsrt" else tmp_path / name
        entry.resolve().check(load_scheme(name), DatasetOrder(tmp_path, out))
