"""What becomes of a file whose run ended in an error: sorted here, once, for every worker.

kind             such as                                              tries          then
infrastructure   Redis, a busy store, a file being written, EMFILE,   do not count   again, after 1 s to 5 min
                 a connection that breaks
throttled        ThrottledError                                       do not count   parked until the pause is over
blocked          BlockedError, any UserError of a documenter          do not count   parked until that ends
host             HostError, ENOSPC, EDQUOT, EROFS, EFBIG              do not count   waits for room, then parked
transient        any other TransientError of a documenter             as configured  again, after `retry_intervals`
flaky            FlakyError, a time that ran out                      2              the same
unknown          anything not named here                              2              the same
permanent        PermanentError                                       1              failed, until the content changes
refusal          EACCES, EPERM, ELOOP; a job that is not ours         1              the same
bug              TypeError, AttributeError, ImportError and the like  1              failed, until docwatch changes

A worker's death is counted in the ledger, since nobody is left to raise anything. A tree that is registered no more, a
file that is gone or no longer admitted, and a content that is documented already are no errors.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import docwatch
from docwatch import disk
from docwatch.entries import Setback
from docwatch.errors import (
    BlockedError,
    DocwatchError,
    FlakyError,
    HostError,
    PermanentError,
    ThrottledError,
    TransientError,
    UserError,
)
from docwatch.shortage import MACHINE

if TYPE_CHECKING:
    from rq.job import Job

Kind = Literal[
    "infrastructure",
    "throttled",
    "blocked",
    "host",
    "transient",
    "flaky",
    "unknown",
    "permanent",
    "refusal",
    "bug",
]
FEW = 2  # tries of what is not expected to get better
LONGEST_WAIT_SECONDS = 300
_NETWORK = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}
_REFUSED = {errno.EACCES, errno.EPERM, errno.ELOOP}
_BUGS = (TypeError, AttributeError, NameError, ImportError, NotImplementedError, AssertionError)


@dataclass(frozen=True, slots=True)
class Fate:
    """`tries` and `waits` are those of the content so far, this one included.

    RQ tries again after `wait_seconds`; None where it does not: the file has failed, or is parked without a job.
    """

    kind: Kind
    error: Exception
    tries: int = 0
    waits: int = 0
    wait_seconds: int | None = None
    tries_left: int = 0

    @property
    def parks(self) -> bool:
        return self.kind in ("throttled", "blocked", "host")

    @property
    def is_final(self) -> bool:
        return self.wait_seconds is None and not self.parks

    @property
    def reason(self) -> str:
        name, text = type(self.error).__name__, str(self.error)
        return text if text and isinstance(self.error, DocwatchError) else f"{name}: {text}" if text else name

    def setback(self) -> Setback:
        """As the ledger keeps it."""
        return Setback(
            self.reason,
            cause=type(self.error).__name__,
            final=self.is_final,
            parked=self.parks,
            tries=self.tries,
            waits=self.waits,
            bug_in=docwatch.__version__ if self.kind == "bug" else None,
        )


def judge(
    error: Exception, *, tries: int = 0, waits: int = 0, intervals: Sequence[int] = (), of_documenter: bool = False
) -> Fate:
    """What becomes of a content after `error`, `tries` that counted and `waits` that did not."""
    kind = kind_of(error, of_documenter=of_documenter)
    left = max(0, len(intervals) - tries)
    if kind in ("throttled", "blocked", "host"):
        return Fate(kind, error, tries, waits)
    if kind == "infrastructure":
        return Fate(kind, error, tries, waits + 1, _backed_off(waits), left)
    most = {"transient": len(intervals) + 1, "flaky": FEW, "unknown": FEW}.get(kind, 1)
    if left == 0 or tries + 1 >= most:
        return Fate(kind, error, tries + 1, waits)
    return Fate(kind, error, tries + 1, waits, intervals[tries], left - 1)


def kind_of(error: Exception, *, of_documenter: bool = False) -> Kind:
    """`of_documenter`: it came from there, and not from our reading, writing and asking."""
    match error:
        case ThrottledError():
            return "throttled"
        case BlockedError():
            return "blocked"
        case HostError():
            return "host"
        case FlakyError():
            return "flaky"
        case TransientError():
            return "transient" if of_documenter else "infrastructure"
        case PermanentError():
            return "permanent"
        case UserError():
            return "blocked" if of_documenter else "infrastructure"
        case OSError():
            return _kind_of_os_error(error)
    if isinstance(error, _BUGS):
        return "bug"
    return _kind_of_library_error(error)


def _kind_of_os_error(error: OSError) -> Kind:
    if error.errno in disk.FULL:
        return "host"
    if isinstance(error, TimeoutError):
        return "flaky"
    # Only names that are not found, and TLS, have errors without a number of the system's own.
    if error.errno in MACHINE | _NETWORK or isinstance(error, ConnectionError) or _is_of_network(error):
        return "infrastructure"
    return "refusal" if error.errno in _REFUSED or isinstance(error, PermissionError) else "unknown"


def _is_of_network(error: OSError) -> bool:
    import socket
    import ssl

    return isinstance(error, socket.gaierror | ssl.SSLError)


def _kind_of_library_error(error: Exception) -> Kind:
    from redis.exceptions import RedisError
    from rq.timeouts import BaseTimeoutException

    if isinstance(error, BaseTimeoutException):
        return "flaky"
    return "infrastructure" if isinstance(error, RedisError) else "unknown"


def _backed_off(waits: int) -> int:
    """1 s, doubled each time up to 5 minutes, and spread, so that what failed together does not come back together."""
    whole = min(LONGEST_WAIT_SECONDS, 1 << min(waits, 10))
    return max(1, round(whole * random.uniform(0.5, 1.0)))  # noqa: S311 - nobody gains by guessing it


def follow(job: Job, fate: Fate) -> None:
    """Let RQ do with its job what is to become of the file; the one place that tells it."""
    if fate.wait_seconds is None:
        job.retries_left = 0
        return
    job.retries_left = fate.tries_left + 1  # RQ takes one off
    job.retry_intervals = [fate.wait_seconds] * job.retries_left
