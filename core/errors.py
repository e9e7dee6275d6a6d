"""The errors of docwatch, sorted by what the caller should do.

DocwatchError
├── UserError           tell the user: exit code 1
│   └── ConfigError     wrong configuration or usage: exit code 2
├── TransientError      try again later: the machine, Redis or a model was in the way, not the file
└── PermanentError      never again for this content: stored as failed with its reason

Every message is one line that ends with the next step. They are caught broadly in one place per process only:
the command line, the detached hook process, the job and the watcher's loop.
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


class PermanentError(DocwatchError):
    """The same content will fail the same way again."""
