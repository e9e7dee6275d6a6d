"""The answer of a scan that finds nothing to do, from what the last one left, before a tree is opened for more."""

from __future__ import annotations

import contextlib
from collections import Counter

from docwatch import config, git
from docwatch.tree import Tree
from docwatch.watcher import snapshot
from docwatch.watcher.findings import Scanned, Survey


def standing(tree: Tree) -> Scanned | None:
    """What a scan of the tree comes to where nothing at all has changed since the last; None where it takes a look."""
    if not snapshot.is_possible(tree):
        return None
    # As in `snapshot.doubts`, what cannot be read or asked says nothing.
    with contextlib.suppress(FileNotFoundError, ValueError, LookupError, TypeError, git.GitError):
        file = snapshot.file(tree)
        note = file.note()
        with git.differing_paths(tree.root, file.path) as differing:
            # What else there is to look at, and to import for it, is while git looks at the files.
            found = _unless_changed(tree, snapshot.decoded(note))
            if found is not None and not differing():
                return found.scanned()
    return None


def _unless_changed(tree: Tree, past: snapshot.Snapshot) -> Survey | None:
    from docwatch.confined import Root
    from docwatch.ledger_glance import changed_paths, last_change, rows
    from docwatch.store import Store

    tally = Counter({(state, reason): count for state, reason, count in past.tally})
    # There is something to say about what is owed; and of another index, git is asked what it tracks.
    if tally.keys() & {("queued", ""), ("running", "")} or past.index != snapshot.index_signature(tree):
        return None
    survey = Survey()
    with Store(tree.store_path) as store, Root(tree.root) as root:
        is_same = (
            past.basis == snapshot.basis(config.load(tree.root), store)
            and past.clock <= last_change(store.connection)
            and not changed_paths(store.connection, tree.id, past.clock)
            and rows(store.connection, tree.id) == tally.total()
            and snapshot.rules_hold(past, root.lstat)
            and all(snapshot.holds(folder, kept, root.lstat) for folder, kept in past.folders.items())
            and survey.add_kept(past.folders.values(), past.elsewhere, tally)
        )
    return survey if is_same else None
