"""Public data sets as they come from their makers: the menu of folder layouts, and the job that imports one.

A layout is an object that keeps the promises of `base.Layout`. Another data set of volumes is one file with a
`VolumeLayout`, and one line here.
"""

from napari_kdland.jobs.importing_datasets.base import DatasetOrder
from napari_kdland.jobs.importing_datasets.job import DatasetResult, import_dataset
from napari_kdland.jobs.importing_datasets.layouts import LAYOUTS
from napari_kdland.jobs.importing_datasets.splitting import CaseSplits

__all__ = ["LAYOUTS", "CaseSplits", "DatasetOrder", "DatasetResult", "import_dataset"]
