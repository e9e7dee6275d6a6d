"""The errors of docwatch, sorted by what the caller should do.

DocwatchError
├── UserError           tell the user: exit code 1
│   └── ConfigError     wrong configuration or usage: exit code 2
├── TransientError      try again later: the machine, Redis or a model was in the way, not the file
│   ├── FlakyError      an answer came and was none: once more, then it is final
│   ├── ThrottledError  the documenter asks for a pause: everybody keeps it, and it counts as no try
│   ├── BlockedError    the documenter can do nothing until its user changes something: all of it waits, no try counts
│   └── HostError       this machine cannot store anything (disk full, read-only): its worker stops, no try counts
└── PermanentError      never again for this content: stored as failed with its reason

Every message is one line that ends with the next step. They are caught broadly in one place per process only:
the command line, the detached hook process, the job, the watcher's loop and the web page.
"""

from __future__ import annotations


class DocwatchError(Exception):
    """The root of all errors that docwatch raises on purpose."""


class UserError(DocwatchError):
    """Something only the user can put right; the message says how."""


class ConfigError(UserError):
    """A configuration file, environment variable or flag that cannot be used as it stands."""


class TransientError(DocwatchError):
    """Worth trying again later without any change by the user."""


class FlakyError(TransientError):
    """An answer that cannot be used: malformed, cut off, empty. The same question may get a better one."""


class ThrottledError(TransientError):
    """Too many requests, or too busy. Nobody asks again before `seconds` from now; None where nothing was said."""

    def __init__(self, message: str, seconds: float | None = None) -> None:
        self.seconds = seconds
        super().__init__(message)


class BlockedError(TransientError):
    """No login, no money, no program, no such model: it would fail for every file alike.

    `resumes_at` is when that ends by itself, in seconds since the epoch; None where only the user can end it.
    `of_tree`: for the files of one tree alone; what others have goes on.
    """

    def __init__(self, message: str, resumes_at: float | None = None, *, of_tree: bool = False) -> None:
        self.resumes_at, self.of_tree = resumes_at, of_tree
        super().__init__(message)


class HostError(TransientError):
    """This machine has no room, or may not write, where documents are stored."""


class PermanentError(DocwatchError):
    """The same content will fail the same way again."""
