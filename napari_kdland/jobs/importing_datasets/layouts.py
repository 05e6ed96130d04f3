"""The menu of data set layouts."""

from napari_kdland.menus import Entry

_HERE = "napari_kdland.jobs.importing_datasets"

LAYOUTS = (
    Entry("brats2018", "BraTS 2018: brain tumours in four MR sequences", f"{_HERE}.brats2018:BRATS2018"),
    Entry("lits17", "LiTS 2017: liver and liver tumours in CT", f"{_HERE}.lits17:LITS17"),
    Entry("kits19", "KiTS 2019: kidneys and kidney tumours in CT", f"{_HERE}.kits19:KITS19"),
    Entry("jsrt", "JSRT chest radiographs with SCR landmarks", f"{_HERE}.jsrt:JSRT"),
)
