"""Commands for a project as a whole: new, import, info, check, split, relink."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_kdland.cli.options import AsJson, EventsAs, EventsFormat, ProjectPath, Reader, SplitName
from napari_kdland.cli.watching import print_json, say, watch
from napari_kdland.errors import UsageError

if TYPE_CHECKING:
    from napari_kdland.jobs import ImportResult


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("new")(new)
    app.command("import")(import_)
    app.command("info")(info)
    app.command("check")(check)
    app.command("split")(split)
    app.command("relink")(relink)


def new(
    project: ProjectPath,
    scheme: Annotated[str, typer.Option(help="Ready-made scheme, or a scheme file (.toml).")] = "chest-10",
    name: Annotated[str | None, typer.Option(help="Name shown; by default the folder's.")] = None,
) -> None:
    """Make an empty project."""
    from napari_kdland.anatomy import load_scheme
    from napari_kdland.project import Project

    with Project.create(project, load_scheme(scheme), name=name) as made:
        has = f"{len(made.scheme.landmarks)} landmarks, {len(made.scheme.regions)} regions"
        say(f"Made {made.path} with the scheme {made.scheme.name} ({has}).")


def import_(
    project: ProjectPath,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Images and folders of images.")],
    landmarks: Annotated[Path | None, typer.Option(help="CSV image,landmark,x,y[,state], or COCO JSON.")] = None,
    split_file: Annotated[Path | None, typer.Option("--split", help="CSV image,split[,label_rank].")] = None,
    patients: Annotated[Path | None, typer.Option(help="CSV image,patient.")] = None,
    masks: Annotated[Path | None, typer.Option(help="Folder of <image stem>.png, bit flags of regions.")] = None,
    channels: Annotated[
        str | None,
        typer.Option(metavar="FILE|auto", help="CSV image,channel,path[,frame]; auto: files called <stem>_<channel>."),
    ] = None,
    into: Annotated[
        SplitName, typer.Option(help="Split of images that the split file does not name.")
    ] = SplitName.TRAIN,
    reader: Reader = "import",
    allow_lateral: Annotated[bool, typer.Option("--allow-lateral", help="Import views that are not frontal.")] = False,
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Add radiographs, and annotations, channels and splits that come with them."""
    from napari_kdland.jobs import SideFiles, import_images

    side = SideFiles(
        landmarks=landmarks,
        split=split_file,
        patients=patients,
        masks=masks,
        channels="auto" if channels == "auto" else Path(channels) if channels else None,
    )
    job = import_images(project, paths, into=into, side_files=side, allow_lateral=allow_lateral, reader=reader)
    result = watch(job, as_json=events is EventsFormat.JSON)
    if as_json:
        skipped = [{"path": str(one.path), "reason": one.reason} for one in result.skipped]
        counts = {key: getattr(result, key) for key in ("n_annotations", "n_masks", "n_channels")}
        print_json({"added": result.added, "skipped": skipped, **counts})
    else:
        _say_imported(result)
    if result.is_void:
        first = result.skipped[0]
        raise UsageError(
            f"None of {len(result.skipped)} files could be imported; the first, {first.path}: {first.reason}"
        )


def _say_imported(result: ImportResult) -> None:
    found = [f"{len(result.added)} images", f"{result.n_annotations} landmarks"]
    found += [
        f"{count} {what}" for count, what in ((result.n_masks, "masks"), (result.n_channels, "channels")) if count
    ]
    say(f"Imported {', '.join(found[:-1])} and {found[-1]}; left out {len(result.skipped)}.")
    for one in result.skipped:
        say(f"  {one.path}: {one.reason}")


def info(project: ProjectPath, as_json: AsJson = False) -> None:
    """Show what a project holds."""
    from napari_kdland.project import Project

    with Project.open(project) as opened:
        splits = {name: opened.records.count(split=name) for name in ("train", "val", "test", "pool")}
        labelled = {name: len(opened.annotations.labelled_ids(split=name)) for name in splits}
        masks = {name: len(opened.masks.labelled_ids(split=name)) for name in splits}
        values = {
            "name": opened.name,
            "path": str(opened.path),
            "scheme": opened.scheme.name,
            "landmarks": opened.scheme.landmark_names,
            "regions": opened.scheme.region_names,
            "channels": opened.channels.names(),
            "images": splits,
            "annotated": labelled,
            "masks": masks,
            "test_frozen": opened.splits.is_test_frozen,
            "readers": opened.annotations.readers(),
            "runs": [run.name for run in opened.runs.all()],
            "notes": opened.notes,
        }
    if as_json:
        print_json(values)
        return
    say(f"{values['name']}  ({values['path']})")
    n_landmarks, n_regions = len(opened.scheme.landmarks), len(opened.scheme.regions)
    say(f"scheme     {values['scheme']}, {n_landmarks} landmarks, {n_regions} regions")
    for name, count in splits.items():
        frozen = ", frozen" if name == "test" and values["test_frozen"] else ""
        with_masks = f", {masks[name]} with masks" if masks[name] else ""
        say(f"{name:<10} {count} images, {labelled[name]} annotated{with_masks}{frozen}")
    for key in ("channels", "readers", "runs", "notes"):
        say(f"{key:<10} {', '.join(map(str, values[key])) or 'none'}")  # type: ignore[call-overload]  # a plain dict


def check(
    project: ProjectPath,
    backup: Annotated[
        Path | None, typer.Option(metavar="FILE", help="First copy the database, whole, to this new file.")
    ] = None,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="First mend what can be mended; a copy of the database is put aside."),
    ] = False,
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """Look for damage: database, journal, masks, image files, run folders. Exit code 2 where something is wrong."""
    from napari_kdland.jobs import check_project
    from napari_kdland.project import Project

    done: list[str] = []
    if backup or repair:
        with Project.open(project) as opened:
            done += [f"Copied the database to {opened.back_up(backup)}."] if backup else []
            done += opened.repair() if repair else []
    problems = watch(check_project(project), as_json=events is EventsFormat.JSON)
    if as_json:
        print_json({"done": done, "problems": problems})
    else:
        for line in done:
            say(line)
        say("Nothing is wrong." if not problems else f"{len(problems)} problems:")
        for problem in problems:
            say(f"  {problem}")
    if problems:
        raise typer.Exit(2)


def split(
    project: ProjectPath,
    val: Annotated[float, typer.Option(help="Share of the images for validation.")] = 0.15,
    test: Annotated[float, typer.Option(help="Share of the images for the test.")] = 0.25,
    seed: Annotated[int, typer.Option(help="Seed of the draw.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Draw val and test among the annotated images; images of one patient stay together, all others stay in train."""
    from napari_kdland.project import Project

    with Project.open(project) as opened:
        annotated = set(opened.annotations.labelled_ids())
        opened.splits.draw({"train": 1 - val - test, "val": val, "test": test}, seed=seed, among=annotated)
        counts = {name: opened.records.count(split=name) for name in ("train", "val", "test", "pool")}
    if as_json:
        print_json(counts)
        return
    for name, count in counts.items():
        say(f"{name:<6} {count}")


def relink(
    project: ProjectPath,
    folder: Annotated[Path, typer.Argument(help="Where the images are now.")],
    as_json: AsJson = False,
) -> None:
    """Find moved files of images and channels again, by their pixels."""
    from napari_kdland.jobs import relink_images

    result = watch(relink_images(project, folder))
    if as_json:
        print_json({"missing": result.n_missing, "found": result.n_found, "still_missing": list(result.still_missing)})
        return
    say(f"Found {result.n_found} of {result.n_missing} missing files.")
    for name in result.still_missing:
        say(f"  still missing: {name}")
