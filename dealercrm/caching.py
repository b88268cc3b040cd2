"""The cache counts attempts (sign-ins, API calls); nothing is lost with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class RedisCacheThatMayBeAway(RedisCache):
    """While Redis is away the cache is empty, and people work on: the database is the only truth.

    Accepted risk: attempts are not counted during that time. Redis is not reachable from outside,
    so nobody who guesses passwords can bring this about, and each time is logged.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return _or(default, lambda: super(RedisCacheThatMayBeAway, self).get(key, default, version))

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(_or(True, lambda: super(RedisCacheThatMayBeAway, self).add(key, value, *args, **kwargs)))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(_or(0, lambda: super(RedisCacheThatMayBeAway, self).incr(key, delta, version)))

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        _or(None, lambda: super(RedisCacheThatMayBeAway, self).set(key, value, *args, **kwargs))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(_or(False, lambda: super(RedisCacheThatMayBeAway, self).delete(key, version)))


def _or(instead: Any, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (RedisError, OSError):
        logger.warning("The cache does not answer; attempts are not counted")
        return instead
