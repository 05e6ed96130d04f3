"""What the tests against published code share."""

from pathlib import Path

import pytest

from tests.reference.published import FOLDER, Case, load


@pytest.fixture
def case(request: pytest.FixtureRequest, shared: Path) -> Case:
    """One case, given as ``area/name``."""
    assert (shared / "reference").samefile(FOLDER)
    area, _, name = request.param.partition("/")
    return load(area, name)
