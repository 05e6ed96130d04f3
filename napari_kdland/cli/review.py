"""The command for proofreading without a window: which images need a look first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_kdland.cli.options import AsJson, Device, EventsAs, EventsFormat, ProjectPath
from napari_kdland.cli.watching import print_json, say, watch

if TYPE_CHECKING:
    from napari_kdland.project import Project, Ranking


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command("review")(review)


def review(
    project: ProjectPath,
    others: Annotated[list[str] | None, typer.Argument(metavar="[RUN]...", help="Runs of this project.")] = None,
    by: Annotated[str, typer.Option(help="What images are sorted by; see docs/proofreading.md.")] = "disagreement",
    # A command line's option takes one value; the runs that follow it are the arguments above.
    runs: Annotated[list[str] | None, typer.Option("--runs", metavar="RUN...", help="The same, as an option.")] = None,
    landmarks: Annotated[bool, typer.Option("--landmarks", help="List single landmarks in place of images.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many lines to print.")] = 20,
    device: Device = "auto",
    as_json: AsJson = False,
    events: EventsAs = EventsFormat.BAR,
) -> None:
    """List which images, or landmarks, need a look first, by what runs predict of them."""
    from napari_kdland.jobs import rank_images
    from napari_kdland.project import Project

    job = rank_images(project, by, (*(runs or ()), *(others or ())), device=device)
    ranking = watch(job, as_json=events is EventsFormat.JSON)
    with Project.open(project, announce=False) as opened:
        everything = opened.scores.page(ranking.ranking_id, limit=-1)
        reviewed = set(opened.reviews.reviewed_ids()) & {line.image_id for line in everything}
        queue = _lines(opened, ranking, limit, of_landmarks=landmarks)
    if as_json:
        print_json(
            {
                "by": ranking.kind,
                "runs": ranking.runs,
                "n_images": len(everything),
                "n_reviewed": len(reviewed),
                "queue": queue,
            }
        )
        return
    _tell(ranking, queue)
    say(f"{len(reviewed)} of {len(everything)} images are reviewed.")


def _lines(project: Project, ranking: Ranking, limit: int, *, of_landmarks: bool) -> list[dict[str, Any]]:
    page = project.scores.landmark_page if of_landmarks else project.scores.page
    lines = page(ranking.ranking_id, limit=limit)
    ids = [line.image_id for line in lines]
    reviews, flags = project.reviews.of_images(ids), project.flags.of_images(ids)
    return [
        {
            "image": line.name,
            "split": line.split,
            **({"landmark": line.landmark} if of_landmarks else {}),
            # Runs that contradict each other have no distance, and JSON no infinity.
            "score": line.value if math.isfinite(line.value) else None,
            "reviewed_by": [one.reader for one in reviews.get(line.image_id, ())],
            "reasons": line.reason.splitlines(),
            "flag": flags[line.image_id].note if line.image_id in flags else None,
        }
        for line in lines
    ]


def _tell(ranking: Ranking, queue: list[dict[str, Any]]) -> None:
    from napari_kdland.evaluation.review_scores import review_score

    kind = review_score(ranking.kind)
    say(": ".join(part for part in (kind.title, ", ".join(ranking.runs)) if part))
    for place, line in enumerate(queue, start=1):
        score = kind.text(math.inf if line["score"] is None else line["score"])
        seen = f"  reviewed by {', '.join(line['reviewed_by'])}" if line["reviewed_by"] else ""
        flag = "" if line["flag"] is None else f"  flagged: {line['flag']}".rstrip(": ")
        say(f"{place:>4}  {score:>10}  {line['image']:<28} {line.get('landmark', ''):<24}{seen}{flag}".rstrip())
        for reason in line["reasons"]:
            say(f"{'':>16}  {reason}")
