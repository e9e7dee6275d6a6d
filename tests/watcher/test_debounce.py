from __future__ import annotations

import pytest

from docwatch.watcher.debounce import Batch, Debounce


@pytest.fixture
def debounce() -> Debounce:
    return Debounce(quiet_seconds=0.5, max_wait_seconds=3.0)


def test_nothing_is_due_before_anything_changed(debounce: Debounce) -> None:
    assert debounce.due_at() is None
    assert debounce.take(1000.0) is None


def test_a_batch_closes_after_the_quiet_time(debounce: Debounce) -> None:
    debounce.add(b"a", 10.0)
    assert debounce.due_at() == 10.5
    assert debounce.take(10.49) is None
    assert debounce.take(10.5) == Batch(frozenset({b"a"}))


def test_each_change_keeps_the_batch_open_but_not_beyond_the_longest_wait(debounce: Debounce) -> None:
    for tenths in range(40):
        now = 10.0 + tenths / 10
        debounce.add(b"log", now)
        assert debounce.due_at() == min(now + 0.5, 13.0)
    assert debounce.take(12.99) is None
    assert debounce.take(13.0) == Batch(frozenset({b"log"}))


def test_taking_a_batch_leaves_none_open_and_the_next_change_opens_a_new_one(debounce: Debounce) -> None:
    debounce.add(b"a", 10.0)
    debounce.take(10.5)
    assert debounce.due_at() is None
    debounce.add(b"b", 20.0)
    assert debounce.due_at() == 20.5
    assert debounce.take(20.5) == Batch(frozenset({b"b"}))


def test_many_events_for_one_file_are_one_path(debounce: Debounce) -> None:
    for _ in range(1000):
        debounce.add(b"a", 10.0)
    batch = debounce.take(11.0)
    assert batch is not None
    assert batch.paths == {b"a"}


def test_lost_events_make_a_batch_of_their_own_with_the_first_reason(debounce: Debounce) -> None:
    debounce.lost(10.0, "overflow")
    debounce.lost(10.1, "something else")
    assert debounce.due_at() == 10.6
    assert debounce.take(10.6) == Batch(lost=True, reason="overflow")


def test_a_lost_batch_keeps_the_paths_that_were_seen_and_the_next_batch_is_sound_again(debounce: Debounce) -> None:
    debounce.add(b"a", 10.0)
    debounce.lost(10.0)
    batch = debounce.take(11.0)
    assert batch is not None
    assert batch.lost
    assert batch.reason
    assert batch.paths == {b"a"}
    debounce.add(b"b", 20.0)
    assert debounce.take(21.0) == Batch(frozenset({b"b"}))


def test_of_nested_folders_only_the_topmost_stay(debounce: Debounce) -> None:
    for folder in (b"a/b/c", b"a-b", b"a/b", b"a", b"a/z", b"ab/c", b"x/y"):
        debounce.add_folder(folder, 10.0)
    assert debounce.take(11.0) == Batch(folders=frozenset({b"a", b"a-b", b"ab/c", b"x/y"}))


def test_too_many_names_become_a_lost_batch_without_any() -> None:
    debounce = Debounce(quiet_seconds=0.5, max_wait_seconds=3.0, max_names=100)
    for number in range(100):
        debounce.add(b"%d" % number, 10.0)
    debounce.add(b"0", 10.0)
    whole = Debounce(quiet_seconds=0.5, max_wait_seconds=3.0, max_names=100)
    for number in range(101):
        whole.add(b"%d" % number, 10.0)
    within, above = debounce.take(11.0), whole.take(11.0)
    assert within is not None
    assert (len(within.paths), within.lost) == (100, False)
    assert above == Batch(lost=True, reason="more than 100 files changed at once")


def test_memory_stays_bounded_in_an_endless_storm() -> None:
    debounce = Debounce(quiet_seconds=0.5, max_wait_seconds=3.0, max_names=100)
    most = 0
    for number in range(1000):
        debounce.add(b"%d" % number, 10.0)
        debounce.add_folder(b"d%d" % number, 10.0)
        most = max(most, len(debounce._open.paths) + len(debounce._open.folders) if debounce._open else 0)
    assert most <= 100
