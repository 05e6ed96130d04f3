"""How good runs are: named numbers for each run and split."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from napari_kdland.project.runs import run_id_of
from napari_kdland.project.tables import metrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_kdland.project.database import Database


class RunMetrics:
    """The measured numbers of one project's runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, run: str, split: str, values: Mapping[str, float]) -> None:
        """Keep a run's numbers on a split, in place of those kept before.

        Raises
        ------
        RunError
            If there is no such run.
        """
        with self._database.writing() as connection:
            run_id = run_id_of(connection, run)
            connection.execute(delete(metrics).where(metrics.c.run_id == run_id, metrics.c.split == split))
            rows = [{"run_id": run_id, "split": split, "name": name, "value": _stored(values[name])} for name in values]
            if rows:
                connection.execute(insert(metrics), rows)

    def load(self, run: str, split: str) -> dict[str, float]:
        """Give a run's numbers on a split by name; empty where nothing was measured.

        Raises
        ------
        RunError
            If there is no such run.
        """
        with self._database.reading() as connection:
            query = select(metrics.c.name, metrics.c.value).where(metrics.c.split == split)
            rows = connection.execute(query.where(metrics.c.run_id == run_id_of(connection, run))).all()
        return {row.name: math.nan if row.value is None else row.value for row in rows}


def _stored(value: float) -> float | None:
    # SQLite has no NaN.
    return None if math.isnan(value) else float(value)
