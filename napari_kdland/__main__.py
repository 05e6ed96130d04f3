"""Run the command line as ``python -m napari_kdland``."""

from napari_kdland.cli import main

if __name__ == "__main__":
    main()
