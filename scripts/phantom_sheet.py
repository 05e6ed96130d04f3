"""Put twelve of the sample's phantoms on one sheet, to look at them side by side.

python scripts/phantom_sheet.py docs/pictures/phantoms.jpg
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from napari_kdland import images
from napari_kdland.anatomy import Placement

ROWS, COLUMNS, SIDE = 3, 4, 320


def main() -> None:
    """Read every third image of the sample, as a viewer shows it, and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    files = sorted((Path(__file__).parents[1] / "sample_data").rglob("*.dcm"))[::3][: ROWS * COLUMNS]
    cells = []
    for file in files:
        radiograph = images.read(file)
        placement = Placement.letterbox(radiograph.size, (SIDE, SIDE), stride=1)
        cells.append(np.rint(255 * images.resized(radiograph.shown, placement)).astype(np.uint8))
    sheet = np.block([[cells[row * COLUMNS + column] for column in range(COLUMNS)] for row in range(ROWS)])
    Image.fromarray(sheet).save(options.out, quality=80)


if __name__ == "__main__":
    main()
