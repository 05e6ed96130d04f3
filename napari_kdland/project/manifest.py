"""project.toml: the project's name, the version of its schema, and the whole scheme."""

from __future__ import annotations

import os
import tomllib
from typing import TYPE_CHECKING, Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from napari_kdland.anatomy.scheme import Scheme
from napari_kdland.errors import NewerProject, ProjectError
from napari_kdland.project.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

_HEADER = (
    "# A napari-kdland project. This file is meant to be read and compared; the annotations are in project.db.\n\n"
)


class Manifest(BaseModel):
    """What ``project.toml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    schema_version: int = Field(ge=0)
    scheme: Scheme


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write ``project.toml``, whole or not at all.

    Raises
    ------
    ProjectError
        If the file cannot be written.
    """
    values = {
        "name": manifest.name,
        "schema_version": manifest.schema_version,
        "scheme": manifest.scheme.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
    }
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write((_HEADER + tomli_w.dumps(values)).encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise ProjectError(f"Cannot write {path}: {error.strerror}. See that the folder is writable.") from error


def read_manifest(path: Path) -> Manifest:
    """Read ``project.toml``.

    Raises
    ------
    NewerProject
        If a newer version of the program wrote it.
    ProjectError
        If it is missing, or is not what it should be.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ProjectError(_is_no_project(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"Cannot read {path}: {error}. See that this user may read the project.") from error
    except tomllib.TOMLDecodeError as error:
        raise ProjectError(f"{path} is not valid TOML: {error}. Mend that line, or put an older copy back.") from error
    version = values.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise newer_project(path.parent, version)
    try:
        return Manifest.model_validate(_brought_up(values))
    except ValidationError as error:
        problems = "; ".join(_problem(dict(problem)) for problem in error.errors())
        raise ProjectError(f"{path} cannot be used: {problems}. Mend it, or put an older copy back.") from error


def _brought_up(values: dict[str, Any]) -> dict[str, Any]:
    """Say in an older manifest what later versions want to know: which regions a mirrored image swaps."""
    scheme = values.get("scheme")
    if values.get("schema_version") not in (1, 2) or not isinstance(scheme, dict):
        return values
    names = [str(region.get("name")) for region in scheme.get("regions", ()) if isinstance(region, dict)]
    pairs = [[name, f"left{name[5:]}"] for name in names if name.startswith("right") and f"left{name[5:]}" in names]
    return {**values, "scheme": {"region_pairs": pairs, **scheme}}


def newer_project(folder: Path, version: int) -> NewerProject:
    """Give the error for a project whose schema is of a version that this program does not know."""
    return NewerProject(
        f"{folder} was made by a newer napari-kdland (schema version {version}, this one knows {SCHEMA_VERSION}). "
        "Nothing was changed. Upgrade with: pip install --upgrade napari-kdland"
    )


def _is_no_project(path: Path) -> str:
    folder = path.parent
    if not folder.exists():
        return f"There is no project {folder}. See that the path is right, or make one with: kdland new {folder.name}"
    if not folder.is_dir():
        return f"{folder} is a file, not a project. A project is a folder whose name ends in .kdland."
    if (folder / "project.db").exists():
        return f"{folder} has a project.db but no project.toml. Put project.toml back from a copy of the project."
    return f"{folder} is not a project: it has no project.toml. A project is a folder whose name ends in .kdland."


def _problem(problem: dict[str, object]) -> str:
    steps = problem["loc"] if isinstance(problem["loc"], tuple) else ()
    where = ".".join(str(step) for step in steps) or "project"
    if problem["type"] == "extra_forbidden":
        return f"{where} is not a key"
    return f"{where}: {str(problem['msg']).removeprefix('Value error, ')}"
