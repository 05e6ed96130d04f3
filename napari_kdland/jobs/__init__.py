"""Work that takes time: each job is a generator of events that knows no thread, bar, window or printer.

Jobs take the path of a project, not an open one, because they run on threads and in processes of their own. torch is
loaded by the jobs that need it, when they run.
"""

from napari_kdland.jobs.annotating import export_annotations, export_masks, import_annotations, import_masks
from napari_kdland.jobs.choosing_next import Next, choose_next, runs_to_ask
from napari_kdland.jobs.comparing import compare_runs, evaluate_run
from napari_kdland.jobs.comparing_seeds import SeedComparison, compare_seeds
from napari_kdland.jobs.demo import DemoResult, run_demo
from napari_kdland.jobs.describing import DataFacts, RunStory, describe_run, students_of
from napari_kdland.jobs.doubting import Inspection, find_doubts, flag_doubts
from napari_kdland.jobs.foreseeing import Foresight, foresee_resumption, foresee_training
from napari_kdland.jobs.importing import ImportResult, SideFiles, Skipped, import_images
from napari_kdland.jobs.index_sources import IndexSource
from napari_kdland.jobs.inspecting import examine_installation, known_devices, list_devices, versions
from napari_kdland.jobs.judging_uncertainty import judge_uncertainty
from napari_kdland.jobs.maintaining import RelinkResult, check_project, relink_images
from napari_kdland.jobs.pairing import import_channels
from napari_kdland.jobs.predicting import ChosenImages, PredictionResult, ShownPrediction, predict_heatmaps, predict_run
from napari_kdland.jobs.ranking import RANKED_SPLITS, rank_images
from napari_kdland.jobs.reading import ReadersCompared, compare_project_readers
from napari_kdland.jobs.sharing import export_model, export_run, import_run
from napari_kdland.jobs.simulating import Simulation, simulate_labelling
from napari_kdland.jobs.training import TrainingOrder, resume_run, train_run
from napari_kdland.jobs.viewing import load_image, make_thumbnails

__all__ = [
    "RANKED_SPLITS",
    "ChosenImages",
    "DataFacts",
    "DemoResult",
    "Foresight",
    "ImportResult",
    "IndexSource",
    "Inspection",
    "Next",
    "PredictionResult",
    "ReadersCompared",
    "RelinkResult",
    "RunStory",
    "SeedComparison",
    "ShownPrediction",
    "SideFiles",
    "Simulation",
    "Skipped",
    "TrainingOrder",
    "check_project",
    "choose_next",
    "compare_project_readers",
    "compare_runs",
    "compare_seeds",
    "describe_run",
    "evaluate_run",
    "examine_installation",
    "export_annotations",
    "export_masks",
    "export_model",
    "export_run",
    "find_doubts",
    "flag_doubts",
    "foresee_resumption",
    "foresee_training",
    "import_annotations",
    "import_channels",
    "import_images",
    "import_masks",
    "import_run",
    "judge_uncertainty",
    "known_devices",
    "list_devices",
    "load_image",
    "make_thumbnails",
    "predict_heatmaps",
    "predict_run",
    "rank_images",
    "relink_images",
    "resume_run",
    "run_demo",
    "runs_to_ask",
    "simulate_labelling",
    "students_of",
    "train_run",
    "versions",
]
