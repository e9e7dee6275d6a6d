"""The store: many writers and no loss, whatever is killed; and never a document thrown away."""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docwatch import notes
from docwatch import store as store_module
from docwatch.errors import TransientError, UserError
from docwatch.ledger import Ledger
from docwatch.schema import MIGRATIONS
from docwatch.store import Store

# A writer as another process: it inserts `count` rows, each its own transaction, and says each one it has committed.
WRITER = """
import sys
from docwatch.store import Store
path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Store(path) as store:
    for number in range(count):
        with store.writing() as connection:
            row = (str(number), name, store.tick())
            connection.execute("INSERT INTO documents VALUES (NULL, ?, ?, zeroblob(300), ?)", row)
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
"""


def writer(path: str, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-c", WRITER, path, name, str(count)), stdout=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> list[bytes]:
    """The lines that a writer said."""
    said, _ = process.communicate(timeout=50)
    return said.split(b"\n")[:-1]


def insert(store: Store, oid: str, size: int = 10) -> None:
    with store.writing() as connection:
        connection.execute("INSERT INTO documents VALUES (NULL, ?, 'x', zeroblob(?), 0)", (oid, size))


def count(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) FROM documents").fetchone()[0])


def is_sound(store: Store) -> bool:
    return store.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def small_checkpoints(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(store_module, "CHECKPOINT_BYTES", 100_000)
    return 100_000


def test_no_write_of_eight_processes_is_lost(store: Store) -> None:
    processes = [writer(store.path, str(number), 200) for number in range(8)]
    for process in processes:
        ended(process)
        assert process.returncode == 0
    assert count(store) == 1600
    ticks = store.connection.execute("SELECT count(DISTINCT made_at), max(made_at) FROM documents").fetchone()
    assert ticks == (1600, 1600), "every tick of the clock is given once"
    assert is_sound(store)


def test_a_store_that_closes_leaves_the_locks_of_another_in_the_same_process(store: Store) -> None:
    """Any descriptor of the file that is closed outside SQLite would drop them, and two writers then corrupt it."""
    process = writer(store.path, "other", 300)
    for number in range(300):
        Store(store.path).close()
        insert(store, str(number))
    ended(process)
    assert process.returncode == 0
    assert count(store) == 600
    assert is_sound(store)


def test_a_reader_keeps_its_shared_lock_when_another_store_of_its_process_closes(store: Store) -> None:
    """The same, told by the lock itself: the last connection that closes removes the -wal file, others must not."""
    insert(store, "a")
    Store(store.path).close()
    subprocess.run((sys.executable, "-c", WRITER, store.path, "other", "1"), check=True, stdout=subprocess.DEVNULL)
    assert os.path.exists(store.path + "-wal")
    insert(store, "b")
    assert count(store) == 3


def test_what_was_committed_survives_the_kill_of_its_writer(store: Store) -> None:
    confirmed = 0
    for number in range(20):
        process = writer(store.path, str(number), 100_000)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(1 + number)]
        process.send_signal(signal.SIGKILL)
        confirmed += len([line for line in lines if line]) + len(ended(process))
    assert count(store) >= confirmed > 200
    insert(store, "afterwards")
    assert is_sound(store)


def test_an_error_undoes_the_whole_transaction_and_frees_the_lock(store: Store) -> None:
    def fails() -> None:
        with store.writing() as connection:
            connection.execute("INSERT INTO documents VALUES (NULL, 'a', 'x', '', 0)")
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert count(store) == 0
    with Store(store.path) as other:
        insert(other, "b")
    insert(store, "c")
    assert count(store) == 2


@pytest.fixture
def full_disk(store: Store) -> Iterator[Callable[[], None]]:
    """Called, it lets no file of this process grow beyond what the store's already are."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.stat(store.path + "-wal").st_size, before[1]))

    yield fill
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_costs_only_what_did_not_fit(store: Store, full_disk: Callable[[], None]) -> None:
    insert(store, "before")
    full_disk()
    for _ in range(3):
        with pytest.raises(TransientError, match="disk"):
            insert(store, "too much", 100_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    insert(store, "after")
    assert count(store) == 2
    assert is_sound(store)


def test_the_log_beside_the_database_stays_small(store: Store, small_checkpoints: int) -> None:
    for number in range(60):
        insert(store, str(number), 9_000)
        assert os.stat(store.path + "-wal").st_size < 2 * small_checkpoints
    assert os.stat(store.path).st_size > 500_000


def test_a_slow_reader_neither_holds_up_writers_nor_makes_a_commit_look_failed(
    store: Store, small_checkpoints: int
) -> None:
    for number in range(10):
        insert(store, str(number), 9_000)
    with Store(store.path) as other:
        # Waiting for a reader would take BUSY_MILLISECONDS, the test's whole time, for each of these commits.
        for reader in (store, other):
            reading = reader.connection.execute("SELECT * FROM documents")
            reading.fetchone()
            for number in range(20):
                insert(store, f"{reader is store} {number}", 9_000)
            reading.close()
    assert count(store) == 50
    insert(store, "last", 9_000)
    assert os.stat(store.path + "-wal").st_size < small_checkpoints, "a later commit has made up for it"


def test_after_a_checkpoint_another_writer_is_still_waited_for(store: Store, small_checkpoints: int) -> None:
    insert(store, "a", 200_000)
    insert(store, "b")
    assert store.connection.execute("PRAGMA busy_timeout").fetchone()[0] == store_module.BUSY_MILLISECONDS


def test_migrations_run_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def second(connection: sqlite3.Connection) -> None:
        ran.append("second")
        connection.execute("CREATE TABLE more (a)")

    path = str(tmp_path / "docs.db")
    with Store(path) as first:
        insert(first, "kept")
    monkeypatch.setattr(store_module, "MIGRATIONS", (*MIGRATIONS, second))
    for _ in range(2):
        with Store(path) as opened:
            assert count(opened) == 1
            assert opened.connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
            assert opened.connection.execute("SELECT count(*) FROM more").fetchone() == (0,)
    assert ran == ["second"]


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE more (a)")
        connection.execute("INSERT INTO documents VALUES (1, 'kept', 'x', '', 0)")

    path = str(tmp_path / "docs.db")
    with Store(path) as first:
        insert(first, "kept")
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(sqlite3.IntegrityError):
            Store(path)
    with Store(path) as again:
        assert count(again) == 1
        assert not again.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'more'").fetchall()
    assert set_aside(tmp_path) == []


def test_a_store_of_a_newer_docwatch_is_refused_and_left_alone(store: Store) -> None:
    store.connection.execute("PRAGMA user_version = 999")
    with pytest.raises(UserError, match="newer docwatch; upgrade docwatch"):
        Store(store.path)
    assert store.connection.execute("PRAGMA user_version").fetchone() == (999,)


def set_aside(folder: Path) -> list[bytes]:
    """The contents of the damaged databases that were kept."""
    return [path.read_bytes() for path in folder.glob("docs.db.damaged-*") if path.name[-4:] not in ("-wal", "-shm")]


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside_and_kept(content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "docs.db"
    for _ in range(2):  # the second must not be laid over the first
        path.write_bytes(content)
        with caplog.at_level(logging.ERROR, "docwatch"), Store(str(path)) as store:
            insert(store, "a")
            assert count(store) == 1
    assert set_aside(tmp_path) == [content, content]
    assert "set aside as" in caplog.text


def damage(store: Store) -> None:
    """Overwrite every page but those that an empty store has, its schema's among them, as a bad disk would."""
    empty = int(store.connection.execute("PRAGMA page_count").fetchone()[0])
    for number in range(200):
        insert(store, str(number), 3_000)
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    with open(store.path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(empty * 4096)
        file.write(bytes(size - empty * 4096))


def test_damage_that_shows_later_is_set_aside_too_and_all_processes_go_on(store: Store, tmp_path: Path) -> None:
    number = notes.add(store, b"caf\xe9.py", None, "Nobody can make this again.")
    damage(store)
    with Store(store.path) as other:
        with pytest.raises(TransientError, match=r"was damaged .* it will be tried again"):
            insert(other, "x")
        insert(other, "from one")
        with pytest.raises(TransientError, match="was replaced by another; it will be tried again"):
            insert(store, "its tickets were of the old file")
        insert(store, "from the other")
        assert count(other) == count(store) == 2
        assert [(note.id, note.text) for note in notes.every(other.connection)] == [
            (number, "Nobody can make this again.")
        ]
    assert len(set_aside(tmp_path / "store")) == 1


def test_a_bug_in_a_statement_sets_nothing_aside(store: Store, tmp_path: Path) -> None:
    insert(store, "a")
    with pytest.raises(sqlite3.IntegrityError):
        insert(store, "a")
    assert count(store) == 1
    assert set_aside(tmp_path / "store") == []


def test_a_store_that_the_user_removes_is_made_again_but_never_a_removed_repository(tmp_path: Path) -> None:
    common = tmp_path / "repo/.git"
    common.mkdir(parents=True)
    with Store(str(common / "docwatch/docs.db")) as store:
        insert(store, "a")
        (common / "docwatch").rename(tmp_path / "away")
        with pytest.raises(TransientError, match="was replaced"):
            insert(store, "b")
        insert(store, "b")
        with Store(store.path) as other:
            assert count(other) == 1
        (tmp_path / "repo").rename(tmp_path / "removed")
        for _ in range(2):
            with pytest.raises(UserError, match="make its folder writable"):
                insert(store, "c")
    assert not (tmp_path / "repo").exists()


def test_a_link_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs.db").symlink_to(tmp_path / "victim")
    with pytest.raises(UserError, match="is a symbolic link; remove it"):
        Store(str(tmp_path / "docs.db"))
    assert not (tmp_path / "victim").exists()


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder outside the tests' private one, and for a test run by root another user to be in it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        yield Path(folder)
        os.seteuid(was)
        os.chmod(folder, 0o755)


def test_a_folder_that_cannot_be_written_is_an_error_with_the_next_step(nobody: Path) -> None:
    if os.stat(nobody).st_uid == os.geteuid():
        os.chmod(nobody, 0o555)
    for path in (nobody / "docs.db", nobody / "new/docs.db", nobody / "a/b/docs.db"):
        with pytest.raises(UserError, match="make its folder writable for you"):
            Store(str(path))


def test_the_version_tells_whether_another_has_written(store: Store) -> None:
    before = store.version()
    insert(store, "ours")
    assert store.version() == before
    with Store(store.path) as other:
        assert store.version() == before
        insert(other, "theirs")
    assert store.version() != before


def test_no_descriptor_is_left_open_when_opening_fails(tmp_path: Path) -> None:
    (tmp_path / "docs.db").symlink_to("x")
    free = os.dup(0)
    os.close(free)
    with pytest.raises(UserError):
        Store(str(tmp_path / "docs.db"))
    again = os.dup(0)
    os.close(again)
    assert again == free


def test_a_writer_holds_the_lock_until_it_has_committed(store: Store) -> None:
    def is_locked() -> bool:
        with open(store.path + ".lock", "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    with store.writing():
        process = writer(store.path, "other", 1)
        assert is_locked()
    assert ended(process) == [b"0"]
    assert not is_locked()


def test_a_store_of_the_first_version_keeps_its_documents_and_rows(tmp_path: Path) -> None:
    path = str(tmp_path / "store/docs.db")
    with Store(path, MIGRATIONS[:1]) as store, store.writing() as connection:
        connection.execute("INSERT INTO documents VALUES (7, 'A', 'outline:1:python', '{}', 0)")
        connection.execute(
            """INSERT INTO ledger (tree, path, state, reason, read, wanted, document, origin, changed)
            VALUES ('tree', ?, 'failed', 'too odd', 1, 'B', 7, 'save', 1)""",
            (b"a.py",),
        )
    with Store(path) as store:
        row = Ledger(store, "tree").row(b"a.py")
        assert row is not None
        assert (row.state, row.reason, row.cause, row.document, row.oid) == ("failed", "too odd", "", 7, "A")
