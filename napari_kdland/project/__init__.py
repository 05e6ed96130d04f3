"""The project on disk: the only room that knows its folder and its database."""

from napari_kdland.project.annotations import Annotation, Annotations, Edit
from napari_kdland.project.project import Project
from napari_kdland.project.records import DuplicateImage, Record, Records

__all__ = ["Annotation", "Annotations", "DuplicateImage", "Edit", "Project", "Record", "Records"]
