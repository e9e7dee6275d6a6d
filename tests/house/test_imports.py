"""Folders point one way, and each outside thing has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
BELOW = {
    "core": set(),
    "documenters": {"core"},
    "jobs": {"core", "documenters"},
    "watcher": {"core", "documenters", "jobs"},
    "hooks": {"core", "documenters", "jobs"},
    "frontends": {"core", "documenters", "jobs", "watcher", "hooks"},
}
DOORS = {
    "rq": "jobs",
    "redis": "jobs",
    "watchdog": "watcher",
    "sqlite3": "core",
    "rich": "frontends",
    "click": "frontends",
    "starlette": "frontends",
    "uvicorn": "frontends",
    "jinja2": "frontends",
}
MODULES = sorted(path for folder in BELOW for path in (HOUSE / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module that is imported anywhere in the file, late imports too, by its full name."""
    package = ["docwatch", *path.relative_to(HOUSE).parts[:-1]]
    if package[1] == "core":
        del package[1]
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def folder_of(module: str) -> str | None:
    """The folder of the house a module is in; None for a module of somebody else."""
    top, _, rest = module.partition(".")
    if top != "docwatch":
        return None
    room = rest.partition(".")[0]
    return room if room in BELOW else "core"


def breaches(path: Path) -> Iterator[str]:
    home = path.relative_to(HOUSE).parts[0]
    # The entry point is on the ground floor by its name alone: it hands over to the command line.
    allowed = BELOW["frontends"] | {"frontends"} if path.name == "__main__.py" else BELOW[home] | {home}
    for module in imports(path):
        top = module.partition(".")[0]
        if top in BELOW:
            yield f"{module}: import it as docwatch.{top}"
        elif (folder := folder_of(module)) and folder not in allowed:
            yield f"{module}: {home} is below {folder}"
        elif DOORS.get(top, home) != home:
            yield f"{module}: only {DOORS[top]}/ uses it"


def reads_environment(path: Path) -> bool:
    """Whether the code names `os.environ` or one of its kin; a name in a comment or text does not count."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv"}
    nodes = ast.walk(ast.parse(path.read_bytes()))
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names)
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names})
        for node in nodes
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_point_one_way_and_outside_things_have_one_door(path: Path) -> None:
    assert list(breaches(path)) == []


def test_only_the_configuration_reads_the_environment() -> None:
    readers = {str(path.relative_to(HOUSE)) for path in MODULES if reads_environment(path)}
    assert readers == {"core/config.py"}


@pytest.mark.parametrize(
    ("line", "where", "told"),
    [
        ("import jobs", "watcher", "import it as docwatch.jobs"),
        ("from hooks.install import x", "hooks", "import it as docwatch.hooks"),
        ("def f():\n    from docwatch import jobs", "core", "core is below jobs"),
        ("from ..jobs import submit", "documenters", "documenters is below jobs"),
        ("import docwatch.hooks.spool", "watcher", "watcher is below hooks"),
        ("from redis import Redis", "hooks", "only jobs/ uses it"),
    ],
)
def test_the_guard_sees(line: str, where: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of breach is found where it is made."""
    monkeypatch.setattr(f"{__name__}.HOUSE", tmp_path)
    (tmp_path / where).mkdir()
    (tmp_path / where / "module.py").write_text(line)
    (breach,) = breaches(tmp_path / where / "module.py")
    assert breach.endswith(told)
