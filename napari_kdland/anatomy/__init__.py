"""What is annotated: schemes, landmarks, regions, and the one coordinate convention."""

from napari_kdland.anatomy.landmarks import Landmarks, LandmarkState, Origin
from napari_kdland.anatomy.measures import Group, Index, Measures
from napari_kdland.anatomy.placement import Placement
from napari_kdland.anatomy.regions import Regions, RegionState
from napari_kdland.anatomy.scheme import Scheme, load_scheme, measures_of, ready_made_schemes

__all__ = [
    "Group",
    "Index",
    "LandmarkState",
    "Landmarks",
    "Measures",
    "Origin",
    "Placement",
    "RegionState",
    "Regions",
    "Scheme",
    "load_scheme",
    "measures_of",
    "ready_made_schemes",
]
