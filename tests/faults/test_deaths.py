"""A seeded tenth of benchmarks/faults: real processes, killed at statements, commits and anywhere; and the controls."""

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


@pytest.mark.parametrize("case", ["night", "planning", "letters", "calls", "import"])
def test_killed_work_that_is_taken_up_again_leaves_what_an_undisturbed_one_leaves(case: str, tmp_path: Path) -> None:
    settings = connection.settings_dict
    address = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    environment = os.environ | {
        "DATABASE_URL": f"{address}/{settings['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DEALERCRM_VAR": str(tmp_path),
        "LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "benchmarks.faults", case, "--part", "10", "--random", "1", "--here", "--json"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode in {0, 1}, ran.stderr
    [found] = json.loads(ran.stdout)
    assert found["damaged"] == {}
    assert found["ends"] > found["statements"] // 10 > 2
    assert found["control"], "without its protection the work was damaged by no death: the case proves nothing"
