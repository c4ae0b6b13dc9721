"""Looks the locked versions up in an advisory database: ``make audit`` or ``python -m tools.audit``.

It runs pip-audit on the lock files. Exit code 0: no package has a known vulnerability; 1: some have; 4: nothing was checked, or
not everything, because no database answered. (``make`` ends with 2 in both cases; a script runs ``python -m tools.audit``.)
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.lock import DEVELOPMENT, INSTALLER, ROOT, RUNTIME, TORCH, entries

CLEAN, VULNERABLE, UNCHECKED = 0, 1, 4
_SERVICES = ("pypi", "osv")  # pip-audit's names; the next one is asked when one does not answer
_TIMEOUT_SECONDS = 15
_PATIENCE_SECONDS = 1_800
_SHOWN = 10
_LOCKS = (RUNTIME, DEVELOPMENT, TORCH, INSTALLER)


def main(arguments: Sequence[str]) -> int:
    """Check the lock files, or those in ``arguments``; returns the exit code."""
    locks = [Path(name) for name in arguments] or [ROOT / name for name in _LOCKS]
    pinned = [entry.split(" \\")[0].split("\n")[0] for lock in locks for entry in entries(lock.read_text(encoding="utf-8"))]
    for service in _SERVICES:
        found = ask(service, pinned)
        if found is not None and any("skip_reason" not in item for item in found["dependencies"]):
            return report(service, found)
        sys.stderr.write(f"audit: {service} did not answer\n")
    sys.stderr.write(
        f"audit: NOT CHECKED: no advisory database answered ({', '.join(_SERVICES)}), so nothing is known of {len(pinned)} "
        "packages. Run it again where pypi.org or api.osv.dev can be reached\n"
    )
    return UNCHECKED


def ask(service: str, pinned: Sequence[str]) -> Mapping[str, Any] | None:
    """What pip-audit says of pinned packages, by one advisory service; None when it does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        requirements, output = Path(folder) / "pinned.txt", Path(folder) / "audit.json"
        requirements.write_text("\n".join(pinned) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements), "--no-deps", "--disable-pip"]
        command += ["--vulnerability-service", service, "--timeout", str(_TIMEOUT_SECONDS), "--progress-spinner", "off"]
        command += ["--format", "json", "--output", str(output)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)  # noqa: S603 - own command
        except subprocess.TimeoutExpired:
            return None
        try:
            found: Mapping[str, Any] = json.loads(output.read_bytes())
        except (OSError, ValueError):
            sys.stderr.write("".join(f"audit: {line[:300]}\n" for line in done.stderr.strip().splitlines()[-1:]))
            return None
        return found


def report(service: str, found: Mapping[str, Any]) -> int:
    """Print what was found; returns the exit code."""
    packages = found["dependencies"]
    skipped = [item for item in packages if "skip_reason" in item]
    vulnerable = [item for item in packages if item.get("vulns")]
    for item in vulnerable:
        for vulnerability in item["vulns"]:
            fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version yet"
            sys.stdout.write(f"{item['name']} {item['version']}: {vulnerability['id']}, fixed in {fixed}\n")
    if skipped:
        named = ", ".join(item["name"] for item in skipped[:_SHOWN]) + (", …" if len(skipped) > _SHOWN else "")
        sys.stdout.write(f"not checked: {named}\n")
    checked = len(packages) - len(skipped)
    sys.stdout.write(
        f"audit: {checked} packages checked by {service}, {len(vulnerable)} vulnerable, {len(skipped)} not checked\n"
    )
    if vulnerable:
        return VULNERABLE
    return UNCHECKED if skipped or not checked else CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
