"""Studies: recipes compared at label counts and seeds, from a file to a table."""

from napari_kdland.jobs.studying.listing import PlannedRun, StudyPlan, plan_study
from napari_kdland.jobs.studying.printing import text_of
from napari_kdland.jobs.studying.results import StudyResult
from napari_kdland.jobs.studying.studies import run_study

__all__ = ["PlannedRun", "StudyPlan", "StudyResult", "plan_study", "run_study", "text_of"]
