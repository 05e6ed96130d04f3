"""What runs said of images: the predicted landmarks, kept apart from what readers said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import delete, insert, select

from napari_kdland.anatomy.landmarks import Landmarks, LandmarkState
from napari_kdland.evaluation.found_by import NOT_RECORDED, FoundBy
from napari_kdland.project import scores
from napari_kdland.project.journal import chunks
from napari_kdland.project.runs import run_id_of
from napari_kdland.project.tables import predictions, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_kdland.project.database import Database


class Predictions:
    """The predictions of one project's runs; those of the scheme's landmarks, in its order."""

    def __init__(self, database: Database, landmarks: Sequence[str]) -> None:
        self._database = database
        self._landmarks = tuple(landmarks)

    def save(self, run: str, image_id: int, landmarks: Landmarks, found_by: FoundBy = NOT_RECORDED) -> None:
        """Keep what a run says of one image and how sure it was by which way, in place of what it said before.

        Raises
        ------
        RunError
            If there is no such run.
        """
        self.save_many(run, {image_id: landmarks}, found_by)

    def save_many(self, run: str, landmarks: Mapping[int, Landmarks], found_by: FoundBy = NOT_RECORDED) -> None:
        """Keep what a run says of many images; one transaction, so much faster than one by one."""
        with self._database.writing() as connection:
            run_id = run_id_of(connection, run)
            rows = [
                {"run_id": run_id, "image_id": key, "landmarks": _packed(value, found_by)}
                for key, value in landmarks.items()
            ]
            if rows:
                connection.execute(insert(predictions).prefix_with("OR REPLACE"), rows)

    def load(self, run: str, image_id: int) -> Landmarks | None:
        """Give what a run says of an image; `None` where it was not asked."""
        return self.load_many(run, [image_id]).get(image_id)

    def load_many(self, run: str, image_ids: Iterable[int]) -> dict[int, Landmarks]:
        """Give what a run says of many images; images that it was not asked of are missing."""
        return {image_id: self._unpacked(packed) for image_id, packed in self._packed_of(run, image_ids)}

    def found_by(self, run: str, image_ids: Iterable[int]) -> dict[int, FoundBy]:
        """Say how the standard deviations of many images were found; images without a prediction are missing."""
        return {image_id: _way(packed) for image_id, packed in self._packed_of(run, image_ids)}

    def _packed_of(self, run: str, image_ids: Iterable[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        with self._database.reading() as connection:
            run_id = run_id_of(connection, run)
            query = select(predictions.c.image_id, predictions.c.landmarks).where(predictions.c.run_id == run_id)
            for chunk in chunks(list(image_ids)):
                yield from connection.execute(query.where(predictions.c.image_id.in_(chunk)))

    def of_image(self, image_id: int) -> dict[str, Landmarks]:
        """Give what each run says of an image, by the run's name, oldest run first."""
        query = select(runs.c.name, predictions.c.landmarks).join(predictions).order_by(runs.c.run_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(predictions.c.image_id == image_id)).all()
        return {row.name: self._unpacked(row.landmarks) for row in rows}

    def clear(self, run: str) -> None:
        """Forget what a run said of all images, and the scores made of that, since its network has changed.

        Raises
        ------
        RunError
            If there is no such run.
        """
        with self._database.writing() as connection:
            run_id = run_id_of(connection, run)
            connection.execute(delete(predictions).where(predictions.c.run_id == run_id))
            scores.forget_those_of(connection, run_id)

    def ids(self, run: str) -> list[int]:
        """Give the numbers of the images that a run was asked of."""
        with self._database.reading() as connection:
            query = select(predictions.c.image_id).where(predictions.c.run_id == run_id_of(connection, run))
            return list(connection.execute(query.order_by(predictions.c.image_id)).scalars())

    def _unpacked(self, packed: dict[str, Any]) -> Landmarks:
        def column(name: str) -> NDArray[np.float64] | None:
            values = packed.get(name)
            return None if values is None else np.array(values, dtype=np.float64)

        points = np.array(packed["points"], dtype=np.float64).reshape(-1, 2)
        states = tuple(LandmarkState(state) for state in packed["states"])
        kept = Landmarks(
            tuple(packed["names"]), points, states, column("sd_px"), column("confidence"), column("radius_px")
        )
        return kept if kept.names == self._landmarks else kept.reordered(self._landmarks)


def _packed(landmarks: Landmarks, found_by: FoundBy = NOT_RECORDED) -> dict[str, Any]:
    return {
        "names": landmarks.names,
        "points": [_numbers(point) for point in landmarks.points],
        "states": [state.value for state in landmarks.states],
        "sd_px": None if landmarks.sd_px is None else _numbers(landmarks.sd_px),
        "confidence": None if landmarks.confidence is None else _numbers(landmarks.confidence),
        "radius_px": None if landmarks.radius_px is None else _numbers(landmarks.radius_px),
        "sd_found_by": None if found_by == NOT_RECORDED else found_by.to_json(),
    }


def _way(packed: dict[str, Any]) -> FoundBy:
    kept = packed.get("sd_found_by")
    return NOT_RECORDED if kept is None else FoundBy(**kept)


def _numbers(values: NDArray[np.float64]) -> list[float | str | None]:
    # JSON has neither NaN nor infinity; NumPy reads the word.
    plain = np.asarray(values, dtype=np.float64).tolist()
    return [None if math.isnan(value) else "inf" if math.isinf(value) else value for value in plain]
