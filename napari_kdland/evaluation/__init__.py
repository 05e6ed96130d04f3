"""How good: landmarks in, errors, comparisons and reports out; neither torch nor Qt."""

from napari_kdland.evaluation.columns import METRICS, Metric, all_metrics
from napari_kdland.evaluation.comparison import (
    FLOOR,
    Comparison,
    Row,
    RowKind,
    compare,
    compare_evaluations,
    compare_regions,
)
from napari_kdland.evaluation.encodings import Encoding, Role, encodings
from napari_kdland.evaluation.floor import MeanShape, mean_shape
from napari_kdland.evaluation.gallery import representative_images
from napari_kdland.evaluation.metrics import ErrorSummary, Limits, image_means, radial_errors, summarise
from napari_kdland.evaluation.pictures import CaseImage, Overlay, draw_case
from napari_kdland.evaluation.presence import Presence
from napari_kdland.evaluation.region_tables import region_csv, region_text_table
from napari_kdland.evaluation.regions import RegionEvaluation, RegionFigures, RegionSummary, sum_up
from napari_kdland.evaluation.report import ReportContents, write_report
from napari_kdland.evaluation.scoring import Evaluation, evaluate
from napari_kdland.evaluation.statistics import PairedDifference, paired_difference
from napari_kdland.evaluation.tables import csv_table, errors_csv, text_table

__all__ = [
    "FLOOR",
    "METRICS",
    "CaseImage",
    "Comparison",
    "Encoding",
    "ErrorSummary",
    "Evaluation",
    "Limits",
    "MeanShape",
    "Metric",
    "Overlay",
    "PairedDifference",
    "Presence",
    "RegionEvaluation",
    "RegionFigures",
    "RegionSummary",
    "ReportContents",
    "Role",
    "Row",
    "RowKind",
    "all_metrics",
    "compare",
    "compare_evaluations",
    "compare_regions",
    "csv_table",
    "draw_case",
    "encodings",
    "errors_csv",
    "evaluate",
    "image_means",
    "mean_shape",
    "paired_difference",
    "radial_errors",
    "region_csv",
    "region_text_table",
    "representative_images",
    "sum_up",
    "summarise",
    "text_table",
    "write_report",
]
