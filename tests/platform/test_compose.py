"""docker-compose.yml and Dockerfile without a Docker engine: what compose would refuse, and what we promise."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.platform.compose import VARIABLE, environment, services
from tests.platform.processes import ROOT

APP = ("migrate", "web", "worker", "beat")
KEYS = {
    *("image", "build", "command", "environment", "volumes", "ports", "depends_on", "healthcheck", "restart"),
    *("init", "stop_grace_period"),
}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


def test_the_compose_file_has_the_six_services_and_only_known_keys() -> None:
    assert set(services()) == {"postgres", "redis", *APP}
    for name, service in services().items():
        assert set(service) <= KEYS, name
        assert service.get("image") or service.get("build"), name


def test_everything_that_runs_for_long_has_a_healthcheck_and_comes_back() -> None:
    for name, service in services().items():
        if name == "migrate":
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert re.fullmatch(r"\d+s", service["healthcheck"]["interval"]), name


def test_nothing_starts_before_the_database_is_migrated() -> None:
    for name in ("web", "worker", "beat"):
        waits = services()[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["redis"]["condition"] == "service_healthy"
    assert services()["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for service in services().values():
        for other, wait in service.get("depends_on", {}).items():
            assert other in services()
            assert wait["condition"] in CONDITIONS


def test_named_volumes_are_declared_and_the_database_publishes_no_port() -> None:
    declared = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["volumes"])
    used = {mount.split(":")[0] for service in services().values() for mount in service.get("volumes", [])}
    assert used == declared
    assert not services()["postgres"].get("ports")
    assert not services()["redis"].get("ports")
    assert services()["web"]["ports"] == ["${WEB_BIND:-127.0.0.1}:${WEB_PORT:-8000}:8000"]


def test_app_services_share_one_environment_that_settings_read() -> None:
    shared = environment("web")
    for name in APP:
        assert environment(name) == shared
    sources = (ROOT / "dealercrm/settings.py").read_text()
    for name in shared:
        assert f'"{name}"' in sources, f"{name} is set in docker-compose.yml and read by nothing"


def test_every_value_has_a_default_and_stands_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    named = set(re.findall(r"\$\{(\w+)", text))
    assert named == {match[0] for match in VARIABLE.findall(text)}, "a value without a default stops a first `up`"
    example = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == example


def test_every_name_that_settings_read_stands_in_the_example() -> None:
    sources = (ROOT / "dealercrm/settings.py").read_text()
    read = set(re.findall(r"""(?:environ\.get|flag|number|words|choice)\(\s*["']([A-Z_]+)["']""", sources))
    assert len(read) > 25
    explained = set(re.findall(r"[A-Z_]{4,}", (ROOT / ".env.example").read_text()))
    assert read <= explained


def test_the_image_runs_the_web_command_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["dealercrm"]
    assert any("--require-hashes -r /tmp/base.txt" in line for line in lines)
    assert any("compile_translations" in line for line in lines)
    assert any("collectstatic" in line for line in lines)
    copied = [line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((ROOT / name).exists() for name in copied)


@pytest.mark.parametrize("name", ["tests", ".env", "var", ".git"])
def test_the_image_holds_no_secrets_and_no_tests(name: str) -> None:
    assert name in (ROOT / ".dockerignore").read_text().split()
