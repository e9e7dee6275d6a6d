"""A Redis on another machine: TLS, and a password that shows nowhere."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from docwatch import config, log
from docwatch.errors import UserError
from docwatch.jobs import server, submit
from docwatch.jobs.connection import for_producer
from tests.conftest import Repo, until
from tests.frontends.conftest import Run, run
from tests.jobs.test_worker import pool

__all__ = ["run"]
PASSWORD = "hunter2/:@%"  # what an address would take for its own


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[str]:
    """A server that wants the password, as `host:port`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path))
    with subprocess.Popen((server._binary(), *settings), stdout=subprocess.DEVNULL) as process:
        with Redis(port=port) as client:
            until(lambda: answers(client))
            client.config_set("requirepass", PASSWORD)
        yield f"127.0.0.1:{port}"
        process.kill()


def answers(client: Redis) -> bool:
    with suppress(RedisError):
        return bool(client.ping())
    return False


@pytest.fixture
def password_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    monkeypatch.setenv("DOCWATCH_REDIS_PASSWORD_FILE", str(path))
    return path


def test_the_password_shows_neither_in_argv_nor_in_the_log_nor_in_any_answer(
    repo: Repo, locked: str, password_file: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", f"redis://{locked}/0")
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    with pool(repo):
        until(lambda: repo.states() == {"a.py": "fresh"})
        seen = "".join(run(*command).out for command in (["status"], ["status", "--json"], ["doctor"], ["log"]))
        seen += "".join(path.read_text(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline") if mine(path))
    password_file.write_text(f"not {PASSWORD}\n")
    for command in (["status"], ["scan"], ["doctor"]):
        ran = run(*command)
        seen += ran.out + ran.err
    seen += "\n".join(log.tail(1000))
    assert locked in seen
    assert "hunter2" not in seen


def mine(path: Path) -> bool:
    with suppress(OSError):
        return os.environ["DOCWATCH_HOME"].encode() in (path.parent / "environ").read_bytes()
    return False


def test_a_password_that_others_can_read_is_refused(password_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1/0")
    password_file.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        server.url(config.load())


def test_tls_is_spoken_with_whom_the_certificate_names_and_nobody_else(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("openssl"):
        pytest.skip("no openssl here to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subject = ("-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject)
    subprocess.run(made, check=True, capture_output=True)
    with tls(redis_url.removeprefix("unix://"), key, certificate) as port:
        monkeypatch.setenv("DOCWATCH_REDIS_URL", f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}")
        with for_producer(config.load()) as client:
            assert client.ping()
        assert server.answers(config.load())
        monkeypatch.setenv("DOCWATCH_REDIS_URL", f"rediss://127.0.0.1:{port}/0")
        assert not server.answers(config.load()), "a certificate that nobody vouches for"


@contextmanager
def tls(path: str, key: Path, certificate: Path) -> Iterator[int]:
    """The server at the socket `path`, behind TLS on a port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    raw, _ = listening.accept()
                    threading.Thread(target=relay, args=(raw,), daemon=True).start()

        def relay(raw: socket.socket) -> None:
            with (
                suppress(OSError),
                context.wrap_socket(raw, server_side=True) as out,
                socket.socket(socket.AF_UNIX) as to,
            ):
                to.connect(path)
                while request := out.recv(65536):
                    to.sendall(request)
                    out.sendall(to.recv(65536))

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
