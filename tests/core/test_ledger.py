"""The ledger: what is owed is never lost, and what an earlier-started read found never overwrites a later one's."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from docwatch import documents, holder
from docwatch.document import Document, Outline
from docwatch.entries import Gone, Memo, Origin, Owed, Recorded, Row, Setback, Skipped
from docwatch.ledger import Ledger
from docwatch.owing import DEADLY
from docwatch.store import Store

MEMO = Memo(10, 20, 30, 40)
PATH = b"a.py"
HOW = "outline-1"


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, "tree")


def owed(oid: str, path: bytes = PATH, how: str = HOW, memo: Memo = MEMO, settled: bool = True) -> Owed:
    return Owed(path, oid, how, memo, settled)


def record(ledger: Ledger, oid: str, path: bytes = PATH, origin: Origin = "scan", how: str = HOW) -> Recorded:
    """A read that saw `oid`, from ticket to record."""
    return ledger.record(ledger.ticket(), origin, [owed(oid, path, how)])


def make(ledger: Ledger, oid: str, how: str = HOW) -> None:
    with ledger.store.writing() as connection:
        documents.insert(connection, oid, how, documents.encoded(Document("python", Outline(summary=oid))))


def finish(ledger: Ledger, ticket: int, oid: str, path: bytes = PATH, how: str = HOW) -> bool:
    """What a job does once it has documented what it read."""
    make(ledger, oid, how)
    with ledger.store.writing():
        return ledger.finish(ticket, owed(oid, path, how), "scan")


def document(ledger: Ledger, oid: str, path: bytes = PATH) -> None:
    """The whole way of one content."""
    record(ledger, oid, path)
    ticket = ledger.begin(path).ticket
    assert finish(ledger, ticket, oid, path)


def row(ledger: Ledger, path: bytes = PATH) -> Row:
    found = ledger.row(path)
    assert found is not None
    return found


def name(path: bytes, wanted: str | None, how: str | None) -> str:
    return f"{path.hex()}-{wanted}-{how}"


def deliver(ledger: Ledger, limit: int = 100) -> list[bytes]:
    return [delivery.path for delivery in ledger.take_for_delivery(limit, name)]


# What a read comes to.


def test_content_that_nobody_has_documented_is_owed(ledger: Ledger) -> None:
    assert record(ledger, "A") == Recorded(queued=1)
    found = row(ledger)
    assert (found.state, found.wanted, found.documenter, found.oid, found.job) == ("queued", "A", HOW, None, None)
    assert (found.memo, found.settled, found.origin) == (MEMO, True, "scan")
    assert deliver(ledger) == [PATH]


def test_content_that_is_documented_is_linked_without_a_job(ledger: Ledger) -> None:
    make(ledger, "A")
    assert record(ledger, "A") == Recorded(linked=1)
    assert (row(ledger).state, row(ledger).oid) == ("fresh", "A")
    assert deliver(ledger) == []


def test_a_document_by_another_documenter_does_not_count(ledger: Ledger) -> None:
    make(ledger, "A", "outline-0")
    assert record(ledger, "A") == Recorded(queued=1)


def test_a_fresh_file_read_again_stays_fresh_and_its_memo_is_renewed(ledger: Ledger) -> None:
    document(ledger, "A")
    before = row(ledger)
    touched = Memo(1, 2, 3, 4)
    result = ledger.record(ledger.ticket(), "save", [owed("A", memo=touched, settled=False)])
    assert result == Recorded(fresh=1)
    assert row(ledger) == before._replace(memo=touched, settled=False)


def test_an_edit_leaves_the_older_document_to_be_shown(ledger: Ledger) -> None:
    document(ledger, "A")
    record(ledger, "B", origin="save")
    assert (row(ledger).state, row(ledger).wanted, row(ledger).oid) == ("queued", "B", "A")
    record(ledger, "A", origin="save")
    assert (row(ledger).state, row(ledger).oid) == ("fresh", "A"), "and taken back, it is fresh without a job"
    assert deliver(ledger) == []


def test_a_skipped_file_keeps_its_reason_and_is_owed_once_it_is_admitted(ledger: Ledger) -> None:
    assert ledger.record(ledger.ticket(), "scan", [Skipped(PATH, "binary", "A", MEMO, True)]) == Recorded(skipped=1)
    found = row(ledger)
    assert (found.state, found.reason, found.wanted, found.memo) == ("skipped", "binary", "A", MEMO)
    assert record(ledger, "B") == Recorded(queued=1)
    assert (row(ledger).state, row(ledger).reason) == ("queued", "")


def test_what_becomes_skipped_or_gone_is_no_longer_owed(ledger: Ledger) -> None:
    record(ledger, "A")
    ledger.record(ledger.ticket(), "scan", [Skipped(PATH, "too large")])
    assert row(ledger).memo is None
    assert deliver(ledger) == []
    record(ledger, "A")
    assert ledger.record(ledger.ticket(), "scan", [Gone(PATH)]) == Recorded(forgotten=1)
    assert ledger.row(PATH) is None
    assert deliver(ledger) == []


def test_several_reads_are_counted_by_what_they_came_to(ledger: Ledger) -> None:
    document(ledger, "A")
    reads = [owed("A"), owed("A", b"copy"), owed("N", b"new"), Skipped(b"s", "binary"), Gone(b"g")]
    assert ledger.record(ledger.ticket(), "scan", reads) == Recorded(
        fresh=1, linked=1, queued=1, skipped=1, forgotten=1
    )


# Tickets.


@pytest.mark.parametrize("late", [owed("OLD"), Skipped(PATH, "binary"), Gone(PATH)], ids=["owed", "skipped", "gone"])
def test_a_read_that_began_earlier_and_ends_later_loses(late: Owed | Skipped | Gone, ledger: Ledger) -> None:
    early = ledger.ticket()
    record(ledger, "NEW")
    before = row(ledger)
    assert ledger.record(early, "save", [late]) == Recorded(late=1)
    assert row(ledger) == before


def test_an_earlier_read_loses_to_a_later_run_of_a_job(ledger: Ledger) -> None:
    early = ledger.ticket()
    document(ledger, "NEW")
    make(ledger, "OLD")
    assert ledger.record(early, "save", [owed("OLD")]) == Recorded(late=1)
    assert (row(ledger).state, row(ledger).oid) == ("fresh", "NEW")


@pytest.mark.parametrize("late", [owed("A"), Skipped(PATH, "binary")], ids=["owed", "skipped"])
def test_an_earlier_read_of_a_file_that_was_found_gone_is_looked_at_again(late: Owed | Skipped, ledger: Ledger) -> None:
    """The row is deleted and its ticket with it; a job must look again rather than a document be linked."""
    document(ledger, "A")
    early = ledger.ticket()
    ledger.record(ledger.ticket(), "save", [Gone(PATH)])
    assert ledger.record(early, "scan", [late]) == Recorded(queued=1)
    assert deliver(ledger) == [PATH]
    assert record(ledger, "A", b"later.py") == Recorded(linked=1)


def test_tickets_only_grow_and_are_never_given_twice(ledger: Ledger) -> None:
    with Store(ledger.store.path) as other:
        both = [(ledger, Ledger(other, "tree"))[number % 2].ticket() for number in range(20)]
    assert both == sorted(set(both))


# A job's run.


def test_a_run_says_where_its_path_came_from_and_ends_fresh(ledger: Ledger) -> None:
    record(ledger, "A", origin="commit")
    ticket, origin, *_ = ledger.begin(PATH)
    assert origin == "commit"
    assert (row(ledger).state, row(ledger).holder) == ("running", holder.this_process())
    assert finish(ledger, ticket, "A")
    found = row(ledger)
    assert (found.state, found.oid, found.wanted, found.holder, found.job) == ("fresh", "A", "A", None, None)


def test_content_wanted_meanwhile_makes_the_run_read_again(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    record(ledger, "B", origin="save")
    assert row(ledger).state == "running"
    assert not finish(ledger, ticket, "A")
    assert (row(ledger).state, row(ledger).wanted) == ("running", "B")
    again = ledger.begin(PATH).ticket
    assert finish(ledger, again, "B")
    assert (row(ledger).state, row(ledger).oid) == ("fresh", "B")


def test_the_same_content_by_another_documenter_is_more_wanted_too(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    record(ledger, "A", how="outline-2")
    assert not finish(ledger, ticket, "A")


def test_the_same_content_wanted_meanwhile_is_what_the_run_gives(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    later = ledger.ticket()
    ledger.record(later, "save", [owed("A")])
    assert finish(ledger, ticket, "A")
    assert row(ledger).state == "fresh"
    # The later read's ticket stands: a read between the two still loses.
    assert ledger.record(later - 1, "save", [owed("Z")]) == Recorded(late=1)


def test_a_run_that_ends_late_does_not_overwrite_what_a_later_one_stored(ledger: Ledger) -> None:
    record(ledger, "A")
    slow = ledger.begin(PATH).ticket
    record(ledger, "B")
    quick = ledger.begin(PATH).ticket
    assert finish(ledger, quick, "B")
    assert finish(ledger, slow, "A"), "nothing more is wanted, so it must not read again"
    assert (row(ledger).state, row(ledger).oid) == ("fresh", "B")


def test_a_run_over_a_path_forgotten_meanwhile_brings_nothing_back(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    ledger.record(ledger.ticket(), "save", [Gone(PATH)])
    assert finish(ledger, ticket, "A")
    assert ledger.row(PATH) is None


def test_a_run_over_a_path_skipped_meanwhile_leaves_it_skipped(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    ledger.record(ledger.ticket(), "save", [Skipped(PATH, "binary", "A", MEMO, True)])
    assert finish(ledger, ticket, "A")
    assert row(ledger).state == "skipped"


def test_a_job_of_a_path_the_ledger_does_not_know_is_run(ledger: Ledger) -> None:
    ticket, origin, *_ = ledger.begin(PATH)
    assert origin == "scan"
    assert row(ledger).state == "running"
    assert finish(ledger, ticket, "A")
    assert row(ledger).state == "fresh"


def test_a_job_that_comes_twice_leaves_a_fresh_file_fresh(ledger: Ledger) -> None:
    document(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    assert row(ledger).state == "fresh"
    assert finish(ledger, ticket, "A")
    assert row(ledger).state == "fresh"


def test_the_same_content_under_two_paths_is_one_document(ledger: Ledger) -> None:
    document(ledger, "A", b"one.py")
    document(ledger, "A", b"two.py")
    assert row(ledger, b"one.py").document == row(ledger, b"two.py").document
    assert ledger.store.connection.execute("SELECT count(*) FROM documents").fetchone() == (1,)


# Errors.


def test_a_final_error_is_failed_with_its_reason(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    ledger.give_back(ticket, PATH, "A", Setback("does not parse", "Wolves", final=True))
    assert (row(ledger).state, row(ledger).reason, row(ledger).holder) == ("failed", "does not parse", None)


def test_failed_stays_failed_for_the_same_content_and_new_content_is_tried(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    ledger.give_back(ticket, PATH, "A", Setback("does not parse", "Wolves", final=True))
    assert record(ledger, "A", origin="save") == Recorded(failed=1)
    assert (row(ledger).state, row(ledger).reason) == ("failed", "does not parse")
    assert deliver(ledger) == []
    assert record(ledger, "A", how="outline-2") == Recorded(queued=1), "another documenter may fare better"
    ledger.give_back(ledger.begin(PATH).ticket, PATH, "A", Setback("again", "Wolves", final=True))
    assert record(ledger, "B") == Recorded(queued=1)
    assert (row(ledger).state, row(ledger).reason) == ("queued", "")


def test_a_failed_file_whose_content_somebody_documented_is_fresh(ledger: Ledger) -> None:
    record(ledger, "A")
    ledger.give_back(ledger.begin(PATH).ticket, PATH, "A", Setback("no", "Wolves", final=True))
    make(ledger, "A")
    assert record(ledger, "A") == Recorded(linked=1)
    assert row(ledger).state == "fresh"


def test_an_error_that_may_pass_leaves_the_row_to_the_job_that_is_tried_again(ledger: Ledger) -> None:
    record(ledger, "A")
    deliver(ledger)
    job = row(ledger).job
    assert job is not None
    ticket = ledger.begin(PATH).ticket
    ledger.give_back(ticket, PATH, "A", Setback("Redis went away", "Wolves", final=False))
    found = row(ledger)
    assert (found.state, found.reason, found.job, found.holder) == ("queued", "Redis went away", job, None)
    assert deliver(ledger) == []


@pytest.mark.parametrize("final", [True, False])
def test_an_error_over_older_content_says_nothing_of_the_newer(final: bool, ledger: Ledger) -> None:
    record(ledger, "A")
    deliver(ledger)
    ticket = ledger.begin(PATH).ticket
    record(ledger, "B", origin="save")
    ledger.give_back(ticket, PATH, "A", Setback("does not parse", "Wolves", final=final))
    found = row(ledger)
    assert (found.state, found.reason, found.wanted, found.job) == ("queued", "", "B", None)
    assert deliver(ledger) == [PATH]


def test_an_error_over_what_was_not_read_is_about_what_is_wanted(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    ledger.give_back(ticket, PATH, None, Setback("unreadable", "Wolves", final=True))
    assert (row(ledger).state, row(ledger).wanted) == ("failed", "A")


def test_an_error_over_newer_content_than_was_wanted_is_remembered_for_that(ledger: Ledger) -> None:
    record(ledger, "A")
    ticket = ledger.begin(PATH).ticket
    ledger.give_back(ticket, PATH, "B", Setback("does not parse", "Wolves", final=True))
    assert record(ledger, "B") == Recorded(failed=1)
    assert record(ledger, "A") == Recorded(queued=1)


def test_an_error_of_a_run_that_was_overtaken_changes_nothing(ledger: Ledger) -> None:
    record(ledger, "A")
    slow = ledger.begin(PATH).ticket
    assert finish(ledger, ledger.begin(PATH).ticket, "A")
    before = row(ledger)
    ledger.give_back(slow, PATH, "A", Setback("too late", "Wolves", final=True))
    assert row(ledger) == before


def test_retry_owes_failed_files_again_those_named_or_all(ledger: Ledger) -> None:
    for path in (b"a", b"b", b"c", b"fresh"):
        record(ledger, path.decode(), path)
        if path != b"fresh":
            ledger.give_back(ledger.begin(path).ticket, path, path.decode(), Setback("no", "Wolves", final=True))
    assert finish(ledger, ledger.begin(b"fresh").ticket, "fresh", b"fresh")
    assert ledger.retry([b"b", b"fresh", b"unknown"]) == 1
    assert deliver(ledger) == [b"b"]
    assert (row(ledger, b"b").state, row(ledger, b"b").reason) == ("queued", "")
    assert ledger.retry() == 2
    assert sorted(deliver(ledger)) == [b"a", b"c"]
    assert row(ledger, b"fresh").state == "fresh"


# Delivery.


def test_saves_and_commits_go_before_a_scan_each_the_oldest_first(ledger: Ledger) -> None:
    origins: tuple[Origin, ...] = ("scan", "save", "scan", "commit", "save")
    for number, origin in enumerate(origins):
        record(ledger, f"{number}", b"%d" % number, origin)
    found = [ledger.take_for_delivery(2, name) for _ in range(4)]
    assert [[one.path for one in batch] for batch in found] == [[b"1", b"3"], [b"4", b"0"], [b"2"], []]
    assert found[0][0] == (b"1", name(b"1", "1", HOW), "save", 0)
    assert row(ledger, b"1").job == name(b"1", "1", HOW)


def test_the_courier_does_not_sort_the_whole_backlog(ledger: Ledger) -> None:
    plan = ledger.store.connection.execute(
        """EXPLAIN QUERY PLAN SELECT path, wanted, documenter, origin FROM ledger
        WHERE tree = ? AND state = 'queued' AND job IS NULL ORDER BY origin = 'scan', owed_at LIMIT ?""",
        ("tree", 10),
    ).fetchall()
    assert [step[3] for step in plan] == ["SEARCH ledger USING INDEX ledger_undelivered (tree=?)"]


def test_two_couriers_never_take_the_same_row(ledger: Ledger) -> None:
    ledger.record(ledger.ticket(), "scan", [owed(f"{number}", b"%d" % number) for number in range(200)])
    taken: list[bytes] = []

    def courier() -> None:
        with Store(ledger.store.path) as store:
            while batch := Ledger(store, "tree").take_for_delivery(7, name):
                taken.extend(delivery.path for delivery in batch)

    threads = [threading.Thread(target=courier) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 200
    assert len(set(taken)) == 200


def test_a_save_lifts_a_file_out_of_a_scans_backlog(ledger: Ledger) -> None:
    record(ledger, "0", b"other")
    record(ledger, "A")
    deliver(ledger)
    assert record(ledger, "A", origin="save") == Recorded(queued=1)
    assert deliver(ledger) == [PATH], "its job in the backlog stays; a second one goes to the front"
    assert row(ledger).origin == "save"


@pytest.mark.parametrize(
    ("first", "second"), [("save", "scan"), ("save", "save"), ("scan", "scan"), ("commit", "save")]
)
def test_otherwise_a_queued_file_is_not_delivered_twice(first: Origin, second: Origin, ledger: Ledger) -> None:
    record(ledger, "A", origin=first)
    deliver(ledger)
    assert record(ledger, "B", origin=second) == Recorded(queued=1)
    assert deliver(ledger) == [], "its job will read the disk"
    assert (row(ledger).wanted, row(ledger).origin) == ("B", first)


def test_a_running_file_that_is_saved_stays_running_without_another_job(ledger: Ledger) -> None:
    record(ledger, "A")
    deliver(ledger)
    ledger.begin(PATH)
    assert record(ledger, "B", origin="save") == Recorded(queued=1)
    assert row(ledger).state == "running"
    assert deliver(ledger) == []


def test_delivered_jobs_that_have_not_begun_are_awaited(ledger: Ledger) -> None:
    for path in (b"waits", b"runs"):
        record(ledger, "A", path)
    record(ledger, "A", b"later")
    ledger.take_for_delivery(2, name)
    ledger.begin(b"runs")
    assert ledger.awaited(0) == [(b"waits", name(b"waits", "A", HOW))]
    assert ledger.awaited(60) == [], "but not those that were delivered just now"


def test_jobs_that_are_taken_back_are_delivered_again(ledger: Ledger) -> None:
    for path in (b"a", b"b", b"runs"):
        record(ledger, "A", path)
    assert ledger.has_undelivered()
    deliver(ledger)
    assert not ledger.has_undelivered()
    ledger.begin(b"runs")
    jobs = [(path, name(path, "A", HOW)) for path in (b"b", b"runs", b"unknown")]
    assert ledger.take_back([*jobs, (b"a", "another job than it has")]) == 1
    assert ledger.has_undelivered()
    assert deliver(ledger) == [b"b"]


# Workers that die.


def died(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a process that has really been, and is no more; it is who runs what is begun now."""
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as process:
        was = holder.name_of(process.pid)
        assert holder.is_alive(was)
    monkeypatch.setattr(holder, "this_process", lambda: was)
    return was


def test_what_a_dead_worker_ran_is_owed_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ledger, "A", b"alive.py")
    ledger.begin(b"alive.py")
    record(ledger, "A")
    deliver(ledger)
    died(monkeypatch)
    ledger.begin(PATH)
    assert ledger.take_back_from_the_dead() == [PATH]
    assert (row(ledger).state, row(ledger).job, row(ledger).holder) == ("queued", None, None)
    assert row(ledger, b"alive.py").state == "running"
    assert ledger.take_back_from_the_dead() == []
    assert deliver(ledger) == [PATH]


def test_a_row_that_runs_elsewhere_by_now_is_not_taken_back(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ledger, "A")
    with monkeypatch.context() as patch:
        died(patch)
        ledger.begin(PATH)
    alive = holder.is_alive

    def begun_meanwhile(who: str) -> bool:
        ledger.begin(PATH)
        return alive(who)

    monkeypatch.setattr(holder, "is_alive", begun_meanwhile)
    assert ledger.take_back_from_the_dead() == []
    assert (row(ledger).state, row(ledger).holder) == ("running", holder.this_process())


def poison(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, times: int = DEADLY) -> None:
    with monkeypatch.context() as patch:
        who = died(patch)
        for _ in range(times):
            ledger.begin(PATH)
            assert ledger.take_back_from_the_dead(blamed=[who]) == [PATH]


def test_when_everything_died_no_file_is_to_blame(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ledger, "A")
    died(monkeypatch)
    for _ in range(DEADLY + 1):
        ledger.begin(PATH)
        assert ledger.take_back_from_the_dead(blamed=["another:1:1"]) == [PATH]
        assert row(ledger).state == "queued"


def test_content_that_kills_its_workers_is_failed_and_says_so(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ledger, "A")
    poison(ledger, monkeypatch)
    assert (row(ledger).state, row(ledger).reason) == ("failed", f"killed its worker {DEADLY} times")
    assert deliver(ledger) == []
    assert record(ledger, "A") == Recorded(failed=1)
    assert ledger.retry() == 1
    poison(ledger, monkeypatch, times=1)
    assert row(ledger).state == "queued", "a retry counts from the beginning"


def test_other_content_starts_with_no_deaths(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    record(ledger, "A")
    poison(ledger, monkeypatch, times=DEADLY - 1)
    record(ledger, "B")
    poison(ledger, monkeypatch, times=DEADLY - 1)
    assert row(ledger).state == "queued"
    record(ledger, "B")
    poison(ledger, monkeypatch, times=1)
    assert row(ledger).state == "failed", "the same content read again keeps its deaths"


# Reading.


def test_paths_that_are_not_utf8_come_back_as_they_are(ledger: Ledger) -> None:
    for path in (b"\xff\xfe.py", b"new\nline.py", "ä.py".encode(), b"'; DROP TABLE ledger"):
        document(ledger, "A", path)
        assert row(ledger, path).state == "fresh"
    assert [found.path for found in ledger.all()] == sorted(found.path for found in ledger.all())


def test_changes_come_in_the_order_in_which_they_happened(ledger: Ledger) -> None:
    for path in (b"c", b"a", b"b"):
        record(ledger, "A", path)
    since = ledger.last_change()
    assert ledger.changes(since) == []
    ledger.begin(b"b")
    record(ledger, "B", b"z")
    ledger.begin(b"a")
    assert [(found.path, found.state) for found in ledger.changes(since)] == [
        (b"b", "running"),
        (b"z", "queued"),
        (b"a", "running"),
    ]
    assert [found.path for found in ledger.changes(0)] == [b"c", b"b", b"z", b"a"]


def test_every_change_of_state_is_a_change(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_back(final: bool) -> None:
        ledger.give_back(ledger.last_change(), PATH, "A", Setback("no", "Wolves", final=final))

    def die() -> None:
        died(monkeypatch)
        ledger.begin(PATH)
        ledger.take_back_from_the_dead()

    steps: list[Callable[[], object]] = [
        *(
            lambda: record(ledger, "A"),
            lambda: ledger.begin(PATH),
            lambda: give_back(False),
            lambda: ledger.begin(PATH),
        ),
        *(lambda: give_back(True), ledger.retry, lambda: finish(ledger, ledger.begin(PATH).ticket, "A")),
        *(lambda: record(ledger, "B"), die, lambda: ledger.record(ledger.ticket(), "save", [Skipped(PATH, "x")])),
    ]
    seen = []
    for step in steps:
        since = ledger.last_change()
        step()
        (found,) = ledger.changes(since)
        seen.append(found.state)
    states = ["queued", "running", "queued", "running", "failed", "queued", "fresh", "queued", "queued", "skipped"]
    assert seen == states


def test_counts_are_of_this_tree_alone(ledger: Ledger) -> None:
    other = Ledger(ledger.store, "other")
    document(ledger, "A")
    record(ledger, "B", b"b")
    record(other, "C", b"c")
    ledger.begin(b"b")
    assert ledger.counts() == {"fresh": 1, "running": 1}
    assert (ledger.under_way(), other.under_way()) == (1, 1)
    assert deliver(ledger) == []
    ledger.forget()
    assert list(ledger.all()) == []
    assert deliver(other) == [b"c"]
    assert ledger.store.connection.execute("SELECT count(*) FROM documents").fetchone() == (1,), "documents stay"


def places(ledger: Ledger) -> set[bytes]:
    return {path for (path,) in ledger.store.connection.execute("SELECT path FROM places WHERE tree = ?", ("tree",))}


def called(ledger: Ledger, word: str) -> list[bytes]:
    """The paths that search finds by a word in them."""
    return [
        path
        for (path,) in ledger.store.connection.execute(
            "SELECT places.path FROM path_words JOIN places ON places.id = path_words.rowid WHERE path_words MATCH ?",
            (word,),
        )
    ]


def test_search_finds_the_paths_that_there_are_rows_for(ledger: Ledger) -> None:
    other = Ledger(ledger.store, "other")
    record(other, "A", b"src/apple.py")
    odd = b"caf\xe9/pear.py"
    for _ in range(2):  # the second time nothing is new
        ledger.record(ledger.ticket(), "scan", [owed("A", b"src/apple.py"), owed("B", odd), Skipped(b"pear.bin", "x")])
    ledger.begin(b"late.py")
    assert places(ledger) == {row.path for row in ledger.all()} == {b"src/apple.py", odd, b"pear.bin", b"late.py"}
    assert sorted(called(ledger, "pear")) == [odd, b"pear.bin"]
    ledger.record(ledger.ticket(), "save", [Gone(odd), Gone(b"never.py"), owed("C", b"src/plum.py")])
    assert (called(ledger, "pear"), called(ledger, "plum")) == ([b"pear.bin"], [b"src/plum.py"])
    assert places(ledger) == {row.path for row in ledger.all()}
    ledger.forget()
    assert places(ledger) == set()
    assert called(ledger, "src") == [b"src/apple.py"]  # that of the other tree
