"""The menu of panels, in the order of the work; panels do not import each other."""

from napari_kdland.menus import Entry

_HERE = "napari_kdland.gui.panels"

PANELS: tuple[Entry, ...] = (
    Entry("Project", "Radiographs: create, open, import, export, choose.", f"{_HERE}.project:ProjectPanel"),
    Entry("Annotate", "Place landmarks by hand.", f"{_HERE}.annotate:AnnotatePanel"),
    Entry("Train", "Train teachers and students, and watch.", f"{_HERE}.train:TrainPanel"),
    Entry("Predict", "Predict landmarks with a run.", f"{_HERE}.predict:PredictPanel"),
    Entry("Proofread", "Accept, reject and correct what runs predict.", f"{_HERE}.proofread:ProofreadPanel"),
    Entry("Compare", "Runs side by side, with their errors.", f"{_HERE}.compare:ComparePanel"),
)
