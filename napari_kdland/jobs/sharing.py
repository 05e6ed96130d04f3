"""Pass trained runs on: a small folder out of one project and into another, or an ONNX file for other programs."""

from __future__ import annotations

import shutil
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import tomli_w

from napari_kdland.errors import RunError
from napari_kdland.events import Measured, Saved, Started, from_json, to_json
from napari_kdland.jobs.seeing import cached, inputs_of
from napari_kdland.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_kdland.engine.checkpoints import RunFacts
    from napari_kdland.engine.onnx_model import OnnxModel
    from napari_kdland.events import Job
    from napari_kdland.project import RunRecord

# Images that an exported model is tried on.
_N_TRIED = 4
_RUN, _RECIPE, _DATA, _EVENTS = "run.toml", "recipe.toml", "data.json", "events.jsonl"


def export_run(project_path: Path, run: str, out: Path, *, half: bool = False) -> Job[Path]:
    """Write a trained run as a folder that predicts, teaches and can be taken into other projects.

    It holds the weights that predict, the recipe, the measured values of the training, and the landmarks and hashes of
    the images that it was trained on, so that a project whose test images they are can refuse it. It holds no image, no
    file name and no path, and cannot be resumed.

    Parameters
    ----------
    project_path, run
        Which run of which project.
    out
        A new folder.
    half
        Weights as float16.

    Raises
    ------
    RunError
        If there is no such run, it is not trained to its end, or `out` is there already or cannot be written.
    TrainingError
        If the weights cannot be written.
    """
    from napari_kdland.engine.sharing import write_weights

    with Project.open(project_path, announce=False) as project:
        record = project.runs.get(run)
    if record.status != "done":
        raise RunError(f"The run {run} is {record.status}, not done. Train it to its end, then pass it on.")
    if out.exists():
        raise RunError(f"{out} is there already. Give the path of a new folder.")
    yield Started(f"Writing {run}")
    with _written(out):
        write_weights(record.folder, out, half=half)
        values = tomllib.loads((record.folder / _RUN).read_text(encoding="utf-8"))
        values["teachers"] = [Path(teacher).name for teacher in values.get("teachers", ())]
        values["start"] = Path(values.get("start", "")).name
        (out / _RUN).write_text(tomli_w.dumps(values), encoding="utf-8", newline="\n")
        for name in (_RECIPE, _DATA):
            shutil.copyfile(record.folder / name, out / name)
        (out / _EVENTS).write_text(_measured(record.folder / _EVENTS), encoding="utf-8", newline="\n")
    yield Saved("run", str(out))
    return out


def import_run(project_path: Path, folder: Path, *, name: str | None = None) -> Job[RunRecord]:
    """Take a run that was passed on, or a run's folder of another project, into a project.

    Teachers are kept by name where the project has runs of these names.

    Parameters
    ----------
    project_path
        Of the project that takes it.
    folder
        Of the run.
    name
        The run's name in the project; that of the folder by default.

    Raises
    ------
    RunError
        If the folder is no run, has no weights or damaged ones, is of other landmarks, or the name is taken.
    TrainingError
        If the run was trained on images of the project's test split.
    """
    from napari_kdland.engine.checkpoints import BEST_FILE, load_run
    from napari_kdland.jobs.lineage import refuse_leaks

    loaded = load_run(folder)
    loaded.network()  # weights that do not fit are refused before anything is copied
    yield Started(f"Taking in {folder.name}")
    with Project.open(project_path, announce=False) as project:
        _refuse_others(project, loaded.facts, folder)
        refuse_leaks(project, [folder])
        known = {run.name for run in project.runs.all()}
        facts, best = loaded.facts, loaded.checkpoint.facts
        record = project.runs.create(
            name or folder.name,
            recipe=facts.recipe,
            labels=facts.n_labelled,
            seed=facts.seed,
            device=facts.device,
            teachers=[Path(teacher).name for teacher in facts.teachers if Path(teacher).name in known],
        )
        try:
            for file in (_RUN, _RECIPE, _DATA, _EVENTS, BEST_FILE):
                if (folder / file).is_file():
                    shutil.copyfile(folder / file, record.folder / file)
        except OSError as error:
            project.runs.delete(record.name)
            raise RunError(f"Cannot copy {folder} to {record.folder}: {error}. Free space and try again.") from error
        project.runs.update(
            record.name,
            status="done",
            steps_done=int(best.get("step", facts.recipe.training.steps)),
            best_error_px=best.get("best_error_px"),
            best_dice=best.get("best_dice"),
        )
        yield Saved("run", str(record.folder))
        return project.runs.get(record.name)


def export_model(project_path: Path, run: str, out: Path, *, decoder: str | None = None) -> Job[OnnxModel]:
    """Write a trained run as an ONNX file, after holding it against the run itself on images of the project.

    What it takes and gives is said by `engine.onnx_model.write_onnx`.

    Parameters
    ----------
    project_path, run
        Which run of which project.
    out
        The file; one that is there already is replaced.
    decoder
        The decoder to build in; the recipe's by default.

    Raises
    ------
    RunError
        If there is no such run, it has learnt nothing yet, its decoder cannot be said in ONNX, or no image of the
        project can be read.
    UsageError
        If there is no such decoder, or a package that ONNX needs is not installed.
    TrainingError
        If the file cannot be written.
    """
    from napari_kdland.engine.onnx_model import write_onnx
    from napari_kdland.engine.prediction import Predictor

    with Project.open(project_path, announce=False) as project:
        record = project.runs.get(run)
        predictor = Predictor(record.folder, device="cpu")
        yield Started(f"Writing {run}")
        pool, ready = yield from cached(project, predictor, project.records.page(limit=_N_TRIED))
        if not ready:
            raise RunError(
                f"No image of {project_path} can be read to try the file on. Find moved images with: kdland relink"
            )
        seen, _ = inputs_of(project, pool, predictor, ready)
    written = write_onnx(record.folder, out, seen, decoder=decoder)
    yield Saved("model", str(out))
    return written


def _refuse_others(project: Project, facts: RunFacts, folder: Path) -> None:
    own = set(project.scheme.landmark_names)
    if facts.recipe.heads.landmarks and set(facts.landmarks) != own:
        extra, missing = sorted(set(facts.landmarks) - own), sorted(own - set(facts.landmarks))
        raise RunError(
            f"The run in {folder} was trained on the scheme {facts.scheme}, this project has {project.scheme.name}. "
            f"The run alone knows: {', '.join(extra) or 'nothing'}; "
            f"the project alone: {', '.join(missing) or 'nothing'}."
        )


def _measured(path: Path) -> str:
    """Give the measured values alone: the other events name folders of this machine."""
    if not path.is_file():
        return ""
    events = (from_json(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return "".join(f"{to_json(event)}\n" for event in events if isinstance(event, Measured))


@contextmanager
def _written(out: Path) -> Iterator[None]:
    """Make a folder that is there whole or not at all."""
    is_whole = False
    try:
        out.mkdir(parents=True)
        yield
        is_whole = True
    except OSError as error:
        raise RunError(f"Cannot write {out}: {error}. Free space or choose another place.") from error
    finally:
        if not is_whole:
            shutil.rmtree(out, ignore_errors=True)
