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
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from docwatch.errors import ConfigError, UserError
from docwatch.settings import BUDGET, from_environment, line_of, table
from docwatch.settings import NO_PROSE as NO_PROSE
from docwatch.settings import Config as Config

REPOSITORY_FILE = "docwatch.toml"
LARGEST_CONFIG_BYTES = 1 << 20
# How a repository's value is combined with the user's, so that the result is never wider.
_NARROWING: dict[str, Callable[[Any, Any], Any]] = {
    # The later pattern wins, so a repository's "!x" cannot take back what the user excludes.
    "exclude": lambda user, theirs: (*theirs, *user),
    "max_file_bytes": min,
    "calls_at_once": min,
    **dict.fromkeys(BUDGET, min),
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
        config = replace(config, **table(text, user_file))
    if root is not None:
        config = _narrowed(config, root)
    config = replace(config, **from_environment(os.environ))
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
        return _Found(table(text, own), text, own)
    project = os.path.join(root, "pyproject.toml")
    try:
        text = _read(project)
    except ConfigError:
        return None  # somebody's odd pyproject.toml is not our business until it speaks of docwatch
    if text is None or "docwatch" not in text:
        return None
    tables = ("tool", "docwatch")
    return _Found(table(text, project, *tables), text, project, tables)


def _narrowed(config: Config, root: str) -> Config:
    found = _own_table(root)
    if found is None:
        return config
    narrowing = {key: value for key, value in found.table.items() if _narrows(key, value)}
    for key in found.table.keys() - narrowing.keys() - set(TRUSTABLE):
        raise ConfigError(
            f"{found.path}:{line_of(key, found.text, *found.tables)}: a repository may set exclude, "
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
