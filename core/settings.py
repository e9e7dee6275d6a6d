"""Every setting there is, its default, and how it is read from text: TOML, or variables of the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from docwatch.errors import ConfigError

NO_PROSE = "none"
PROSE_WHEN = ("quiet", "commit")
# DOCWATCH_ names that are switches rather than configuration keys.
SWITCHES = ("home", "skip", "debug")


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting with its default. Times carry their unit in the name."""

    exclude: tuple[str, ...] = ()  # gitignore patterns, on top of git's own rules
    max_file_bytes: int = 1 << 20
    documenter: str = "outline"
    quiet_ms: int = 200  # the silence that closes a batch of saves
    max_wait_ms: int = 2_000  # the longest a batch may stay open
    reconcile_minutes: int = 10  # how often a running watcher compares the whole tree with the store
    workers: int = 2
    job_timeout_seconds: int = 180
    retry_intervals: tuple[int, ...] = (10, 60, 300)  # seconds before each further try
    redis_url: str = ""  # empty: docwatch runs a private server for the user
    redis_password_file: str = ""  # a file that holds the password for it
    # What documenters that call somebody may do, all of a user's workers and trees together.
    calls_at_once: int = 4
    calls_per_minute: int = 60
    calls_per_day: int = 2_000
    tokens_per_hour: int = 2_000_000
    tokens_per_day: int = 10_000_000
    usd_per_hour: float = 2.0
    usd_per_day: float = 10.0
    tokens_per_repository: int = 50_000_000  # within 30 days, of each repository
    usd_per_repository: float = 50.0
    prose: str = NO_PROSE  # who writes about files: none, claude, llm, command, or the name of an installed one
    prose_models: tuple[str, ...] = ()  # in the order to be tried; empty: the documenter's own choice
    prose_command: tuple[str, ...] = ()  # the program, and its arguments, of `command`
    prose_url: str = ""  # the server that `claude` and `llm` ask; empty: the model's maker
    prose_key_env: str = ""  # the environment variable that holds the API key
    prose_key_file: str = ""  # or the file
    prose_claude: str = "claude"  # the program
    prose_seconds: int = 120  # the longest that one call may take; less than a job's timeout
    prose_cents: int = 50  # the most, in US cents, that one call of `claude` may cost
    # "NAME SENT ANSWERED": US dollars for a million tokens, of models whose name contains NAME; above list prices.
    prose_prices: tuple[str, ...] = ()
    prose_when: str = "quiet"  # or "commit": only what is committed is written about
    prose_quiet_seconds: int = 60  # how long a file has to be left alone; what is committed need not wait
    prose_workers: int = 1
    prose_ask_tokens: int = 1_000_000  # a backlog that may take more is agreed to first, as the first one always is


BUDGET = """calls_per_minute calls_per_day tokens_per_hour tokens_per_day usd_per_hour usd_per_day
    tokens_per_repository usd_per_repository""".split()
_KINDS = {
    "str": str,
    "int": int,
    "float": float,
    "tuple[str, ...]": tuple[str, ...],
    "tuple[int, ...]": tuple[int, ...],
}
# The smallest value that makes sense, for the whole numbers above, alone or in a list.
_LEAST = {
    "max_file_bytes": 1,
    "quiet_ms": 0,
    "max_wait_ms": 1,
    "reconcile_minutes": 1,
    "workers": 1,
    "job_timeout_seconds": 1,
    "retry_intervals": 0,
    "calls_at_once": 1,
    **dict.fromkeys(BUDGET, 0),
    "prose_seconds": 1,
    "prose_cents": 1,
    "prose_quiet_seconds": 0,
    "prose_workers": 1,
    "prose_ask_tokens": 0,
}
KEYS = tuple(f.name for f in fields(Config))
_DEFAULTS = Config()


def table(text: str, path: str, *tables: str) -> dict[str, Any]:
    """The checked keys of one TOML table."""
    import tomllib

    try:
        found: Any = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # an integer too long, and brackets too deep, have none of their own
        raise ConfigError(f"{path}: {error}; put the TOML right") from error
    for table in tables:
        found = found.get(table, {})
        if not isinstance(found, dict):
            raise ConfigError(f"{path}: '{'.'.join(tables)}' is not a table; write [{'.'.join(tables)}]")
    for key in found:
        if key not in KEYS:
            raise ConfigError(f"{path}:{line_of(key, text, *tables)}: unknown key {key!r}; {_nearest(key)}")
    return _typed(found, lambda key: f"{path}:{line_of(key, text, *tables)}: ")


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in environment.items():
        key = name.removeprefix("DOCWATCH_").lower()
        if not name.startswith("DOCWATCH_") or key in SWITCHES:
            continue
        if key in KEYS:
            is_list = isinstance(getattr(_DEFAULTS, key), tuple)
            found[key] = [part.strip() for part in value.split(",") if part.strip()] if is_list else value
        elif _close(key):  # anything further off belongs to somebody else
            raise ConfigError(f"environment: unknown variable {name}; {_nearest(key, 'DOCWATCH_{}')}")
    return _typed(found, lambda key: f"environment, DOCWATCH_{key.upper()}: ", strict=False)


def _typed(values: Mapping[str, Any], where: Callable[[str], str], *, strict: bool = True) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for field in fields(Config):
        if field.name not in values:
            continue
        try:
            value = _converted(values[field.name], _KINDS[str(field.type)], strict=strict)
        except ValueError as error:
            raise ConfigError(f"{where(field.name)}{field.name}: {error}; give it another value") from error
        least = _LEAST.get(field.name)
        if least is not None and any(one < least for one in (value if isinstance(value, tuple) else (value,))):
            raise ConfigError(f"{where(field.name)}{field.name}: must be at least {least}; give it another value")
        if field.name == "redis_url" and value and (wrong := _wrong_url(value)):
            raise ConfigError(f"{where(field.name)}redis_url: {wrong}; write redis://, rediss:// or unix:///path")
        if field.name == "prose_when" and value not in PROSE_WHEN:
            raise ConfigError(f"{where(field.name)}prose_when: must be one of {', '.join(PROSE_WHEN)}")
        if field.name == "prose_url" and value and not value.lower().startswith(("https://", "http://")):
            raise ConfigError(f"{where(field.name)}prose_url: not an address of the web; write https://HOST")
        if field.name == "prose_prices" and (wrong := next((one for one in value if not _is_price(one)), None)):
            raise ConfigError(f"{where(field.name)}prose_prices: {wrong!r} is no price; write 'NAME SENT ANSWERED'")
        typed[field.name] = value
    return typed


def _is_price(text: str) -> bool:
    """Whether it is a name and two numbers."""
    import re

    return re.fullmatch(r"\s*\S+(?:\s+\d+(?:\.\d+)?){2}\s*", text, re.ASCII) is not None


def _converted(value: Any, kind: Any, *, strict: bool) -> Any:
    """Raises ValueError (msgspec.ValidationError is one) for a value of another kind."""
    if type(value) is kind:
        return value
    import msgspec  # takes longer to import than a command to answer, so only where there is something to convert

    return msgspec.convert(value, kind, strict=strict)


def _wrong_url(url: str) -> str | None:
    """What is wrong with a Redis URL, without repeating it: it may hold a password."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("redis", "rediss", "unix"):
        return f"'{parts.scheme}' is no way to reach Redis"
    return "the port must be a number from 1 to 65535" if port == 0 else None


def line_of(key: str, text: str, *tables: str) -> int:
    """The line on which a key of the table is set, as good as it can be told; tomllib does not keep it."""
    import re

    name = rf"""(["']?){re.escape(key)}\1"""
    pattern = re.compile(rf"\s*{name}\s*[.=]|\s*\[.*\b{re.escape(key)}\b")
    header = re.compile(r"\s*\[\s*" + r"\s*\.\s*".join(tables) + r"\s*\]")
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if header.match(line)), 0) if tables else 0
    return next((number for number, line in enumerate(lines[start:], start + 1) if pattern.match(line)), start + 1)


def _close(key: str) -> str | None:
    import difflib

    return next(iter(difflib.get_close_matches(key, KEYS, n=1, cutoff=0.7)), None)


def _nearest(key: str, form: str = "{}") -> str:
    import difflib

    near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.0)[0]
    return f"did you mean '{form.format(near.upper() if form != '{}' else near)}'?"
