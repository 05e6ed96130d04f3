"""What all tests share: real data beside the checkout, and a run with Qt blocked."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")

QT_MODULES = {"PyQt5", "PyQt6", "PySide2", "PySide6"}


class _NoQt:
    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name.partition(".")[0] in QT_MODULES:
            raise ImportError(f"{name} is blocked: this run must do without Qt")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--block-qt", action="store_true", help="make every import of a Qt binding fail")
    parser.addoption("--actions", type=int, default=100, help="how many random actions the soak of the window makes")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--block-qt"):
        sys.meta_path.insert(0, _NoQt())


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real radiographs and published numbers beside the checkout; tests that use them skip where there are none."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the shared data folder is not here")
    return folder
