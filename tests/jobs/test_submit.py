"""The one door in."""

from __future__ import annotations

import os
import time

import pytest
from rq import Queue
from rq.job import Job

from docwatch.jobs import document_file, submit
from docwatch.jobs.queue import DocumentJob
from docwatch.opened import OpenTree
from tests.conftest import Repo
from tests.jobs.conftest import Stub


def described(jobs: Queue) -> list[str]:
    """The paths of the queued jobs, in their order."""
    return [DocumentJob.fetch(name, jobs.connection, jobs.serializer).args[1] for name in jobs.get_job_ids()]


def test_each_owed_file_becomes_one_job_that_carries_tree_and_path(repo: Repo, jobs: Queue) -> None:
    repo.write("a.py")
    repo.write("b/c.py", "def g(): pass\n")
    submitted = submit(repo.tree(), [b"a.py", b"b/c.py"], origin="scan")
    assert (submitted.recorded.queued, submitted.delivered) == (2, 2)
    found = [Job.fetch(name, jobs.connection, jobs.serializer) for name in jobs.get_job_ids()]
    assert [job.args for job in found] == [[repo.tree().id, "a.py"], [repo.tree().id, "b/c.py"]]
    assert all(job.id.isalnum() and job.result_ttl == 0 for job in found)
    assert (found[0].retries_left, found[0].retry_intervals) == (3, [10, 60, 300])


def test_what_a_person_saved_goes_before_what_a_scan_found(repo: Repo, jobs: Queue) -> None:
    for name in ("a.py", "b.py", "c.py", "d.py"):
        repo.write(name, f"# {name}\n")
    submit(repo.tree(), [b"a.py", b"b.py"], origin="scan")
    submit(repo.tree(), [b"c.py", b"d.py"], origin="save")
    assert described(jobs) == ["c.py", "d.py", "a.py", "b.py"]


def test_saving_a_file_that_a_scan_has_queued_moves_it_to_the_front(repo: Repo, jobs: Queue) -> None:
    repo.write("a.py")
    repo.write("b.py", "x = 1\n")
    submit(repo.tree(), [b"a.py", b"b.py"], origin="scan")
    submit(repo.tree(), [b"b.py"], origin="save")
    assert described(jobs)[0] == "b.py"


def test_submitting_twice_makes_one_job(repo: Repo, jobs: Queue) -> None:
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    again = submit(repo.tree(), [b"a.py"], origin="save")
    assert again.delivered == 0
    assert len(jobs.get_job_ids()) == 1


def test_content_that_is_documented_under_another_path_makes_no_job(repo: Repo, jobs: Queue, stub: Stub) -> None:
    repo.write("a.py")
    submit(repo.tree(), [b"a.py"], origin="save")
    document_file(repo.tree().id, "a.py")
    jobs.empty()
    repo.write("copy.py")
    copied = submit(repo.tree(), [b"copy.py"], origin="save")
    assert (copied.recorded.linked, copied.delivered) == (1, 0)
    assert repo.states() == {"a.py": "fresh", "copy.py": "fresh"}
    assert stub.calls.total() == 1


def test_without_redis_the_work_stays_owed_and_nobody_waits(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")
    repo.write("a.py")
    began = time.monotonic()
    submitted = submit(repo.tree(), [b"a.py"], origin="commit")
    assert time.monotonic() - began < 2  # redis-py's own default would try for 4.5 s
    assert (submitted.recorded.queued, submitted.delivered) == (1, 0)
    assert repo.states() == {"a.py": "queued"}


def test_what_was_owed_without_redis_is_handed_over_with_the_next_submit(
    repo: Repo, jobs: Queue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("a.py")
    repo.write("b.py", "y = 2\n")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "redis://127.0.0.1:1")
    submit(repo.tree(), [b"a.py"], origin="commit")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", redis_url)
    submit(repo.tree(), [b"b.py"], origin="commit")
    assert sorted(described(jobs)) == ["a.py", "b.py"]


@pytest.mark.parametrize("path", [b"../x.py", b"/etc/passwd", b"a/../../x.py", b"a\0b.py", b"", b".git/config"])
def test_a_path_that_leads_elsewhere_is_not_taken(repo: Repo, jobs: Queue, path: bytes) -> None:
    submitted = submit(repo.tree(), [path], origin="save")
    assert submitted.recorded.queued == 0
    assert repo.states() == {}
    assert jobs.count == 0


def test_names_that_are_not_utf_8_go_all_the_way(repo: Repo, jobs: Queue) -> None:
    name = b"caf\xe9\nline.py"
    repo.write(name)
    submit(repo.tree(), [name], origin="save")
    assert described(jobs) == [os.fsdecode(name)]
    document_file(repo.tree().id, os.fsdecode(name))
    assert repo.states() == {os.fsdecode(name): "fresh"}


def test_a_deleted_file_is_forgotten(repo: Repo, jobs: Queue) -> None:
    repo.write("a.py")
    repo.document()
    (repo.root / "a.py").unlink()
    assert submit(repo.tree(), [b"a.py"], origin="save").recorded.forgotten == 1
    assert repo.states() == {}


def test_a_file_that_becomes_ignored_is_forgotten(repo: Repo, jobs: Queue) -> None:
    repo.write("a.py")
    repo.document()
    repo.write(".gitignore", "a.py\n")
    with OpenTree(repo.tree()) as opened:
        assert submit(opened, [b"a.py"], origin="save").recorded.forgotten == 1
