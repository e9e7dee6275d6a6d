"""The second job for a file: prose, behind an outline that never waits for it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from docwatch import documents, gate, log
from docwatch.errors import BlockedError, FlakyError, PermanentError, TransientError
from docwatch.jobs import courier, prose, submit, sync
from docwatch.jobs.queue import PROSE_NAME, queue
from docwatch.jobs.worker import ProseWorker
from docwatch.opened import OpenTree
from docwatch.prose_entries import ProseRow
from tests.conftest import Repo
from tests.jobs.conftest import Writer

SHEEP = "def shear(sheep):\n    return sheep.wool\n\n\ndef count(flock):\n    return len(flock)\n"


@pytest.fixture(autouse=True)
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """To whatever it costs."""
    monkeypatch.setattr("docwatch.jobs.consent.is_given", lambda *_: True)


@pytest.fixture
def opened(repo: Repo) -> Iterator[OpenTree]:
    with OpenTree(repo.tree()) as made:
        yield made


@pytest.fixture
def work(redis: Redis, opened: OpenTree, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have written, in this process, what is owed and due, as a pool and its prose worker would."""
    monkeypatch.chdir("/")
    log.setup("test")

    def burst() -> None:
        while courier.look_for_prose(opened.tree, opened.prose) and opened.prose.has_undelivered():
            if not courier.deliver(opened.tree, opened.prose, opened.config, redis):
                return
            ProseWorker([queue(redis, PROSE_NAME)], connection=redis).work(burst=True, logging_level="CRITICAL")

    return burst


def row(opened: OpenTree, path: bytes = b"a.py") -> ProseRow:
    found = opened.prose.row(path)
    assert found is not None
    return found


def said(opened: OpenTree, path: bytes = b"a.py") -> dict[str, str] | None:
    """The texts of its symbols, as they are shown."""
    found = opened.ledger.row(path)
    assert found is not None
    assert found.document is not None
    shown = documents.body(opened.store.connection, found.document)["prose"]
    return shown and shown["symbols"]


def test_a_fresh_file_is_written_about_by_a_job_of_its_own(
    repo: Repo, writer: Writer, opened: OpenTree, redis: Redis, work: Callable[[], None]
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    assert opened.ledger.counts() == {"fresh": 1}, "the outline is there at once"
    assert said(opened) is None
    assert not writer.asked
    work()
    assert said(opened) == {"shear": "Does it.", "count": "Does it."}
    assert (row(opened).state, len(writer.asked)) == ("fresh", 1)
    assert courier.deliver(opened.tree, opened.ledger, opened.config, redis) == 0, "no document is owed for it"


def test_only_what_changed_is_paid_for(repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]) -> None:
    def after(content: str, path: str = "a.py") -> list[tuple[str, ...]]:
        writer.asked.clear()
        repo.write(path, content)
        repo.document()
        work()
        assert row(opened, path.encode()).state == "fresh"
        return list(writer.asked)

    edited = SHEEP.replace("sheep.wool", "sheep.wool * 2")
    assert after(SHEEP) == [("shear", "count")]
    assert after(edited) == [("shear",)], "the text of the other function is kept"
    assert said(opened) == {"shear": "Does it.", "count": "Does it."}
    assert after(SHEEP) == after(edited) == [], "as when branches are switched, or a commit is reverted"
    assert after("# Of sheep.\n" + edited.replace("\n\n\n", "\n\n\n\n")) == []
    assert after(edited, "copy.py") == [], "renamed or copied"
    said_again = "# Once more.\n" + edited
    assert after(said_again, "with_comment.py") == [], "renamed, with nothing changed that counts"
    longer = edited + "\n\ndef shun(wolf):\n    return wolf.away\n"
    assert after(longer, "longer.py") == [("shun",)], "renamed and edited at once"
    assert set(said(opened, b"longer.py") or ()) == {"shear", "count", "shun"}
    assert after("def bleat(): pass\n", "other.py") == [("bleat",)]
    assert after("def bleat(): pass\n\n\ndef shun(wolf):\n    return wolf.away\n", "other.py") == [()], "moved"
    (repo.root / "copy.py").unlink()
    repo.document()
    work()
    assert opened.prose.row(b"copy.py") is None


def test_prose_waits_until_its_file_is_left_alone_or_committed(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_PROSE_QUIET_SECONDS", "1000")
    repo.write("a.py", SHEEP)
    repo.write("old.py", SHEEP)
    hour_ago = time.time() - 3600
    os.utime(repo.root / "old.py", (hour_ago, hour_ago))
    repo.document()
    work()
    assert row(opened, b"old.py").state == "fresh"
    # The same words will do for both, but nobody knows before the look: it waits for silence.
    assert len(writer.asked) == 1
    repo.write("a.py", SHEEP + "\n\ndef shun(): pass\n")
    repo.document()
    work()
    assert (row(opened).state, len(writer.asked)) == ("queued", 1)
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "unix:///nowhere")
    submit(repo.tree(), [b"a.py"], origin="commit")
    work()
    assert (row(opened).state, writer.asked[1:]) == ("fresh", [("shun",)])


def test_with_prose_when_commit_what_is_only_saved_is_left_alone(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_PROSE_WHEN", "commit")
    repo.write("a.py", SHEEP)
    repo.commit()
    repo.write("b.py", "def bleat(): pass\n")
    repo.document()
    work()
    assert {path: row(opened, path).state for path in (b"a.py", b"b.py")} == {b"a.py": "fresh", b"b.py": "queued"}
    assert opened.prose.is_at_rest()
    submit(repo.tree(), [b"b.py"], origin="commit")
    work()
    assert row(opened, b"b.py").state == "fresh"


def test_what_redis_forgets_is_owed_still(
    repo: Repo, writer: Writer, opened: OpenTree, redis: Redis, work: Callable[[], None]
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    courier.look_for_prose(opened.tree, opened.prose)
    assert courier.deliver(opened.tree, opened.prose, opened.config, redis) == 1
    assert queue(redis, PROSE_NAME).count == 1
    redis.flushall()
    courier.recover(opened.tree, opened.prose, opened.config, redis, audit_after_seconds=0.0)
    assert queue(redis, PROSE_NAME).count == 1
    ProseWorker([queue(redis, PROSE_NAME)], connection=redis).work(burst=True, logging_level="CRITICAL")
    assert (row(opened).state, len(writer.asked)) == ("fresh", 1)


def test_a_large_file_is_written_about_part_by_part_and_no_part_is_paid_twice(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]
) -> None:
    repo.write("a.py", "".join(f"def f{number}(): return {number}\n" for number in range(120)))
    repo.document()
    writer.on_call = lambda: writer.errors.extend([PermanentError("enough")] * (len(writer.asked) == 2))
    work()
    assert (row(opened).state, row(opened).reason) == ("failed", "enough")
    assert opened.prose.retry() == 1
    writer.on_call = lambda: None
    work()
    asked = [name for names in (*writer.asked[:1], *writer.asked[2:]) for name in names]
    assert len(asked) == len(set(asked)) == 120
    assert row(opened).state == "fresh"
    assert len(said(opened) or ()) == 120


def test_where_prose_fails_the_outline_stands(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    writer.errors = [PermanentError("no words for it; write it anew")]
    work()
    assert opened.ledger.counts() == {"fresh": 1}
    assert (row(opened).state, row(opened).cause) == ("failed", "PermanentError")
    work()
    assert len(writer.asked) == 1, "tried once"
    repo.write("a.py", SHEEP + "X = 1\n")
    repo.document()
    work()
    assert (row(opened).state, row(opened).reason) == ("fresh", "")


def test_an_unusable_answer_is_asked_for_once_more(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    writer.errors = [FlakyError("half of it is missing")]
    work()
    assert (row(opened).state, len(writer.asked)) == ("fresh", 2)


def test_a_transient_error_waits_for_its_next_try(
    repo: Repo, writer: Writer, opened: OpenTree, redis: Redis, work: Callable[[], None]
) -> None:
    from rq.registry import ScheduledJobRegistry

    repo.write("a.py", SHEEP)
    repo.document()
    writer.errors = [TransientError("the line is bad; it will be tried again")]
    work()
    assert (row(opened).state, row(opened).reason) == ("queued", "the line is bad; it will be tried again")
    assert len(ScheduledJobRegistry(queue=queue(redis, PROSE_NAME)).get_job_ids(cleanup=False)) == 1


def test_a_documenter_without_login_is_asked_once_and_the_rest_waits(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]
) -> None:
    for name in "abc":
        repo.write(f"{name}.py", f"def {name}(): pass\n")
    repo.document()
    writer.errors = [BlockedError("not logged in; log in")]
    work()
    assert len(writer.asked) == 1
    assert opened.prose.parked() == 3
    assert opened.ledger.counts() == {"fresh": 3}
    assert gate.open_all() == 1
    work()
    assert {found.state for found in opened.prose.rows()} == {"fresh"}


def test_a_run_over_content_that_changed_meanwhile_does_not_pass_for_it(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()

    def edit() -> None:
        if len(writer.asked) == 1:
            repo.write("a.py", SHEEP + "\n\ndef shun(): pass\n")
            repo.document()
            courier.look_for_prose(opened.tree, opened.prose)

    writer.on_call = edit
    work()
    assert (row(opened).state, row(opened).oid) == ("fresh", repo.oid("a.py"))
    assert writer.asked == [("shear", "count"), ("shun",)], "what was paid for holds where it is still true"


def test_another_model_writes_anew_only_where_that_is_asked_for(
    repo: Repo, writer: Writer, opened: OpenTree, work: Callable[[], None]
) -> None:
    repo.write("a.py", SHEEP)
    repo.document()
    work()
    writer.model = "two"
    work()
    assert (row(opened).state, len(writer.asked)) == ("fresh", 1)
    renewed = prose.terms(opened.config, renew=True)
    assert renewed is not None
    assert opened.prose.look(renewed) == 1
    work()
    assert (row(opened).state, len(writer.asked)) == ("fresh", 2)
    assert row(opened).documenter == "stub:1:two"


def test_sync_writes_without_redis(repo: Repo, writer: Writer, opened: OpenTree) -> None:
    repo.write("a.py", "".join(f"def f{number}(): return {number}\n" for number in range(120)))
    repo.write("b.py", SHEEP)
    repo.document()
    at_once = prose.terms(opened.config, at_once=True)
    assert at_once is not None
    opened.prose.look(at_once)
    done: list[tuple[int, int]] = []
    sync.write_off(opened, lambda *how_far: done.append(how_far))
    assert done[-1] == (2, 2)
    assert {found.state for found in opened.prose.rows()} == {"fresh"}
    assert len(said(opened) or ()) == 120


def test_a_worker_killed_in_the_middle_of_a_call_loses_that_call_and_nothing_else(
    repo: Repo, writer: Writer, opened: OpenTree, redis: Redis, work: Callable[[], None]
) -> None:
    """The worker is a process of its own, and really dies: what it held is owed again, and written by another."""
    repo.write("a.py", SHEEP)
    repo.document()
    courier.look_for_prose(opened.tree, opened.prose)
    writer.on_call = lambda: os.kill(os.getpid(), signal.SIGKILL)
    child = os.fork()
    if child == 0:
        prose.write(opened.tree.id, b"a.py")
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert (row(opened).state, said(opened)) == ("running", None)
    writer.on_call = lambda: None
    assert courier.recover(opened.tree, opened.prose, opened.config, redis, audit_after_seconds=None) == 1
    ProseWorker([queue(redis, PROSE_NAME)], connection=redis).work(burst=True, logging_level="CRITICAL")
    assert (row(opened).state, len(writer.asked)) == ("fresh", 1)
    assert opened.ledger.counts() == {"fresh": 1}
