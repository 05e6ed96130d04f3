"""Run a command on a virtual screen of 1600x1000 pixels (Xvfb), and end with its exit code.

Where the tests run on Linux only; elsewhere the command runs on the real screen.
"""

import os
import shutil
import subprocess
import sys


def main() -> int:
    """Start Xvfb on a free display, run the command there, stop Xvfb."""
    command = sys.argv[1:]
    if sys.platform != "linux":
        return subprocess.run(command, check=False).returncode
    if shutil.which("Xvfb") is None:
        sys.stderr.write("Xvfb is missing. Run: sudo apt-get install -y xvfb\n")
        return 1
    read_end, write_end = os.pipe()
    arguments = ["-displayfd", str(write_end), "-screen", "0", "1600x1000x24", "+extension", "GLX", "-nolisten", "tcp"]
    server = subprocess.Popen(
        ["Xvfb", *arguments], pass_fds=(write_end,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    try:
        # Xvfb writes the number of the display it found free, once it is ready.
        with os.fdopen(read_end) as ready:
            display = ready.readline().strip()
        if not display:
            sys.stderr.write("Xvfb did not start.\n")
            return 1
        environment = {key: value for key, value in os.environ.items() if key != "WAYLAND_DISPLAY"}
        return subprocess.run(command, env=environment | {"DISPLAY": f":{display}"}, check=False).returncode
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    raise SystemExit(main())
