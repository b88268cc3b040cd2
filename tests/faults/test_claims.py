"""A small, seeded day of benchmarks/faults/claims: operators die and freeze, and every call is recorded once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.platform.processes import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_a_day_with_dying_operators_loses_no_call_and_records_none_twice(tmp_path: Path) -> None:
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": f"{address}/{settings['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DEALERCRM_VAR": str(tmp_path),
        "LOG_LEVEL": "CRITICAL",
    }
    given = ["--operators", "20", "--tasks", "150", "--processes", "2", "--here", "--json"]
    command = [sys.executable, "-m", "benchmarks.faults.claims", *given]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    day, without_epoch, without_lease = (json.loads(line) for line in ran.stdout.splitlines())
    assert (day["doubled"], day["lost"], day["still_open"], day["claims_shown_twice"]) == (0, 0, 0, 0)
    assert day["refused_as_late"] > 0
    assert without_epoch["doubled"] > 0, "without the check of the epoch nobody was called twice: proves nothing"
    assert without_lease["lost"] > 0, "without leases nothing was lost: proves nothing"
