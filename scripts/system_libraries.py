"""Install the system libraries that Qt needs, or print the one line that does.

Runs with the system's Python, before any virtual environment exists. With ``--display`` a virtual screen (Xvfb) is
needed too. With ``--browser`` a Chromium is wanted, in which tests open reports; where it cannot be had they are
skipped.
"""

import ctypes
import os
import shutil
import subprocess
import sys

LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def is_missing(library: str) -> bool:
    """Whether the loader cannot find a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return True
    return False


def may_install() -> list[str] | None:
    """Give the words to put before apt-get, or None where this user may not install."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        return ["sudo", "-n"] if asked.returncode == 0 else None
    return None


def main() -> int:
    """Install what is missing; 0 when nothing that is needed is missing any more."""
    if "--browser" in sys.argv:
        wish_for_browser()
    packages = [package for library, package in LIBRARIES.items() if is_missing(library)]
    if "--display" in sys.argv and not shutil.which("Xvfb"):
        packages.append("xvfb")
    if not packages or sys.platform != "linux":
        return 0
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    prefix = may_install()
    if shutil.which("apt-get") is None or prefix is None:
        sys.stderr.write("Qt needs system libraries that are missing. Run this once, then again:\n")
        sys.stderr.write(f"  sudo {' '.join(line)}\n")
        return 1
    print("Installing system libraries for Qt:", *packages, flush=True)
    return install(prefix, line)


def install(prefix: list[str], line: list[str]) -> int:
    """Run an installation after fetching the lists of packages; its exit status."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], env=environment, check=False)
    return subprocess.run([*prefix, *line], env=environment, stdout=subprocess.DEVNULL, check=False).returncode


def wish_for_browser() -> None:
    """Install Chromium where there is none and this user may; say so where not, and go on."""
    if any(shutil.which(name) for name in BROWSERS) or sys.platform != "linux":
        return
    prefix = may_install() if shutil.which("apt-get") else None
    if prefix is not None:
        print("Installing Chromium, in which tests open reports", flush=True)
    if prefix is None or install(prefix, ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
        print("No Chromium: the tests that open reports in it will be skipped.", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
