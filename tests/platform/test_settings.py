"""Settings read in a process of their own: production names what is missing, embedded needs nothing."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.platform.processes import ROOT, bare_environment

COMPLETE = {
    "SECRET_KEY": "x" * 60,
    "ALLOWED_HOSTS": "crm.example.com",
    "DATABASE_URL": "postgres://crm:crm@db/crm",
}
SHOW = """
import json
from dealercrm import settings as s
print(json.dumps({name: getattr(s, name) for name in %r}, default=str))
"""


def read(folder: Path, *names: str, **values: str) -> dict[str, Any]:
    ran = start(folder, SHOW % (names,), **values)
    assert ran.returncode == 0, ran.stderr
    shown: dict[str, Any] = json.loads(ran.stdout)
    return shown


def start(folder: Path, code: str, **values: str) -> subprocess.CompletedProcess[str]:
    environment = bare_environment(DEALERCRM_VAR=str(folder), **values)
    return subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_production_without_a_value_names_it(tmp_path: Path, missing: str) -> None:
    values = {name: value for name, value in COMPLETE.items() if name != missing}
    ran = start(tmp_path, "import dealercrm.settings", DEALERCRM_MODE="production", **values)
    assert ran.returncode != 0
    assert f"Production needs {missing}." in ran.stderr


def test_production_names_everything_that_is_missing_at_once(tmp_path: Path) -> None:
    ran = start(tmp_path, "import dealercrm.settings", DEALERCRM_MODE="production")
    assert "Production needs SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL." in ran.stderr


def test_a_host_name_alone_already_means_production(tmp_path: Path) -> None:
    ran = start(tmp_path, "import dealercrm.settings", ALLOWED_HOSTS="crm.example.com")
    assert "Production needs SECRET_KEY, DATABASE_URL." in ran.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("DEBUG", "maybe"), ("EMAIL_PORT", "smtp"), ("DEALERCRM_MODE", "staging"), ("HTTPS", "2")]
)
def test_a_value_that_does_not_fit_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    ran = start(tmp_path, "import dealercrm.settings", **{name: value})
    assert ran.returncode != 0
    assert f"{name} must be" in ran.stderr


def test_an_empty_environment_is_embedded_safe_and_keeps_its_secret(tmp_path: Path) -> None:
    names = ("MODE", "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "SESSION_COOKIE_SECURE", "CELERY_BROKER_URL")
    first, second = read(tmp_path, *names), read(tmp_path, *names)
    assert first == second
    assert len(first["SECRET_KEY"]) > 50
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert first["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert (first["MODE"], first["DEBUG"], first["SESSION_COOKIE_SECURE"]) == ("embedded", False, False)


def test_secrets_of_processes_that_start_together_agree(tmp_path: Path) -> None:
    code = "from dealercrm.environment import kept_secret; from pathlib import Path; import sys; "
    code += "print(kept_secret(Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path / "secret")]
    together = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    secrets = {process.communicate(timeout=60)[0] for process in together}
    assert len(secrets) == 1
    assert len(secrets.pop()) > 50


def test_production_is_strict_about_transport(tmp_path: Path) -> None:
    shown = read(
        tmp_path,
        *("DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"),
        *("ALLOWED_HOSTS", "EMAIL_BACKEND"),
        **COMPLETE,
        EMAIL_HOST="mail.example.com",
    )
    assert shown["DEBUG"] is False
    assert shown["SESSION_COOKIE_SECURE"] is shown["CSRF_COOKIE_SECURE"] is shown["SECURE_SSL_REDIRECT"] is True
    assert shown["SECURE_HSTS_SECONDS"] == 31536000
    assert shown["ALLOWED_HOSTS"][0] == "crm.example.com"
    assert "smtp" in shown["EMAIL_BACKEND"]


def test_letters_become_files_where_no_mail_host_is_named(tmp_path: Path) -> None:
    assert "filebased" in read(tmp_path, "EMAIL_BACKEND")["EMAIL_BACKEND"]
    assert "filebased" in read(tmp_path, "EMAIL_BACKEND", EMAIL_HOST="")["EMAIL_BACKEND"]


def test_a_channel_is_closed_in_production_until_somebody_sets_it_up(tmp_path: Path) -> None:
    shown = read(tmp_path, "CHANNELS", **COMPLETE)["CHANNELS"]
    assert shown == {"email": "", "sms": "", "messenger": ""}
    provider = '{"url": "https://sms.example/{to}", "headers": {"Authorization": "Bearer ${SMS_TOKEN}"}}'
    told = {"SMS_PROVIDER": provider, "SMS_TOKEN": "t0ken", "EMAIL_HOST": "mail.example.com"}
    shown = read(tmp_path, "CHANNELS", "PROVIDERS", **COMPLETE | told)
    assert shown["CHANNELS"] == {
        "email": "campaigns.channels.email", "sms": "campaigns.channels.http", "messenger": ""
    }  # fmt: skip
    assert "Bearer t0ken" in str(shown["PROVIDERS"])
    assert read(tmp_path, "CHANNELS")["CHANNELS"]["sms"] == "campaigns.channels.file"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SMS_PROVIDER": "{"}, "SMS_PROVIDER must be a JSON object"),
        ({"SMS_PROVIDER": '{"url": "https://x/${NO_SUCH_NAME}"}'}, "names a variable that is not set"),
        ({"SMS_PROVIDER": '{"url": "sms"}'}, "SMS_PROVIDER: 'sms' is no address"),
        ({"SMS_ADAPTER": "http"}, "SMS_PROVIDER: 'url' is missing"),
    ],
)
def test_a_provider_that_does_not_fit_stops_the_start_by_name(
    tmp_path: Path, given: dict[str, str], words: str
) -> None:
    ran = start(tmp_path, "import dealercrm.settings", **given)
    assert ran.returncode != 0
    assert words in ran.stderr


def test_a_pretending_adapter_does_not_start_in_production(tmp_path: Path) -> None:
    ran = check(tmp_path, **COMPLETE | {"SMS_ADAPTER": "console"})
    assert "dealercrm.E001" in ran.stderr


def check(folder: Path, **values: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=bare_environment(DEALERCRM_VAR=str(folder), **values),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_check_deploy_is_silent_on_a_complete_installation(tmp_path: Path) -> None:
    servers = {"CELERY_BROKER_URL": "redis://redis/0", "EMAIL_HOST": "mail.example.com", "TRUSTED_PROXIES": "1"}
    servers["PUBLIC_URL"] = "https://crm.example.com"
    ran = check(tmp_path, **COMPLETE | servers | {"SECRET_KEY": "k3y-" * 5 + "abcdefghijklmnopqrstuvwxyz0123456789"})
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_check_deploy_names_what_would_quietly_lose_work(tmp_path: Path) -> None:
    ran = check(tmp_path, **COMPLETE | {"DATABASE_URL": "sqlite:///:memory:", "WEB_CONCURRENCY": "4"})
    assert ran.returncode == 1
    for code in ("W001", "W002", "W003", "W004", "W005"):
        assert f"dealercrm.{code}" in ran.stderr
    assert "HINT: Set CELERY_BROKER_URL" in ran.stderr
