"""The one table of what runs when, and the rules of the house that a machine can check."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from dealercrm.celery import app
from tests.platform.processes import ROOT


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(app.tasks), scheduled - set(app.tasks)


def test_every_entry_expires_before_it_could_pile_up() -> None:
    for name, entry in app.conf.beat_schedule.items():
        assert entry["options"]["expires"], name


def test_tasks_are_acknowledged_late_and_carry_json_only() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_ignore_result


@pytest.mark.django_db
def test_migrations_are_complete(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("makemigrations", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_arrows_point_down_and_rules_import_no_django() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    assert "0 broken" in ran.stdout


def test_a_broken_contract_is_found(tmp_path: Path) -> None:
    """Control: the same check on a copy where a rule imports Django."""
    for name in ("dealercrm", "customers", "vehicles", "lifecycle", "campaigns"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "customers/rules/names.py").write_text("import django\n")
    tool = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([tool, "--no-cache"], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode != 0
    assert "Rules import no Django BROKEN" in ran.stdout


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
    named = [line.split(" ")[0].partition("==") for line in lines if line and not line.startswith((" ", "#"))]
    return {name: version for name, _, version in named}


def test_the_developers_lock_is_the_products_lock_and_more() -> None:
    """dev.py takes an environment with the developers' lock for one with the product's."""
    base, dev = pins("base"), pins("dev")
    assert len(base) > 30
    assert {name: dev.get(name) for name in base} == base
    for lock in ("base", "dev"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        assert "://" not in text, "no address of a registry belongs into a lock"
