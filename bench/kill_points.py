"""Where in its code a docwatch process is killed: named points, armed one at a time by bench/kill_campaign.py.

`install` makes a Python environment with the same packages in which every process of docwatch, started however, looks
at these points: at an armed one it disarms it and kills itself with SIGKILL.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import venv
from pathlib import Path

POINTS = {
    "submitted, nothing written": "docwatch.ledger Ledger.record before",
    "written, not handed over": "docwatch.ledger Ledger.record after",
    "the ledger names a job, Redis does not": "docwatch.jobs.courier _enqueue before",
    "handed over": "docwatch.jobs.courier _enqueue after",
    "taken from the queue": "docwatch.jobs.worker DocumentWorker.execute_job before",
    "begun in the ledger": "docwatch.jobs.batch Batch._begin after",
    "read": "docwatch.jobs.batch Batch._read after",
    "claimed": "docwatch.jobs.batch Batch._claim after",
    "documented, not stored": "docwatch.jobs.batch Batch._document after",
    "within the transaction, document written": "docwatch.documents insert after",
    "within the transaction, row written": "docwatch.ledger Ledger.finish after",
    "stored, RQ knows nothing of it": "docwatch.jobs.batch Batch._store after",
    "told to RQ": "docwatch.jobs.worker DocumentWorker.execute_job after",
    "the dead looked for": "docwatch.ledger Ledger.take_back_from_the_dead before",
    "the dead's files owed again": "docwatch.ledger Ledger.take_back_from_the_dead after",
    "the scheduler about to run": "docwatch.jobs.pool Pool._schedule before",
    "a worker about to be forked": "docwatch.jobs.pool Pool._fork before",
}

# These are come to only when somebody else has died.
AFTER_A_DEATH = {"the dead's files owed again", "a worker about to be forked"}

SITECUSTOMIZE = '''
import functools, importlib.abc, os, signal, sys

PLACE, POINTS = {place!r}, {points!r}


def wrapped(function, when, path):
    @functools.wraps(function)
    def call(*arguments, **options):
        if when == "before":
            die_if_armed(path)
        result = function(*arguments, **options)
        if when == "after":
            die_if_armed(path)
        return result
    return call


def die_if_armed(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Finder(importlib.abc.MetaPathFinder):
    """Lets the others find a module of docwatch, and wraps its functions once it has been executed."""

    def find_spec(self, name, path=None, target=None):
        wanted = [point for point in POINTS if point.startswith(name + " ")]
        if not wanted:
            return None
        others = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((found for found in others if found is not None), None)
        if spec is not None:
            execute = spec.loader.exec_module
            def exec_module(module):
                execute(module)
                for point in wanted:
                    wrap(module, point)
            spec.loader.exec_module = exec_module
        return spec


def wrap(module, point):
    _, names, when = point.split()
    *outer, last = names.split(".")
    holder = functools.reduce(getattr, outer, module)
    path = os.path.join(PLACE, str(POINTS.index(point)))
    setattr(holder, last, wrapped(getattr(holder, last), when, path))


sys.meta_path.insert(0, Finder())
'''


def install(folder: Path) -> str:
    """Make the environment in `folder`; its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = str(folder / "bin" / "python")
    (place := folder / "points").mkdir()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "same.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    code = SITECUSTOMIZE.replace("{place!r}", repr(str(place))).replace("{points!r}", repr(list(POINTS.values())))
    (packages / "sitecustomize.py").write_text(code)
    return python


def arm(folder: Path, name: str) -> Path:
    """The next process that comes to the point dies there; the file that is returned is gone once one has."""
    path = folder / "points" / str(list(POINTS).index(name))
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    return path
