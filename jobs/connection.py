"""Connections to Redis: one that fails fast for whoever hands work over, one that is patient for workers."""

from __future__ import annotations

from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from docwatch.config import Config
from docwatch.jobs import server


def for_producer(settings: Config) -> Redis:
    """redis-py's own default tries ten times, 4.5 s in all: too long for a hook or an event handler."""
    return Redis.from_url(
        server.url(settings), socket_timeout=2.0, socket_connect_timeout=0.3, retry=Retry(NoBackoff(), 0)
    )


def for_worker(settings: Config) -> Redis:
    return Redis.from_url(server.url(settings), retry=Retry(ExponentialBackoff(cap=2.0, base=0.05), 5))
