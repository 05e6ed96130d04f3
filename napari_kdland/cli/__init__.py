"""The command line: ``kdland``."""

from napari_kdland.cli.app import main

__all__ = ["main"]
