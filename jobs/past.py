"""Documents of revisions: those in the store, and outlines of git's blobs made when they are asked for and kept.

What is documented is what would be, were it in the work tree today: scope decides, by today's rules.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Self

from docwatch import documents, revisions
from docwatch.blobs import Blobs
from docwatch.confined import TOO_LARGE
from docwatch.decision import Decision
from docwatch.document import Document, Source
from docwatch.documenters import OFFLINE, documenter
from docwatch.documenters.meaning import Version
from docwatch.entries import Memo
from docwatch.opened import OpenTree
from docwatch.revisions import Blob, Change

CHUNK = 64  # blobs that are read, outlined and stored together
NOT_HERE = "not in this clone"


class Past:
    """Blobs of one tree as versions of files. For one thread; close it, or use it in `with`."""

    def __init__(self, opened: OpenTree) -> None:
        self._opened = opened
        self._blobs = Blobs(opened.tree)
        self._how = documenter(OFFLINE)
        self._unkept: dict[tuple[str, str], Document] = {}
        self.made = 0  # outlines that were made for this

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._blobs.close()

    def outline(self, blobs: Collection[Blob], progress: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        """See to it that each of these has a document, if it is to have one.

        A content that has one for another language than it is taken for here is left to `version`.
        """
        left = [blob for blob in blobs if not self._is_outlined(blob)]
        self._outline(left, lambda done, of: progress(len(blobs) - of + done, len(blobs)))

    def _is_outlined(self, blob: Blob) -> bool:
        """Whether its content has today's outline; nothing is read for it."""
        found = documents.kinds(self._opened.store.connection, blob.oid)
        return any(how == self._how.fingerprint(language) for how, language in found)

    def _outline(self, blobs: Collection[Blob], progress: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        from docwatch.documenters.apart import Apart  # starts processes only for what is asked of it

        rest, done = iter(blobs), 0
        with Apart(len(blobs)) as apart:
            while chunk := list(itertools.islice(rest, CHUNK)):
                missing = dict(self._missing(chunk))
                made = list(zip(missing, apart.outlines(list(missing.values())), strict=True))
                if made:
                    self._keep(made)
                done += len(chunk)
                progress(done, len(blobs))

    def version(self, blob: Blob) -> Version | Decision:
        """A file as it was, or why it has no document."""
        decision, content = self._read(blob)
        if not decision.admitted:
            return decision
        key = (blob.oid, self._how.fingerprint(decision.language or ""))
        document = self._found(key)
        if document is None:
            self._outline([blob])
            document = self._found(key)
        return Decision(blob.path, False, NOT_HERE) if document is None else Version(blob.path, content, document)

    def _found(self, key: tuple[str, str]) -> Document | None:
        return documents.stored(self._opened.store.connection, *key) or self._unkept.get(key)

    def against_tree(self, commit: str, paths: Collection[bytes] = ()) -> list[Change]:
        """How the work tree differs from a commit: what docwatch documents there. A rename is one of the same bytes."""
        then = revisions.files(self._opened.tree.root, commit, paths)
        now = {blob.path: blob for blob in self._tree_files(paths)}
        changed = [
            Change(then.get(path), blob) for path, blob in now.items() if path not in then or then[path].oid != blob.oid
        ]
        gone = [blob for path, blob in then.items() if path not in now and self._opened.scope.lstat(path) is None]
        return _with_renames(changed, gone)

    def _tree_files(self, paths: Collection[bytes]) -> Iterator[Blob]:
        """Each admitted file; one is read only if the ledger does not know what is in it."""
        rows = {row.path: row for row in self._opened.ledger.all()}
        for decision, found in self._opened.scope.walk():
            path = decision.path
            if not decision.admitted or found is None or not is_among(path, paths):
                continue
            row = rows.get(path)
            memo = Memo(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
            if row is not None and row.settled and row.memo == memo and row.wanted is not None:
                yield Blob(path, row.wanted, bool(found.st_mode & 0o100))
                continue
            reading = self._opened.scope.read(path)
            if reading.decision.admitted and reading.oid is not None:
                yield Blob(path, reading.oid, bool(found.st_mode & 0o100))

    def _missing(self, blobs: Iterable[Blob]) -> Iterator[tuple[Blob, Source]]:
        asked: set[tuple[str, str]] = set()
        for blob in blobs:
            decision, content = self._read(blob)
            if not decision.admitted:
                continue
            language = decision.language or ""
            key = (blob.oid, self._how.fingerprint(language))
            if key not in asked and documents.document_id(self._opened.store.connection, *key) is None:
                asked.add(key)
                yield blob, Source(blob.path, language, content)

    def _keep(self, made: list[tuple[Blob, tuple[Document, bool]]]) -> None:
        self.made += len(made)
        kept = []
        for blob, (document, is_whole) in made:
            how = self._how.fingerprint(document.language)
            if is_whole:
                kept.append((blob.oid, how, documents.encoded(document)))
            else:
                self._unkept[blob.oid, how] = document  # another time the machine may have more memory
        with self._opened.store.writing() as connection:
            for oid, how, encoded in kept:
                documents.insert(connection, oid, how, encoded)

    def _read(self, blob: Blob) -> tuple[Decision, bytes]:
        """Git's bytes, or those of the disk where git does not know these; no filter has run over either."""
        size = self._blobs.size(blob.oid)
        if size is not None and size > self._opened.config.max_file_bytes:
            return Decision(blob.path, False, TOO_LARGE), b""
        if size is not None and (content := self._blobs.read(blob.oid)) is not None:
            return self._opened.scope.past(blob.path, content, is_executable=blob.is_executable), content
        reading = self._opened.scope.read(blob.path)
        if reading.decision.admitted and reading.oid == blob.oid:
            return reading.decision, reading.content
        return Decision(blob.path, False, NOT_HERE), b""


def is_among(path: bytes, paths: Collection[bytes]) -> bool:
    """Whether a path is one of these or below one; with none given all are."""
    return not paths or any(not one or path == one or path.startswith(one + b"/") for one in paths)


def _with_renames(changed: list[Change], gone: list[Blob]) -> list[Change]:
    """A file that came with the bytes of one that went is that one, where it is plain which is which."""
    came = Counter(change.after.oid for change in changed if change.before is None and change.after is not None)
    went = Counter(blob.oid for blob in gone)
    left = {blob.oid: blob for blob in gone if came[blob.oid] == went[blob.oid] == 1}
    joined = [
        change._replace(before=left.get(change.after.oid)) if change.before is None and change.after else change
        for change in changed
    ]
    return [*joined, *(Change(blob, None) for blob in gone if blob.oid not in left)]
