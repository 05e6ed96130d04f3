"""Time how long the command line takes to say what it can do.

python benchmarks/cli_start.py [--repeats 15] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from measuring import circumstances


def seconds_of(*words: str) -> float:
    """Give the seconds of a fresh process that answers a command."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "napari_kdland", *words], check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Measure in turns and write down medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    commands = (("--help",), ("train", "--help"), ("recipes",))
    times: dict[str, list[float]] = {" ".join(words): [] for words in commands}
    for _ in range(options.repeats):
        for words in commands:
            times[" ".join(words)].append(seconds_of(*words))
    figures = {
        name: {"median_s": round(statistics.median(each), 3), "max_s": round(max(each), 3)}
        for name, each in times.items()
    }
    text = json.dumps({**circumstances(), "repeats": options.repeats, **figures}, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
