"""Make the pictures of the documentation: run the data steps on the sample product and photograph the page of the run.

python -m tools.screenshots            (writes docs/pictures/run-page.png)

Needs the packages of ``make test`` and Chromium. The same code gives the same page, but for times and memory.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_PICTURE = Path("docs/pictures/run-page.png")
_WIDTH, _HEIGHT = 1280, 800  # pixels
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def main(arguments: list[str] | None = None) -> int:
    """Make the pictures; returns the exit code of the run if it fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=_PICTURE, metavar="FILE", help="PNG file to write [%(default)s]")
    parser.add_argument(
        "--conversations", type=int, default=1_000, metavar="N", help="size of the sample product [%(default)s]"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="photograph this page instead of running anything")
    options = parser.parse_args(arguments)
    if options.page:
        photograph(options.page, options.output)
        return 0
    with tempfile.TemporaryDirectory() as runs:
        attune = [sys.executable, "-m", "attune.cli", "run", "--sample", "--pipeline", "dataset"]
        size = ["--conversations", str(options.conversations)]
        done = subprocess.run([*attune, *size, "--runs", runs, "--name", "demo"], check=False)  # noqa: S603 - our own command
        if done.returncode == 0:
            photograph(Path(runs) / "demo" / "index.html", options.output)
        return done.returncode


def photograph(page: Path, picture: Path) -> None:
    """Write what a browser window of 1,280 x 800 pixels shows of ``page``, in light colours."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme="light")
        window.goto(page.resolve().as_uri())
        picture.parent.mkdir(parents=True, exist_ok=True)
        window.screenshot(path=str(picture))
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
