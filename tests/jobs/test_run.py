"""One job over one path, whatever happens meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from redis import Redis
from rq import Queue
from rq.registry import FailedJobRegistry, ScheduledJobRegistry, StartedJobRegistry

from docwatch import documents
from docwatch.decision import Decision, Reading
from docwatch.document import Source
from docwatch.entries import Row
from docwatch.errors import PermanentError, TransientError
from docwatch.jobs import document_file, run, submit
from docwatch.jobs.batch import Task
from docwatch.opened import OpenTree
from docwatch.scope import Scope
from tests.conftest import Repo
from tests.jobs.conftest import Stub


def row(repo: Repo, path: str) -> Row:
    with OpenTree(repo.tree()) as opened:
        found = opened.ledger.row(os.fsencode(path))
    assert found is not None
    return found


def test_the_document_is_of_what_the_disk_holds(repo: Repo, stub: Stub) -> None:
    repo.write("a.py", "one\n")
    repo.document()
    found = row(repo, "a.py")
    assert (found.state, found.oid) == ("fresh", repo.oid("a.py"))
    with OpenTree(repo.tree()) as opened:
        assert found.document is not None
        assert documents.body(opened.store.connection, found.document)["outline"]["summary"] == "one\n"


def test_running_twice_or_late_documents_once(repo: Repo, stub: Stub) -> None:
    repo.write("a.py")
    repo.scan()
    for _ in range(3):
        document_file(repo.tree().id, "a.py")
    assert stub.calls.total() == 1
    assert repo.states() == {"a.py": "fresh"}


def test_a_file_edited_while_it_is_documented_ends_documented_as_it_is(repo: Repo, stub: Stub) -> None:
    def edit(source: Source) -> None:
        if source.content == b"one\n":
            repo.write("a.py", "two\n")
            submit(repo.tree(), [b"a.py"], origin="save")

    stub.on_call = edit
    repo.write("a.py", "one\n")
    repo.scan()
    document_file(repo.tree().id, "a.py")
    found = row(repo, "a.py")
    assert (found.state, found.oid) == ("fresh", repo.oid("a.py"))
    assert stub.calls == {b"one\n": 1, b"two\n": 1}


def test_a_file_deleted_while_it_is_documented_stays_forgotten(repo: Repo, stub: Stub) -> None:
    def delete(source: Source) -> None:
        (repo.root / "a.py").unlink()
        submit(repo.tree(), [b"a.py"], origin="save")

    stub.on_call = delete
    repo.write("a.py")
    repo.scan()
    document_file(repo.tree().id, "a.py")
    assert repo.states() == {}


def test_a_file_gone_before_its_job_is_forgotten(repo: Repo, stub: Stub) -> None:
    repo.write("a.py")
    repo.scan()
    (repo.root / "a.py").unlink()
    document_file(repo.tree().id, "a.py")
    assert repo.states() == {}


def test_a_link_out_of_the_root_put_in_place_of_the_file_is_not_read(repo: Repo, stub: Stub) -> None:
    secret = repo.root.parent / "secret.py"
    secret.write_text("password = 'x'\n")
    repo.write("a.py")
    repo.scan()
    (repo.root / "a.py").unlink()
    (repo.root / "a.py").symlink_to(secret)
    document_file(repo.tree().id, "a.py")
    assert stub.calls.total() == 0
    assert (row(repo, "a.py").state, row(repo, "a.py").reason) == ("skipped", "symbolic link")


def test_two_names_for_one_content_are_documented_once(repo: Repo, stub: Stub) -> None:
    repo.write("a.py")
    repo.write("b.py")
    repo.document()
    assert stub.calls.total() == 1
    assert repo.states() == {"a.py": "fresh", "b.py": "fresh"}


def test_switching_branches_there_and_back_documents_nothing_again(repo: Repo, stub: Stub) -> None:
    repo.write("a.py", "one\n")
    repo.commit()
    repo.document()
    repo.git("switch", "-q", "-c", "other")
    repo.write("a.py", "two\n")
    repo.commit()
    repo.document()
    for branch in ("main", "other", "main"):
        repo.git("switch", "-q", branch)
        repo.document()
        assert row(repo, "a.py").oid == repo.oid("a.py")
    assert stub.calls == {b"one\n": 1, b"two\n": 1}


def test_a_transient_error_is_tried_again_by_rq(
    repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_RETRY_INTERVALS", "0,0,0")
    stub.errors = [OSError("odd"), TransientError("busy")]
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert stub.calls.total() == 3
    assert row(repo, "a.py").state == "fresh"
    assert FailedJobRegistry(queue=jobs).count == 0


def test_between_tries_the_file_is_queued_with_its_reason_and_rq_holds_the_time(
    repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None]
) -> None:
    stub.errors = [TransientError("the model is busy")]
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert (row(repo, "a.py").state, row(repo, "a.py").reason) == ("queued", "the model is busy")
    scheduled = ScheduledJobRegistry(queue=jobs)
    assert scheduled.get_job_ids() == [row(repo, "a.py").job]
    assert StartedJobRegistry(queue=jobs).count == 0


def test_after_the_last_try_the_file_has_failed(
    repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCWATCH_RETRY_INTERVALS", "0,0")
    stub.errors = [TransientError("down") for _ in range(9)]
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert stub.calls.total() == 3
    assert (row(repo, "a.py").state, row(repo, "a.py").reason) == ("failed", "down")
    assert FailedJobRegistry(queue=jobs).count == 1


def test_a_permanent_error_is_tried_once(repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None]) -> None:
    stub.errors = [PermanentError("too odd") for _ in range(9)]
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert stub.calls.total() == 1
    assert (row(repo, "a.py").state, row(repo, "a.py").reason) == ("failed", "too odd")
    assert FailedJobRegistry(queue=jobs).get_job_ids() != []


def test_a_failed_content_is_not_tried_again_until_it_changes(
    repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None]
) -> None:
    stub.errors = [PermanentError("too odd")]
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert stub.calls.total() == 1
    repo.write("a.py", "better\n")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert row(repo, "a.py").state == "fresh"


def test_a_retried_failure_leaves_the_failed_registry(
    repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None]
) -> None:
    stub.errors = [PermanentError("once")]
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    with OpenTree(repo.tree()) as opened:
        assert opened.ledger.retry([b"a.py"]) == 1
    submit(repo.tree(), [b"a.py"], origin="save")
    work()
    assert row(repo, "a.py").state == "fresh"
    assert FailedJobRegistry(queue=jobs).count == 0


def test_one_bad_file_does_not_stop_the_others(repo: Repo, stub: Stub, jobs: Queue, work: Callable[[], None]) -> None:
    stub.errors = [PermanentError("bad")]
    for name in "abc":
        repo.write(f"{name}.py", f"# {name}\n")
    submit(repo.tree(), [b"a.py", b"b.py", b"c.py"], origin="scan")
    work()
    assert sorted(repo.states().values()) == ["failed", "fresh", "fresh"]


def test_a_job_for_a_tree_that_was_forgotten_is_dropped(repo: Repo, jobs: Queue, redis: Redis) -> None:
    document_file("0123456789abcdef", "a.py")
    assert FailedJobRegistry(queue=jobs).count == 0


def test_of_files_read_together_one_that_cannot_be_read_fails_alone(
    repo: Repo, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, reading = [b"a.py", b"b.py", b"c.py"], Scope._reading

    def unless_b(scope: Scope, decision: Decision) -> Reading:
        if decision.path == b"b.py":
            raise TransientError("it does not hold still")
        return reading(scope, decision)

    for name in names:
        repo.write(os.fsdecode(name), f"# {os.fsdecode(name)}\n")
    submit(repo.tree(), names, origin="scan", deliver=False)
    monkeypatch.setattr(Scope, "_reading", unless_b)
    tasks = [Task(repo.tree().id, name) for name in names]
    run.document(tasks)
    assert [(task.done, task.fate is None) for task in tasks] == [(True, True), (False, False), (True, True)]
    assert repo.states() == {"a.py": "fresh", "b.py": "queued", "c.py": "fresh"}
