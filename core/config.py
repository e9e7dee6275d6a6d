"""What the user has configured, read once at the edge into one frozen value.

Four layers, the later above the earlier: the user's file, the repository's file, the environment, flags. A repository's
own file may only narrow: exclude more, set a smaller limit, choose the offline outline, want no prose. What it says of
programs, models and addresses counts only once its user trusts that very content (`docwatch trust`); until then it is
as if it were not there.

This is the only module that looks at the environment.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from docwatch.errors import ConfigError, UserError

REPOSITORY_FILE = "docwatch.toml"
LARGEST_CONFIG_BYTES = 1 << 20
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


_BUDGET = """calls_per_minute calls_per_day tokens_per_hour tokens_per_day usd_per_hour usd_per_day
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
    **dict.fromkeys(_BUDGET, 0),
    "prose_seconds": 1,
    "prose_cents": 1,
    "prose_quiet_seconds": 0,
    "prose_workers": 1,
    "prose_ask_tokens": 0,
}
KEYS = tuple(f.name for f in fields(Config))
_DEFAULTS = Config()
# How a repository's value is combined with the user's, so that the result is never wider.
_NARROWING: dict[str, Callable[[Any, Any], Any]] = {
    # The later pattern wins, so a repository's "!x" cannot take back what the user excludes.
    "exclude": lambda user, theirs: (*theirs, *user),
    "max_file_bytes": min,
    "calls_at_once": min,
    **dict.fromkeys(_BUDGET, min),
    "documenter": lambda _user, theirs: theirs,
    "prose": lambda _user, theirs: theirs,
}
# Of these only one value narrows.
_NARROWEST = {"documenter": "outline", "prose": NO_PROSE}
# What a repository may say once it is trusted. Never where a key lies: a repository chooses no secret of its user's.
TRUSTABLE = ("prose", "prose_models", "prose_command", "prose_url", "prose_seconds", "prose_cents")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a repository's file asks for that needs trust: the settings, and the digest of the content they stand in."""

    path: str
    settings: dict[str, Any]
    digest: str
    is_trusted: bool


def load(root: str | None = None, **flags: Any) -> Config:
    """The configuration for the work tree at `root` (None: only the user's side); flags that are None count as unset.

    Raises ConfigError with the file, the line and the nearest known key.
    """
    config = Config()
    user_file = os.path.join(config_folder(), "config.toml")
    if (text := _read(user_file, follow=True)) is not None:
        config = replace(config, **_table(text, user_file))
    if root is not None:
        config = _narrowed(config, root)
    config = replace(config, **_from_environment(os.environ))
    return replace(config, **{key: value for key, value in flags.items() if value is not None})


def asked(root: str) -> Asked | None:
    """What the repository's own file asks for beyond narrowing; None where it asks for nothing."""
    found = _own_table(root)
    return None if found is None else _asked(found)


def files(root: str | None) -> tuple[str, ...]:
    """The files that a configuration is read from, there or not."""
    own = () if root is None else (os.path.join(root, REPOSITORY_FILE), os.path.join(root, "pyproject.toml"))
    return (os.path.join(config_folder(), "config.toml"), *own)


def sources(root: str) -> tuple[str, ...]:
    """These, and the files that say which of them are trusted: when one changes the configuration may."""
    from docwatch import trust

    user, *own = files(root)
    return (user, *own, *map(trust.entry, own))


def no_color() -> bool:
    """Whether the user wants no colours anywhere (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def debugging() -> bool:
    """Whether bugs are to be shown as tracebacks (DOCWATCH_DEBUG=1)."""
    return os.environ.get("DOCWATCH_DEBUG", "") not in ("", "0")


def config_folder() -> str:
    if home := os.environ.get("DOCWATCH_HOME"):
        return os.path.abspath(home)
    from platformdirs import user_config_path

    return str(user_config_path("docwatch", appauthor=False))


def state_folder() -> str:
    """The folder of registry, logs and sockets: the user's own, mode 0700, made if missing.

    Raises UserError when it belongs to somebody else or cannot be made.
    """
    if home := os.environ.get("DOCWATCH_HOME"):
        folder = os.path.abspath(home)
    else:
        from platformdirs import user_state_path

        folder = str(user_state_path("docwatch", appauthor=False))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.lstat(folder)
    except OSError as error:
        raise UserError(f"cannot make {folder}: {error.strerror}; set DOCWATCH_HOME to a folder of yours") from error
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        raise UserError(f"{folder} is not a folder of yours; set DOCWATCH_HOME to one that is")
    if stat.S_IMODE(found.st_mode) & 0o077:
        os.chmod(folder, 0o700)
    return folder


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for programs we start: without what git exports to hooks and what steers Python's imports.

    Inside a hook git sets GIT_DIR and GIT_INDEX_FILE, which would make a later git answer for the wrong repository;
    an empty entry in PYTHONPATH puts the current folder, somebody's repository, on sys.path.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON"))}
    return kept | extra


def service_environment() -> dict[str, str]:
    """All that a docwatch started by the system is given of this environment: where programs are, and its own state."""
    path = os.pathsep.join(part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(part))
    home = {"DOCWATCH_HOME": config_folder()} if os.environ.get("DOCWATCH_HOME") else {}
    return {"PATH": path, **home}


def _read(path: str, *, follow: bool = False) -> str | None:
    """The text of a regular file; None where there is none.

    `follow` a link only to the user's own file, which dotfiles are often kept by: a repository's could lead anywhere.
    """
    try:
        with open(path, "rb", opener=lambda name, flags: _open(name, flags, follow)) as file:
            content = file.read(LARGEST_CONFIG_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = "is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise ConfigError(f"{path}: {reason}; make it a readable file or remove it") from error
    if len(content) > LARGEST_CONFIG_BYTES:
        raise ConfigError(f"{path}: larger than {LARGEST_CONFIG_BYTES} bytes; shorten it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _open(path: str, flags: int, follow: bool) -> int:
    # Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
    descriptor = os.open(path, flags | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file")


class _Found(NamedTuple):
    """The table of a repository's own file, the text it stands in, and where."""

    table: dict[str, Any]
    text: str
    path: str
    tables: tuple[str, ...] = ()


def _own_table(root: str) -> _Found | None:
    own = os.path.join(root, REPOSITORY_FILE)
    if (text := _read(own)) is not None:
        return _Found(_table(text, own), text, own)
    project = os.path.join(root, "pyproject.toml")
    try:
        text = _read(project)
    except ConfigError:
        return None  # somebody's odd pyproject.toml is not our business until it speaks of docwatch
    if text is None or "docwatch" not in text:
        return None
    tables = ("tool", "docwatch")
    return _Found(_table(text, project, *tables), text, project, tables)


def _narrowed(config: Config, root: str) -> Config:
    found = _own_table(root)
    if found is None:
        return config
    narrowing = {key: value for key, value in found.table.items() if _narrows(key, value)}
    for key in found.table.keys() - narrowing.keys() - set(TRUSTABLE):
        raise ConfigError(
            f"{found.path}:{_line_of(key, found.text, *found.tables)}: a repository may set exclude, "
            f"documenter = 'outline', prose = 'none' and lower limits, but not '{key}'; "
            f"put it into {os.path.join(config_folder(), 'config.toml')}"
        )
    if (wanted := _asked(found)) is not None and wanted.is_trusted:
        config = replace(config, **wanted.settings)
    if "documenter" in narrowing:
        config = replace(config, prose=NO_PROSE)
    return replace(config, **{key: _NARROWING[key](getattr(config, key), value) for key, value in narrowing.items()})


def _narrows(key: str, value: Any) -> bool:
    return key in _NARROWING and value == _NARROWEST.get(key, value)


def _asked(found: _Found) -> Asked | None:
    settings = {key: value for key, value in found.table.items() if key in TRUSTABLE and not _narrows(key, value)}
    if not settings:
        return None
    import hashlib
    import json

    from docwatch import trust

    # Of a pyproject.toml only our table: the rest changes with every dependency and is not our business.
    content = json.dumps(found.table, sort_keys=True) if found.tables else found.text
    digest = hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()
    return Asked(found.path, settings, digest, trust.is_trusted(found.path, digest))


def _table(text: str, path: str, *tables: str) -> dict[str, Any]:
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
            raise ConfigError(f"{path}:{_line_of(key, text, *tables)}: unknown key {key!r}; {_nearest(key)}")
    return _typed(found, lambda key: f"{path}:{_line_of(key, text, *tables)}: ")


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
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


def _line_of(key: str, text: str, *tables: str) -> int:
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
