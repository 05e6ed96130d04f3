"""Train the teacher and the student that come with the sample, and write them into sample_data/runs.

    python scripts/sample_runs.py [sample_data/runs]

Both learn from the eight annotated sample radiographs at 192 px, the student from the unlabelled ones besides. Weights
are kept as float16. The same seeds give the same weights on one kind of processor.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from napari_kdland import events, jobs
from napari_kdland.anatomy import load_scheme
from napari_kdland.phantom import sample_folder
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe, with_settings
from napari_kdland.session.sample import RUNS, SCHEME

_COMMON = ("input.size=192", "training.steps=800", "training.validate_every=100")


def main() -> int:
    """Train both, write both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, nargs="?", default=Path(__file__).parent.parent / "sample_data" / "runs")
    out = parser.parse_args().out
    teacher, student = RUNS
    orders = (
        ("supervised", teacher, ("student.backbone=light", "augmentation.cutout=0.1"), ()),
        ("kd", student, ("student.backbone=tiny", "views.kind=clean"), (teacher,)),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.kdland"
        Project.create(path, load_scheme(SCHEME)).close()
        sample = sample_folder()
        side = jobs.SideFiles(landmarks=sample / "landmarks.csv", split=sample / "split.csv")
        events.run(jobs.import_images(path, [sample], side_files=side, reader="sample reader"), _say)
        events.run(jobs.import_annotations(path, sample / "truth.csv", reader="phantom"), _say)
        for recipe, name, settings, teachers in orders:
            chosen = with_settings(load_recipe(recipe), [*_COMMON, *settings])
            events.run(jobs.train_run(path, jobs.TrainingOrder(chosen, name=name, teachers=teachers)), _say)
            shutil.rmtree(out / name, ignore_errors=True)
            events.run(jobs.export_run(path, name, out / name, half=True), _say)
    return 0


def _say(event: events.Event) -> None:
    if isinstance(event, events.Measured) and any(name.startswith("val") for name in event.values):
        print(f"{event.step:>6}  " + "  ".join(f"{name} {value:.3g}" for name, value in event.values.items()))
    elif isinstance(event, (events.Started, events.Saved)):
        print(event.title if isinstance(event, events.Started) else event.path)


if __name__ == "__main__":
    raise SystemExit(main())
