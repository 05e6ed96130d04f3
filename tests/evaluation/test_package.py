import subprocess
import sys


def test_importing_the_room_loads_nothing_heavy():
    code = "import sys, napari_kdland.evaluation; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    heavy = {"matplotlib", "jinja2", "pandas", "scipy", "skimage", "imageio", "torch", "napari", "qtpy"}
    assert heavy.isdisjoint(loaded)
    assert "napari_kdland.evaluation.report" in loaded
