"""Senders killed anywhere against a mail server with its own ledger, clicks against senders: a small seeded part.

The full counts (2,000 deaths, 10,000 races) run by `python -m benchmarks.faults smtp races`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.platform.processes import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def run(folder: Path, *words: str) -> dict[str, Any]:
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": f"{address}/{settings['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DEALERCRM_VAR": str(folder),
        "LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "benchmarks.faults", *words, "--here", "--json"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode in {0, 1}, ran.stderr
    [found] = json.loads(ran.stdout)
    return dict(found)


def test_killed_senders_lose_nothing_double_nothing_and_never_say_sent_of_what_was_not(tmp_path: Path) -> None:
    found = run(tmp_path, "smtp", "--kills", "60")
    assert found["deaths"] >= 60
    hurt = {name: found.get(name, 0) for name in ("lost", "doubled", "marked_not_sent", "sent_not_marked")}
    assert not any(hurt.values()), hurt
    assert found["control_again_blindly"]["doubled"], "the control: sending again blindly doubles nothing here"
    assert found["control_marked_before"]["marked_not_sent"], "the control: marking first tells no lie here"


def test_no_letter_leaves_once_the_click_was_committed(tmp_path: Path) -> None:
    found = run(tmp_path, "races", "--races", "300")
    assert found["too_late"] == found.get("doubled", 0) == found.get("told_wrong", 0) == 0
    assert found["clicked_in_time"] > 10
    assert found["control_without_the_gates"], "the control: without the gates at the door nobody was written to late"
