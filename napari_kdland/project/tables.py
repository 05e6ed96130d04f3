"""The tables of the project database, and the triggers that keep its journals append-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCHEMA_VERSION = 4

SPLITS = ("train", "val", "test", "pool")

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("image_id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    # The name with its numbers padded, so that image 10 comes after image 9.
    Column("sort_name", String, nullable=False),
    Column("content_hash", String, nullable=False, unique=True),
    # Both ways to the file: the relative one survives moving project and images together, the absolute one
    # survives moving the project alone.
    Column("relative_path", String),
    Column("absolute_path", String, nullable=False),
    Column("height", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("row_mm", Float),
    Column("column_mm", Float),
    Column("spacing_source", String),
    Column("view", String, nullable=False),
    Column("bits", Integer, nullable=False),
    Column("applied", JSON, nullable=False),
    Column("patient_group", String, nullable=False),
    Column("split", String, nullable=False),
    Column("label_rank", Integer),
    Column("added", String, nullable=False),
    # When the image was taken out of the project; its annotations stay, for the day it comes back.
    Column("removed", String),
    # Which frame or slice of the file, where it holds several.
    Column("frame", Integer),
    CheckConstraint(f"split IN {SPLITS}", name="split_is_known"),
    Index("images_by_sort_name", "sort_name", "image_id"),
    Index("images_by_split", "split", "sort_name"),
    Index("images_by_patient_group", "patient_group"),
)

edits = Table(
    "edits",
    metadata,
    Column("edit_id", Integer, primary_key=True),
    Column("time", String, nullable=False),
    Column("image_id", Integer, ForeignKey("images.image_id"), nullable=False),
    Column("landmark", String, nullable=False),
    Column("reader", String, nullable=False),
    Column("origin_kind", String, nullable=False),
    Column("origin_name", String, nullable=False),
    # What the reader did: edit, undo or redo; undo and redo name the edit that they take back or repeat.
    Column("kind", String, nullable=False),
    Column("target", Integer, ForeignKey("edits.edit_id")),
    # Edits of one gesture share the id of its first, and are undone together.
    Column("action", Integer, nullable=False),
    # The edit that stood before; null where the reader had said nothing.
    Column("before", Integer, ForeignKey("edits.edit_id")),
    Column("old_state", String, nullable=False),
    Column("old_y", Float),
    Column("old_x", Float),
    Column("state", String, nullable=False),
    Column("y", Float),
    Column("x", Float),
    Column("note", String, nullable=False),
    CheckConstraint("kind IN ('edit', 'undo', 'redo')", name="kind_is_known"),
    CheckConstraint("(kind = 'edit') = (target IS NULL)", name="undo_names_its_target"),
    CheckConstraint("(y IS NULL) = (state IN ('absent', 'not_yet'))", name="state_fits_point"),
    Index("edits_by_image", "image_id", "landmark"),
    Index("edits_by_reader", "reader", "kind", "edit_id"),
    Index("edits_by_target", "target", "edit_id"),
    Index("edits_by_action", "action"),
)

# Derived from the journal in the transaction of each edit: the edit that stands, for each reader and for all together.
latest = Table(
    "latest",
    metadata,
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("landmark", String, primary_key=True),
    Column("reader", String, primary_key=True),
    Column("edit_id", Integer, ForeignKey("edits.edit_id"), nullable=False),
    sqlite_with_rowid=False,
)

consensus = Table(
    "consensus",
    metadata,
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("landmark", String, primary_key=True),
    Column("edit_id", Integer, ForeignKey("edits.edit_id"), nullable=False),
    sqlite_with_rowid=False,
)

# Further images of the same examination, which lie on the image pixel by pixel; both ways to the file, as above.
channels = Table(
    "channels",
    metadata,
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("relative_path", String),
    Column("absolute_path", String, nullable=False),
    Column("frame", Integer),
    # Empty where the file was not read when it was named.
    Column("content_hash", String, nullable=False),
    sqlite_with_rowid=False,
)

# Every mask that was ever saved; the file is named by the SHA-256 of its bytes.
masks = Table(
    "masks",
    metadata,
    Column("mask_id", Integer, primary_key=True),
    Column("time", String, nullable=False),
    Column("image_id", Integer, ForeignKey("images.image_id"), nullable=False),
    Column("reader", String, nullable=False),
    Column("origin_kind", String, nullable=False),
    Column("origin_name", String, nullable=False),
    # Names of the regions of which the mask says something; the bits cannot tell absent from not drawn.
    Column("known", JSON, nullable=False),
    Column("file", String, nullable=False),
    Column("sha256", String, nullable=False),
    # What the reader did, as in the journal of edits; undo and redo name the mask that they take back or repeat.
    Column("kind", String, nullable=False, server_default="edit"),
    Column("target", Integer, ForeignKey("masks.mask_id")),
    # The newest edit of landmarks at that time, which puts both journals into one order.
    Column("after_edit", Integer, nullable=False, server_default="0"),
    Index("masks_by_image", "image_id", "mask_id"),
    Index("masks_by_target", "target", "mask_id"),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("recipe", String, nullable=False),
    Column("status", String, nullable=False),
    Column("created", String, nullable=False),
    Column("labels", Integer),
    Column("seed", Integer, nullable=False),
    Column("device", String, nullable=False),
    Column("teachers", JSON, nullable=False),
    Column("steps_done", Integer, nullable=False),
    Column("best_error_px", Float),
    Column("message", String, nullable=False),
    # The whole recipe, for a run that ended before it wrote its own folder.
    Column("settings", JSON),
    # The run whose weights were the first ones, by name or folder.
    Column("start", String),
    Column("best_dice", Float),
)

predictions = Table(
    "predictions",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("landmarks", JSON, nullable=False),
    Index("predictions_by_image", "image_id"),
    sqlite_with_rowid=False,
)

metrics = Table(
    "metrics",
    metadata,
    Column("run_id", Integer, ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
    Column("split", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", Float),
    sqlite_with_rowid=False,
)

# Landmarks that nobody may change until they are unlocked.
locks = Table(
    "locks",
    metadata,
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("landmark", String, primary_key=True),
    Column("reader", String, nullable=False),
    Column("time", String, nullable=False),
    sqlite_with_rowid=False,
)

# Who looked through which image, and who took that back: the newest line of each reader counts.
reviews = Table(
    "reviews",
    metadata,
    Column("review_id", Integer, primary_key=True),
    Column("time", String, nullable=False),
    Column("image_id", Integer, ForeignKey("images.image_id"), nullable=False),
    Column("reader", String, nullable=False),
    Column("is_reviewed", Boolean, nullable=False),
    Index("reviews_by_image", "image_id", "reader", "review_id"),
)

# Images that somebody should look at, and why: the newest line of an image counts, whoever wrote it.
flags = Table(
    "flags",
    metadata,
    Column("flag_id", Integer, primary_key=True),
    Column("time", String, nullable=False),
    Column("image_id", Integer, ForeignKey("images.image_id"), nullable=False),
    Column("reader", String, nullable=False),
    Column("is_flagged", Boolean, nullable=False),
    Column("note", String, nullable=False),
    Index("flags_by_image", "image_id", "flag_id"),
)

# Images scored by how much they need a look, such as by the disagreement of two runs. A ranking ends with any of its
# runs; a new one takes the place of the old one of the same kind and runs.
rankings = Table(
    "rankings",
    metadata,
    Column("ranking_id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("time", String, nullable=False),
    # The newest edit when it was made: scores that read labels are older than later edits.
    Column("last_edit", Integer, nullable=False),
    sqlite_autoincrement=True,
)

ranking_runs = Table(
    "ranking_runs",
    metadata,
    Column("ranking_id", Integer, ForeignKey("rankings.ranking_id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Index("ranking_runs_by_run", "run_id"),
    sqlite_with_rowid=False,
)

image_scores = Table(
    "image_scores",
    metadata,
    Column("ranking_id", Integer, ForeignKey("rankings.ranking_id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("value", Float, nullable=False),
    Index("image_scores_by_value", "ranking_id", text("value DESC"), "image_id"),
    sqlite_with_rowid=False,
)

landmark_scores = Table(
    "landmark_scores",
    metadata,
    Column("ranking_id", Integer, ForeignKey("rankings.ranking_id", ondelete="CASCADE"), primary_key=True),
    Column("image_id", Integer, ForeignKey("images.image_id"), primary_key=True),
    Column("landmark", String, primary_key=True),
    Column("value", Float, nullable=False),
    Index("landmark_scores_by_value", "ranking_id", text("value DESC"), "image_id", "landmark"),
    sqlite_with_rowid=False,
)

# Landmarks and regions that the scheme once had: what was said of them stays, and does not count.
removed = Table(
    "removed",
    metadata,
    Column("kind", String, primary_key=True),
    Column("name", String, primary_key=True),
    # As the scheme had it, to be brought back.
    Column("entry", JSON, nullable=False),
    Column("time", String, nullable=False),
    CheckConstraint("kind IN ('landmark', 'region')", name="kind_of_removed_is_known"),
    sqlite_with_rowid=False,
)

# Decisions that a paper may be asked about: freezing and thawing the test split, and why.
decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True),
    Column("time", String, nullable=False),
    Column("what", String, nullable=False),
    Column("reason", String, nullable=False),
)

# Who has the project open, and who trains: both with a sign of life, so that those who died can be told.
windows = Table(
    "windows",
    metadata,
    Column("token", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("process", Integer, nullable=False),
    Column("opened", Float, nullable=False),
    Column("beat", Float, nullable=False),
)

training_lock = Table(
    "training_lock",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("token", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("host", String, nullable=False),
    Column("process", Integer, nullable=False),
    Column("beat", Float, nullable=False),
    CheckConstraint("only = 1", name="there_is_one_lock"),
)


def _append_only(table: str, key: str, words: str) -> tuple[str, str, str]:
    """Give the triggers that let a table only grow, made in this order."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    # INSERT OR REPLACE takes rows out without asking the trigger on DELETE.
    newest = f"(SELECT coalesce(max({key}), 0) FROM {table})"
    return (
        f"CREATE TRIGGER {table}_refuse_UPDATE BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_refuse_DELETE BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_refuse_REPLACE BEFORE INSERT ON {table} WHEN NEW.{key} <= {newest} {refuse}",
    )


EDITS_ONLY_GROW = _append_only("edits", "edit_id", "the journal of edits is append-only")
MASKS_ONLY_GROW = _append_only("masks", "mask_id", "the journal of masks is append-only")
REVIEWS_ONLY_GROW = _append_only("reviews", "review_id", "the journal of reviews is append-only")
FLAGS_ONLY_GROW = _append_only("flags", "flag_id", "the journal of flags is append-only")
RANKING_ENDS_WITH_ITS_RUNS = (
    "CREATE TRIGGER ranking_ends_with_its_runs AFTER DELETE ON ranking_runs "
    "BEGIN DELETE FROM rankings WHERE ranking_id = OLD.ranking_id; END"
)
TRIGGERS = (
    *EDITS_ONLY_GROW,
    *MASKS_ONLY_GROW,
    *REVIEWS_ONLY_GROW,
    *FLAGS_ONLY_GROW,
    RANKING_ENDS_WITH_ITS_RUNS,
)


def create_tables(connection: Connection) -> None:
    """Create every table, index and trigger in an empty database."""
    metadata.create_all(connection)
    for trigger in TRIGGERS:
        connection.exec_driver_sql(trigger)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
