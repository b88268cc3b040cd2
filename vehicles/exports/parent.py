"""Start the reading child, follow its progress, and say in one sentence where it failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from dealercrm.why import Why
from vehicles.exports.sources import UnreadableExportError

ROOT = Path(__file__).resolve().parent.parent.parent
PEEK_SECONDS = 20


def peek(path: Path, mapping: Mapping[str, Any] | None, sample: int = 5) -> list[dict[str, Any]]:
    """What the files are by their first rows. Takes part of a second; raises UnreadableExportError."""
    order = {"verb": "peek", "path": str(path), "mapping": mapping, "sample": sample, "cpu_seconds": PEEK_SECONDS}
    answer: list[dict[str, Any]] = _run(order, None, wall_seconds=2 * PEEK_SECONDS)
    return answer


def lines(path: Path, most: int) -> list[tuple[int, list[str]]]:
    """The lines of a single file with their numbers, at most so many. Raises UnreadableExportError."""
    order = {"verb": "lines", "path": str(path), "most": most, "cpu_seconds": PEEK_SECONDS}
    answer = _run(order, None, wall_seconds=2 * PEEK_SECONDS)
    return [(line, cells) for line, cells in answer]


def spool(
    path: Path,
    target: Path,
    mapping: Mapping[str, Any],
    *,
    country: str,
    today: date,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Read the whole export into the spool file `target`. `progress` hears how many rows were read."""
    order = {
        "verb": "spool", "path": str(path), "spool": str(target), "mapping": mapping, "country": country,
        "today": today.isoformat(),
    }  # fmt: skip
    _run(order, progress, wall_seconds=3600)


def _run(order: Mapping[str, Any], progress: Callable[[int], None] | None, *, wall_seconds: int) -> Any:
    # A bare environment: the child has no business with our settings and secrets.
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-m", "vehicles.exports.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
        text=True,
        encoding="utf-8",
    )
    timer = threading.Timer(wall_seconds, child.kill)
    timer.start()
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(order))
        child.stdin.close()
        for line in child.stdout:
            said = json.loads(line)
            if "error" in said:
                raise UnreadableExportError(Why(said["error"]["code"], said["error"]["params"]))
            if "done" in said:
                return said["done"]
            if progress is not None:
                progress(said["rows"])
        raise UnreadableExportError(Why("import.too_large"))
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
