"""docs/how-to/push-from-another-system.md, command by command, against a running server."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

from knox.models import AuthToken
from pytest_django.live_server_helper import LiveServer

from dealercrm.accounts.models import Role
from tests.factories import make_dealership, make_user

PAGE = Path(__file__).parents[2] / "docs/how-to/push-from-another-system.md"
STEP = re.compile(r"^```sh\n(?P<command>.*?)^```\n^```json\n(?P<answer>.*?)^```", re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, Any]]:
    found = [(match["command"], json.loads(match["answer"])) for match in STEP.finditer(PAGE.read_text())]
    assert len(found) == len(re.findall(r"^```sh$", PAGE.read_text(), re.MULTILINE)), "a command without its answer"
    return found


def assert_holds(told: Any, answered: Any, where: str = "") -> None:
    """Everything that the page tells stands in the answer; the answer may say more."""
    if isinstance(told, dict):
        for name, value in told.items():
            assert_holds(value, answered[name], f"{where}.{name}")
    elif isinstance(told, list):
        assert len(told) == len(answered), where
        for index, value in enumerate(told):
            assert_holds(value, answered[index], f"{where}[{index}]")
    else:
        assert told == answered, where


def test_every_command_of_the_page_answers_as_the_page_says(live_server: LiveServer) -> None:
    north = make_dealership("north", name="North", city="Казань")
    token = AuthToken.objects.create(make_user("robot", Role.INTEGRATION, north))[1]
    told = steps()
    assert len(told) >= 10
    for command, answer in told:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env={"PATH": os.environ["PATH"], "CRM": live_server.url, "TOKEN": token, "no_proxy": "*"},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert_holds(answer, json.loads(done.stdout), command)
