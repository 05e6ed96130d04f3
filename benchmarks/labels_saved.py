"""Hold the strategies of a finished `kdland simulate` against random at equal numbers of labels, seed by seed.

    python benchmarks/labels_saved.py FOLDER OUT

FOLDER is what `kdland simulate --out` wrote. OUT gets the errors of every network, the simulation's own verdict and
savings, and for each strategy and number of labels the mean difference from `random`, with Student's t interval over
the seeds (95 %, each by itself).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from measuring import circumstances
from scipy import stats

REFERENCE = "random"


def errors_of(folder: Path) -> dict[str, dict[int, dict[int, float]]]:
    """Give errors in pixels by strategy, number of labels and seed."""
    found: dict[str, dict[int, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    with (folder / "steps.jsonl").open(encoding="utf-8") as file:
        for line in file:
            step = json.loads(line)
            found[step["strategy"]][step["labels"]][step["seed"]] = step["error_px"]
    return found


def against_random(errors: dict[str, dict[int, dict[int, float]]]) -> dict[str, dict[int, dict[str, float]]]:
    """Give the paired differences; at the first number of labels all strategies have the same networks."""
    found = {}
    for strategy, by_labels in errors.items():
        if strategy != REFERENCE:
            later = sorted(by_labels)[1:]
            found[strategy] = {n: difference(by_labels[n], errors[REFERENCE][n]) for n in later}
    return found


def difference(these: dict[int, float], those: dict[int, float]) -> dict[str, float]:
    """Give mean and interval of what `these` differ by from `those`, over the seeds that both have."""
    found = np.array([these[seed] - those[seed] for seed in sorted(these.keys() & those.keys())])
    half = stats.t.ppf(0.975, len(found) - 1) * stats.sem(found)
    return {"mean_px": found.mean(), "low": found.mean() - half, "high": found.mean() + half, "n_seeds": len(found)}


def main() -> None:
    """Read the folder and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    curves = json.loads((asked.folder / "curves.json").read_text(encoding="utf-8"))
    errors = errors_of(asked.folder)
    found = {
        **circumstances(),
        "plan": json.loads((asked.folder / "plan.json").read_text(encoding="utf-8")),
        "verdict": curves["verdict"],
        "savings": {name: curve["saving"] for name, curve in curves["curves"].items()},
        "against_random": against_random(errors),
        "errors_px": errors,
    }
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
