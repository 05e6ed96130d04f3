"""What a radiograph is, and the menu of file formats it is read from."""

from napari_kdland.images.folders import find_images
from napari_kdland.images.formats import FORMATS, Format, is_candidate, read
from napari_kdland.images.intensity import normalised, resized, to_input
from napari_kdland.images.radiograph import Radiograph, Spacing, View

__all__ = [
    "FORMATS",
    "Format",
    "Radiograph",
    "Spacing",
    "View",
    "find_images",
    "is_candidate",
    "normalised",
    "read",
    "resized",
    "to_input",
]
