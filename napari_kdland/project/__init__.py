"""The project on disk: the only room that knows its folder and its database."""

from napari_kdland.project.annotation import Annotation
from napari_kdland.project.annotations import Annotations, Edit
from napari_kdland.project.channels import ChannelFile, Channels
from napari_kdland.project.checks import Problem
from napari_kdland.project.flags import Flag, Flags
from napari_kdland.project.layout import Layout
from napari_kdland.project.locks import Lock, Locks
from napari_kdland.project.masks import MaskRecord, Masks
from napari_kdland.project.matching import ImageNames
from napari_kdland.project.patients import FrozenTest, PartedPatient
from napari_kdland.project.project import Project
from napari_kdland.project.records import DuplicateImage, Record, Records
from napari_kdland.project.reviews import Review, Reviews
from napari_kdland.project.run_record import RunRecord
from napari_kdland.project.runs import Runs
from napari_kdland.project.scores import ImageScore, Ranking, Scored, Scores
from napari_kdland.project.splits import Assignment, Splits
from napari_kdland.project.training_lock import TrainingLock
from napari_kdland.project.verdicts import Judged, Verdict, Verdicts

__all__ = [
    "Annotation",
    "Annotations",
    "Assignment",
    "ChannelFile",
    "Channels",
    "DuplicateImage",
    "Edit",
    "Flag",
    "Flags",
    "FrozenTest",
    "ImageNames",
    "ImageScore",
    "Judged",
    "Layout",
    "Lock",
    "Locks",
    "MaskRecord",
    "Masks",
    "PartedPatient",
    "Problem",
    "Project",
    "Ranking",
    "Record",
    "Records",
    "Review",
    "Reviews",
    "RunRecord",
    "Runs",
    "Scored",
    "Scores",
    "Splits",
    "TrainingLock",
    "Verdict",
    "Verdicts",
]
