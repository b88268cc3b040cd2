"""Redis may be away: counting stops, work does not."""

from __future__ import annotations

import logging
import os

import pytest

from dealercrm.caching import RedisCacheThatMayBeAway


def test_without_redis_the_cache_is_empty_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    away = RedisCacheThatMayBeAway("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 1}})
    with caplog.at_level(logging.WARNING):
        away.set("attempts", 5)
        assert away.get("attempts", 0) == 0
        assert away.add("attempts", 1) is True
        assert away.delete("attempts") is False
    assert len(caplog.records) == 4


@pytest.mark.redis
def test_with_redis_it_counts() -> None:
    here = RedisCacheThatMayBeAway(os.environ["CELERY_BROKER_URL"], {"KEY_PREFIX": f"test-{os.getpid()}"})
    here.set("attempts", 5, timeout=30)
    assert here.get("attempts") == 5
    assert here.add("attempts", 1) is False
    assert here.delete("attempts") is True
