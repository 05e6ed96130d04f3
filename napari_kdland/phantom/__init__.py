"""Synthetic chest radiographs with exact landmarks, from anatomy and X-ray physics."""

from napari_kdland.phantom.phantom import Phantom, make_phantom

__all__ = ["Phantom", "make_phantom"]
