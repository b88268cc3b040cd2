"""System checks: an installation that starts but would quietly lose work says so, with the way out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


def _several_web_processes() -> bool:
    """gunicorn reads WEB_CONCURRENCY; `manage.py up` is always one."""
    workers = os.environ.get("WEB_CONCURRENCY", "")
    return workers.isdigit() and int(workers) > 1


@register(Tags.database)
def sqlite_serves_one_process(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.SQLITE and _several_web_processes():
        return [
            Warning(
                "SQLite lets one process write at a time, and WEB_CONCURRENCY asks for several.",
                hint="Set DATABASE_URL to a PostgreSQL server, or start one process with `manage.py up`.",
                id="dealercrm.W001",
            )
        ]
    return []


@register(Tags.async_support)
def a_memory_broker_reaches_nobody_else(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    in_memory = settings.CELERY_BROKER_URL.startswith("memory:")
    if in_memory and (settings.PRODUCTION or _several_web_processes()):
        return [
            Warning(
                "The broker lives in this process's memory: a separate worker would never see a task.",
                hint="Set CELERY_BROKER_URL (redis://host:6379/0 or amqp://...), or run the one process "
                "`manage.py up`, which has its worker inside.",
                id="dealercrm.W002",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def letters_leave_the_house(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.EMAIL_BACKEND.endswith(("filebased.EmailBackend", "console.EmailBackend")):
        return [
            Warning(
                "No mail server is set up: nothing is planned or sent by email.",
                hint="Set EMAIL_HOST (and EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS).",
                id="dealercrm.W003",
            )
        ]
    return []


@register(Tags.security)
def no_message_is_only_pretended(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """An adapter for the demo counts a message as a contact that nobody got."""
    if not settings.PRODUCTION:
        return []
    fakes = [name for name, path in settings.CHANNELS.items() if path.endswith((".file", ".console", ".nowhere"))]
    return [
        Error(
            f"The channel {name} would only pretend to send.",
            hint=f"Set {name.upper()}_PROVIDER, or {name.upper()}_ADAPTER=off.",
            id="dealercrm.E001",
        )
        for name in fakes
    ]


@register(Tags.security, deploy=True)
def https_is_recognised(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.SECURE_SSL_REDIRECT and not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return [
            Warning(
                "Every request is sent to HTTPS, and no proxy is trusted to say that it came by HTTPS.",
                hint="Behind a TLS proxy that overwrites X-Forwarded-Proto set TRUSTED_PROXIES=1, else browsers "
                "go round in circles. HTTPS=0 is for a closed network only.",
                id="dealercrm.W004",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def links_in_letters_lead_here(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    if urlsplit(settings.PUBLIC_URL).hostname in {"localhost", "127.0.0.1", None}:
        return [
            Warning(
                "The unsubscribe link of every letter leads to the reader's own machine.",
                hint="Set PUBLIC_URL to the address where customers find this installation.",
                id="dealercrm.W005",
            )
        ]
    return []
