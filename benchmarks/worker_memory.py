"""Count what a training step costs in a worker of a Dask cluster, with and without undoing the nanny's malloc settings.

Dask's nanny sets MALLOC_TRIM_THRESHOLD_ so that glibc gives freed memory back at once. Each step then asks for it anew,
page by page. Processor time is counted, so that whatever else the machine does falls on neither.

    python benchmarks/worker_memory.py [--steps 20] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

from measuring import circumstances

SIZE = 128
AS_DASK_SETS_IT = "65536"
CASES = {"no nanny": (None, False), "nanny": (AS_DASK_SETS_IT, False), "nanny, undone": (AS_DASK_SETS_IT, True)}


def count(backbone: str, steps: int) -> None:
    """Print one case as JSON: processor time and page faults a step, in a thread as workers have it."""
    import torch
    import training_step

    from napari_kdland.recipes import load_recipe, with_settings

    torch.set_num_threads(1)
    training_step.SIZE = SIZE

    def work() -> None:
        recipe = with_settings(load_recipe("supervised"), [f"student.backbone={backbone}", f"input.size={SIZE}"])
        step = training_step.loop_step(recipe, "cpu", Path(tempfile.mkdtemp()))
        for _ in range(3):
            step()
        before = resource.getrusage(resource.RUSAGE_SELF)
        for _ in range(steps):
            step()
        after = resource.getrusage(resource.RUSAGE_SELF)
        figures = {
            "user_ms": round(1000 * (after.ru_utime - before.ru_utime) / steps, 1),
            "system_ms": round(1000 * (after.ru_stime - before.ru_stime) / steps, 1),
            "page_faults": (after.ru_minflt - before.ru_minflt) // steps,
            "peak_mb": after.ru_maxrss // 1024,
        }
        print(json.dumps(figures), flush=True)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    os._exit(0)  # the loop stands at a step; nothing of it is wanted any more


def measured(backbone: str, steps: int, threshold: str | None, is_undone: bool) -> dict[str, float]:
    """Count in a fresh process, as malloc reads its settings once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    environment |= {"OMP_NUM_THREADS": "1"} | ({} if threshold is None else {"MALLOC_TRIM_THRESHOLD_": threshold})
    commands = [sys.executable, __file__, "--count", backbone, "--steps", str(steps)]
    found = subprocess.run(
        commands + (["--undo"] if is_undone else []), env=environment, capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure all cases and write them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--count", metavar="BACKBONE", help="one case, in this process")
    parser.add_argument("--undo", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.count:
        if options.undo:
            from napari_kdland.jobs.studying.crews import _keep_freed_memory

            _keep_freed_memory()
        count(options.count, options.steps)
    rows = {
        backbone: {name: measured(backbone, options.steps, *case) for name, case in CASES.items()}
        for backbone in ("tiny", "teacher")
    }
    text = json.dumps(
        {**circumstances(), "input": f"8 images of {SIZE} x {SIZE}, one thread", "a_step": rows}, indent=2
    )
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
