"""Reads docker-compose.yml as compose does, as far as this file needs it."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.platform.processes import ROOT

VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def services() -> dict[str, dict[str, Any]]:
    described: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return described


def command(service: str, port: int = 8000) -> list[str]:
    """The command of a service; only the address it listens on is this machine's."""
    return [part.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for part in services()[service]["command"]]


def environment(service: str, **values: str) -> dict[str, str]:
    """Its environment with `values` as .env and defaults for the rest."""
    raw = services()[service]["environment"]
    return {name: VARIABLE.sub(lambda hit: values.get(hit[1], hit[2]), str(text)) for name, text in raw.items()}


def healthcheck(service: str, port: int = 8000) -> list[str]:
    kind, *parts = services()[service]["healthcheck"]["test"]
    parts = [part.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("$$", "$") for part in parts]
    return ["/bin/sh", "-c", *parts] if kind == "CMD-SHELL" else parts
