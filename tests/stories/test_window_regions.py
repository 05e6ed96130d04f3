"""Regions and channels in a real napari window: train runs that find organs, see them beside the reader's."""

import imageio.v3 as imageio
import numpy as np
import pytest

from napari_kdland.anatomy import Scheme
from napari_kdland.anatomy.regions import Regions
from napari_kdland.images import read
from napari_kdland.project import Project
from napari_kdland.session.job_runner import JobStatus
from tests import makers

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
]

PATIENCE = 180_000
SIZE = (80, 96)


def an_organ(index):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return (rows - 40) ** 2 + (columns - 40 - 2 * index) ** 2 < 18**2


def a_project(folder, *, landmarks):
    """Make a project of bright discs, the disc and its core being the regions, with a further channel."""
    scheme = Scheme.model_validate(
        {
            "name": "discs",
            "landmarks": [{"name": name} for name in landmarks],
            "regions": [{"name": "disc", "bit": 1, "colour": "#0072B2"}, {"name": "core", "bit": 2}],
            "channels": ["plain", "turned"],
        }
    )
    path = folder / "discs.kdland"
    with Project.create(path, scheme) as project:
        for index, split in enumerate(["train"] * 3 + ["val", "test", "pool"]):
            disc = an_organ(index)
            noise = np.random.default_rng(index).random(SIZE)
            pixels = (20000 * noise + 30000 * disc).astype(np.uint16)
            imageio.imwrite(folder / f"disc_{index}.png", pixels)
            imageio.imwrite(folder / f"turned_{index}.png", 60000 - pixels)
            record = project.records.add(read(folder / f"disc_{index}.png"), folder / f"disc_{index}.png", split=split)
            project.channels.set_many({record.image_id: {"turned": (folder / f"turned_{index}.png", None)}})
            if split != "pool":
                core = disc & (np.arange(SIZE[0])[:, None] > 40)
                project.masks.save(record.image_id, Regions(("disc", "core"), np.stack([disc, core])), reader="A")
                if landmarks:
                    makers.annotate(project, record.image_id, np.array([[40.0, 40.0 + 2 * index]]))
    return path


def train_one(train, qtbot, recipe, name, **heads):
    train.setup.choose(recipe)
    train.setup.name.setText(name)
    form = train.setup.form
    settings = {("student", "backbone"): "tiny", ("input", "size"): 64, ("training", "steps"): 4}
    settings |= {("training", "validate_every"): 2, **{("heads", head): value for head, value in heads.items()}}
    for path, value in settings.items():
        form.widget_at(*path).value = value
    assert train.start_button.isEnabled(), train.setup.missing.text()
    train.start_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)
    assert train.jobs.handle.status is JobStatus.DONE, train.jobs.handle.details


def test_landmarks_and_regions_of_teacher_and_student_side_by_side(make_napari_viewer, qtbot, tmp_path):
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    widget = show(viewer, a_project(tmp_path, landmarks=["dot_0"]), image="disc_4.png")
    train = widget.panel("Train")
    train_one(train, qtbot, "supervised", "teacher", regions=True)
    assert train.curves.points_of("val_dice")[0] == [2, 4]
    train_one(train, qtbot, "kd", "student", regions=True)

    compare = widget.panel("Compare")
    compare.choose(["teacher", "student"])
    qtbot.waitUntil(lambda: compare.image_errors.rowCount() == 5, timeout=PATIENCE)
    groups = widget.desk.pool.runs(2)
    assert [group.truth_masks.visible for group in groups] == [True, True]
    assert widget.desk.pool.reader.masks.visible

    compare.measure()
    qtbot.waitUntil(lambda: not compare.figures.jobs.is_busy, timeout=PATIENCE)
    assert compare.figures.region_errors.rowCount() == 6
    errors = compare.figures.split_errors
    assert [errors.verticalHeaderItem(row).text() for row in range(2)] == ["teacher (baseline)", "student"]
    widget.shut_down()


def test_a_scheme_of_regions_alone_goes_through_every_panel(make_napari_viewer, qtbot, tmp_path):
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    widget = show(viewer, a_project(tmp_path, landmarks=[]), image="disc_4.png")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=PATIENCE)
    for name in ("Project", "Annotate", "Train", "Predict", "Compare"):
        widget.bring_to_front(name)
    train_one(widget.panel("Train"), qtbot, "supervised", "plain")

    predict = widget.panel("Predict")
    predict.predict()
    qtbot.waitUntil(lambda: widget.desk.forecasts.get("plain", widget.session.record.image_id), timeout=PATIENCE)
    compare = widget.panel("Compare")
    compare.choose(["plain"])
    compare.measure()
    qtbot.waitUntil(lambda: not compare.figures.jobs.is_busy, timeout=PATIENCE)

    assert not widget.desk.pool.reader.heatmap.visible
    assert compare.figures.jobs.handle.status is JobStatus.DONE, compare.figures.jobs.handle.details
    assert [compare.figures.region_errors.item(row, 0).text() for row in range(3)] == [
        "All regions",
        "■ disc",
        "■ core",
    ]
    widget.shut_down()


def test_a_student_that_sees_less_than_its_teacher(make_napari_viewer, qtbot, tmp_path):
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    widget = show(viewer, a_project(tmp_path, landmarks=["dot_0"]), image="disc_4.png")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=PATIENCE)
    widget.desk.companions.look_at("turned")
    qtbot.waitUntil(lambda: widget.desk.companions.picture is not None, timeout=PATIENCE)
    assert viewer.layers["turned"].visible

    train = widget.panel("Train")
    train.setup.choose("kd-net")
    train.setup.form.widget_at("teacher", "channels").value = ("plain", "turned")
    train.setup.set_up_teacher()
    assert train.setup.form.recipe().input.channels == ("plain", "turned")
    for path, value in {("student", "backbone"): "tiny", ("input", "size"): 64, ("training", "steps"): 2}.items():
        train.setup.form.widget_at(*path).value = value
    train.setup.name.setText("sees-both")
    train.start_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)
    assert train.jobs.handle.status is JobStatus.DONE, train.jobs.handle.details

    train.setup.choose("kd-net")
    assert train.setup.choice.names == ("",)
    train.setup.form.widget_at("teacher", "channels").value = ("plain", "turned")
    assert train.setup.choice.names == ("sees-both",)
    widget.shut_down()
