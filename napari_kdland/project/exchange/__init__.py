"""Other people's annotation files: a menu of formats, and the tables beside them."""

from napari_kdland.project.exchange.annotation_files import EXCHANGES, format_of, read_annotations, write_annotations
from napari_kdland.project.exchange.prediction_table import write_predictions
from napari_kdland.project.exchange.side_tables import match_patients, read_patients_csv, read_split_csv

__all__ = [
    "EXCHANGES",
    "format_of",
    "match_patients",
    "read_annotations",
    "read_patients_csv",
    "read_split_csv",
    "write_annotations",
    "write_predictions",
]
