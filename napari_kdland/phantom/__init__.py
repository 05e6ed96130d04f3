"""Synthetic chest radiographs with exact landmarks, from anatomy and X-ray physics."""

from napari_kdland.phantom.dicom import write_dicom
from napari_kdland.phantom.phantom import SCHEMES, Phantom, make_phantom
from napari_kdland.phantom.sample import make_sample, sample_folder

__all__ = ["SCHEMES", "Phantom", "make_phantom", "make_sample", "sample_folder", "write_dicom"]
