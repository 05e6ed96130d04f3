"""Tests of napari_kdland.jobs.studying.studies, without any training; whole studies are in tests/stories."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.errors import ProjectBusy, TrainingError, UsageError
from napari_kdland.jobs import IndexSource
from napari_kdland.jobs.reporting import StudyPart
from napari_kdland.jobs.studying import StudyResult, run_study, studies
from napari_kdland.jobs.studying.measuring import Measured
from napari_kdland.jobs.studying.working import Outcome
from napari_kdland.project import Project
from napari_kdland.recipes.study import Study, load_study
from tests.jobs.studying.factories import PretendedCrew, a_study, a_tuned_study
from tests.jobs.studying.test_summing_up import off_by
from tests.makers import a_project, annotate, dots


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(a_project(tmp_path)) as opened:
        yield opened


class Pretence:
    """A project whose runs are neither trained nor measured in earnest."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self.project = project
        self.measured: list[tuple[str, ...]] = []
        self.pages: list[tuple[str, ...]] = []
        self.parts: list[StudyPart] = []
        self.sources: list[object] = []
        self.crew = PretendedCrew(project)
        monkeypatch.setattr(studies, "OwnHands", lambda *_: self.crew)
        monkeypatch.setattr(studies, "measure", self._measure)
        monkeypatch.setattr(studies, "floor", self._floor)
        monkeypatch.setattr(studies, "compare_runs", self._compare_runs)

    def study(self, study: Study, **more: object) -> StudyResult:
        return events.run(run_study(self.project.path, study, device="cpu", **more))

    def _measure(self, _: Project, runs: Sequence[str], **__: object) -> events.Job[dict[str, Measured]]:
        yield events.Advanced(0)
        self.measured.append(tuple(runs))
        errors = {run: off_by(float(place), 1.0) for place, run in enumerate(runs)}
        return {run: Measured(one, one) for run, one in errors.items()}

    def _floor(self, *_: object, **__: object) -> events.Job[object]:
        yield events.Advanced(0)
        return off_by(30, 30)

    def _compare_runs(
        self, _: Path, runs: Sequence[str], *, report: Path, study: StudyPart, index_sources: object, **__: object
    ) -> events.Job[None]:
        yield events.Advanced(0)
        self.sources.append(index_sources)
        self.parts.append(study)
        self.pages.append((report.name, *(run.rsplit("-", 1)[0] for run in runs)))


@pytest.fixture
def pretence(project: Project, monkeypatch: pytest.MonkeyPatch) -> Pretence:
    return Pretence(project, monkeypatch)


def test_what_is_trained_is_measured_once_and_written(pretence: Pretence):
    result = pretence.study(a_study("supervised", "kd", "continued"))

    folder = pretence.project.layout.reports_folder / "small"
    assert [(row.name, len(row.runs)) for row in result.blocks[0].rows] == [
        ("supervised", 2),
        ("kd", 2),
        ("continued", 2),
        ("teachers", 1),
        ("mean shape", 0),
    ]
    assert len(pretence.measured) == 1
    assert len(pretence.measured[0]) == len(set(pretence.measured[0])) == 7
    files = {"results.csv", "results.json", "runs.csv", "tests.csv", "study.toml"}
    assert {one.name for one in folder.iterdir()} == files


def test_the_study_that_is_kept_beside_the_results_is_the_same_study(pretence: Pretence):
    study = a_tuned_study("supervised")

    pretence.study(study)

    assert load_study(pretence.project.layout.reports_folder / "small" / "study.toml") == study


def test_a_finished_study_is_read_and_not_measured_again(pretence: Pretence):
    first = pretence.study(a_tuned_study("supervised"))

    again = pretence.study(a_tuned_study("supervised"))

    assert again == first
    assert len(pretence.measured) == 1


def test_a_finished_study_is_read_while_something_else_trains(pretence: Pretence):
    first = pretence.study(a_study("supervised"))

    with pretence.project.runs.training_lock("mine"):
        assert pretence.study(a_study("supervised")) == first
        with pytest.raises(ProjectBusy, match="mine is training"):
            pretence.study(a_study("kd"))


@pytest.mark.parametrize(
    "change",
    [
        lambda project: annotate(project, project.records.page(0, 1, split="test")[0].image_id, dots(77)),
        lambda project: project.runs.delete(project.runs.all()[0].name),
        lambda project: (project.layout.reports_folder / "small" / "results.json").unlink(),
    ],
)
def test_a_study_is_measured_again_where_what_it_rests_on_changed(
    pretence: Pretence, change: Callable[[Project], None]
):
    pretence.study(a_study("supervised"))
    change(pretence.project)

    pretence.study(a_study("supervised"))

    assert len(pretence.measured) == 2


def test_teachers_that_are_trained_otherwise_stand_in_rows_of_their_own(pretence: Pretence):
    dropped = 'recipe = "kd"\nname = "dropped"\nset = [\'teacher.settings=["student.dropout=0.2"]\']'

    result = pretence.study(a_study("kd", "ensemble-kd", dropped))

    rows = {row.name: len(row.runs) for row in result.blocks[0].rows if row.kind == "teacher"}
    assert rows == {"teachers of kd and 1 more": 3, "teachers of dropped": 1}


def test_every_run_is_listed_with_what_it_was_made_from(pretence: Pretence):
    result = pretence.study(a_study("kd", "continued"))

    listed = {run.run.rsplit("-", 1)[0]: run for run in result.runs}
    assert set(listed) == {"kd-k2-s0", "kd-k2-s1", "continued-k2-s0", "continued-k2-s1", "teacher-k2-s100"}
    assert listed["kd-k2-s1"].teachers == (listed["teacher-k2-s100"].run,)
    assert listed["continued-k2-s0"].start.startswith("supervised-k2-s0-")
    assert listed["kd-k2-s1"].seed == 1


def test_a_run_that_failed_is_told_and_the_rest_is_measured(pretence: Pretence):
    pretence.crew._says = lambda run: Outcome(run, "The disk is full.") if run.startswith("kd-k2-s1") else None

    result = pretence.study(a_study("supervised", "kd"))

    kd = result.blocks[0].rows[1]
    assert (len(kd.runs), kd.n_wanted) == (1, 2)
    assert [message for name, message in result.failed.items() if name.startswith("kd-k2-s1")] == ["The disk is full."]


def test_a_study_of_which_nothing_could_be_trained_says_why(pretence: Pretence):
    pretence.crew._says = lambda run: Outcome(run, "The disk is full.")

    with pytest.raises(TrainingError, match="No run of the study came to its end: The disk is full"):
        pretence.study(a_study("supervised"))


def test_pages_draw_the_first_seed_of_each_row_and_its_teacher_and_judge_all_seeds(pretence: Pretence):
    text = 'name = "small"\nlabels = [2, 3]\nseeds = [4, 5]\n'

    pretence.study(a_study("supervised", "kd", text=text), report=True)

    assert pretence.pages == [
        ("k2.html", "supervised-k2-s4", "teacher-k2-s100", "kd-k2-s4"),
        ("k3.html", "supervised-k3-s4", "teacher-k3-s100", "kd-k3-s4"),
    ]
    first = pretence.parts[0].over_seeds
    assert (first.drawn_of, first.basis) == ("seed 4", "2 seeds of each")
    assert [test.n_seeds for test in first.judgement.against_baseline] == [(2, 2)]


def test_an_overview_stands_beside_the_pages_of_several_numbers_of_labels(pretence: Pretence):
    text = 'name = "small"\nlabels = [2, 3]\nseeds = [4, 5]\n'

    pretence.study(a_study("supervised", "kd", text=text), report=True)

    folder = pretence.project.layout.reports_folder / "small"
    page = (folder / "overview.html").read_text(encoding="utf-8")
    assert 'href="k2.html"' in page
    assert (folder / "overview_tables" / "label_efficiency.csv").exists()
    assert [part.pages[0] for part in pretence.parts] == [("Overview", "overview.html")] * 2


def test_rows_that_are_another_one_with_parts_left_out_are_an_ablation_over_all_seeds(pretence: Pretence):
    unweighted = 'recipe = "composite"\nname = "unweighted"\nset = ["weighting.kind=none"]'

    pretence.study(a_study("composite", unweighted), report=True)

    ((found,),) = [part.ablations for part in pretence.parts]
    assert (found.ablation.full, found.ablation.parts) == ("composite", ("weighting: confidence",))
    assert found.n_seeds == {"composite": 2, "unweighted": 2}


def test_pages_hold_an_index_against_a_table_and_say_so_in_the_command(pretence: Pretence, tmp_path: Path):
    manifest = pretence.project.path / "project.toml"
    words = 'measure = "distance", of = ["dot_0", "dot_1"]'
    index = (
        f'[[measures.indices]]\nname = "ratio"\ntitle = "R"\nnumerator = {{ {words} }}\ndenominator = {{ {words} }}\n'
    )
    source = IndexSource("ratio", tmp_path / "ratios.csv", "ctr")
    (tmp_path / "ratios.csv").write_text("image,ctr\ndots_00,0.5\n")
    with pytest.raises(UsageError, match="has no index 'ratio'"):
        pretence.study(a_study("supervised"), report=True, index_sources=[source])
    assert pretence.measured == []
    manifest.write_text(manifest.read_text() + index.replace("[[measures", "[[scheme.measures"))

    pretence.study(a_study("supervised"), report=True, index_sources=[source])

    assert pretence.sources == [(source,)]
    assert pretence.parts[0].commands[0].endswith("--report --index-values=ratio=ratios.csv:ctr")


def test_where_the_first_seed_failed_the_page_draws_the_next_one_and_says_so(pretence: Pretence):
    pretence.crew._says = lambda run: Outcome(run, "The disk is full.") if run.startswith("kd-k2-s0") else None

    pretence.study(a_study("supervised", "kd"), report=True)

    assert pretence.pages == [("k2.html", "supervised-k2-s0", "teacher-k2-s100", "kd-k2-s1")]
    of = pretence.parts[0].over_seeds
    assert (of.drawn_of, of.basis) == ("seed 0 of supervised, seed 1 of kd", "2 seeds of supervised, 1 seed of kd")


def test_a_study_that_is_closed_frees_the_project_and_goes_on_later(pretence: Pretence):
    job = run_study(pretence.project.path, a_study("supervised"), device="cpu")
    while not (isinstance(event := next(job), events.Advanced) and event.done == 1):
        pass

    job.close()
    with pretence.project.runs.training_lock("mine"):
        pass
    result = pretence.study(a_study("supervised"))

    assert len(pretence.crew.trained) == 2
    assert result.failed == {}
