"""Synthetic chest radiographs with exact landmarks, from anatomy and X-ray physics."""

from napari_kdland.phantom.dicom import write_dicom
from napari_kdland.phantom.phantom import Phantom, make_phantom

__all__ = ["Phantom", "make_phantom", "write_dicom"]
