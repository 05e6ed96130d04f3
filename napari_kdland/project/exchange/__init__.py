"""Other people's annotation files: a menu of formats, and the tables and folders beside them."""

from napari_kdland.project.exchange.annotation_files import (
    EXCHANGES,
    EXPORTS,
    format_of,
    read_annotations,
    write_annotations,
)
from napari_kdland.project.exchange.channel_table import ChannelRow, ChannelTable, find_channels, read_channels_csv
from napari_kdland.project.exchange.mask_folder import MaskFolder, write_masks
from napari_kdland.project.exchange.prediction_table import write_predictions
from napari_kdland.project.exchange.side_tables import (
    match_patients,
    read_patients_csv,
    read_split_csv,
    read_values_csv,
)

__all__ = [
    "EXCHANGES",
    "EXPORTS",
    "ChannelRow",
    "ChannelTable",
    "MaskFolder",
    "find_channels",
    "format_of",
    "match_patients",
    "read_annotations",
    "read_channels_csv",
    "read_patients_csv",
    "read_split_csv",
    "read_values_csv",
    "write_annotations",
    "write_masks",
    "write_predictions",
]
