"""Configuration: four layers, a repository that may only narrow, and errors that say where and what next."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from docwatch import config
from docwatch.config import Config
from docwatch.errors import ConfigError, UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


@pytest.fixture
def user_file(home: Path) -> Path:
    folder = home / "docwatch"
    folder.mkdir()
    return folder / "config.toml"


def refused(root: Path | None) -> str:
    """The one line that loading ends with."""
    with pytest.raises(ConfigError) as caught:
        config.load(None if root is None else str(root))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_any_file_every_default_holds(root: Path) -> None:
    assert config.load(str(root)) == Config()


def test_each_layer_stands_above_the_one_before(root: Path, user_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user_file.write_text("max_file_bytes = 900\nworkers = 3\n")
    assert config.load().max_file_bytes == 900
    (root / "docwatch.toml").write_text("max_file_bytes = 800\n")
    assert config.load(str(root)).max_file_bytes == 800
    monkeypatch.setenv("DOCWATCH_MAX_FILE_BYTES", "1700")
    assert config.load(str(root)).max_file_bytes == 1700
    assert config.load(str(root), max_file_bytes=5).max_file_bytes == 5
    assert config.load(str(root), max_file_bytes=None).max_file_bytes == 1700, "a flag that is not given counts as none"
    assert config.load(str(root)).workers == 3


def test_the_environment_gives_numbers_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_EXCLUDE", "*.gen.py, vendor/ ,")
    monkeypatch.setenv("DOCWATCH_RETRY_INTERVALS", "1,2")
    monkeypatch.setenv("DOCWATCH_REDIS_URL", "unix:///a")
    assert config.load() == Config(exclude=("*.gen.py", "vendor/"), retry_intervals=(1, 2), redis_url="unix:///a")


@pytest.mark.parametrize("name", ["DOCWATCH_WORKER", "DOCWATCH_EXCLUDES", "DOCWATCH_REDISURL"])
def test_a_misspelt_variable_is_an_error_that_names_the_nearest(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "4")
    message = refused(None)
    nearest = {"W": "DOCWATCH_WORKERS", "E": "DOCWATCH_EXCLUDE", "R": "DOCWATCH_REDIS_URL"}[name.split("_")[1][0]]
    assert name in message
    assert message.endswith(f"did you mean '{nearest}'?")


def test_variables_of_other_programs_and_switches_are_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCWATCH_CLOUD_API_TOKEN", "DOCWATCHER", "DOCWATCH_SKIP", "DOCWATCH_DEBUG", "OTHER_WORKERS"):
        monkeypatch.setenv(name, "zzz")
    assert config.load() == Config()


def test_an_unknown_key_is_an_error_at_its_line_in_each_kind_of_file(root: Path, user_file: Path) -> None:
    own, project = root / "docwatch.toml", root / "pyproject.toml"
    project.write_text('[project]\nname = "x"\n[tool.docwatch]\n\nmax_file_byte = 3\n')
    assert refused(root) == f"{project}:5: unknown key 'max_file_byte'; did you mean 'max_file_bytes'?"
    own.write_text("# ours\nexcluded = []\n")
    assert refused(root) == f"{own}:2: unknown key 'excluded'; did you mean 'exclude'?"
    user_file.write_text('\n\n"work ers" = 3\n')
    assert refused(root) == f"{user_file}:3: unknown key 'work ers'; did you mean 'workers'?"


def test_the_line_is_that_of_our_table_and_not_of_another_with_the_same_key(root: Path) -> None:
    (root / "pyproject.toml").write_text('[tool.ruff]\nexclude = ["a"]\n[tool.docwatch]\nexclude = 3\n')
    assert "pyproject.toml:4: exclude: " in refused(root)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("workers = 'two'", 1),
        ("\nworkers = true", 2),
        ("workers = 2.5", 1),
        ("exclude = 'a'", 1),
        ("exclude = [1]", 1),
        ("[redis_url]\na = 1", 1),
        ("redis_url.a = 1", 1),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_at_its_line(text: str, line: int, user_file: Path) -> None:
    user_file.write_text(text)
    assert refused(None).startswith(f"{user_file}:{line}: ")


@pytest.mark.parametrize(
    "text",
    [
        *("max_file_bytes = 0", "quiet_ms = -1", "max_wait_ms = 0", "reconcile_minutes = 0", "workers = 0"),
        *("job_timeout_seconds = 0", "retry_intervals = [10, -1]"),
    ],
)
def test_a_number_out_of_range_is_an_error_at_its_line(text: str, user_file: Path) -> None:
    user_file.write_text("# one\n" + text)
    assert refused(None).startswith(f"{user_file}:2: {text.split()[0]}: must be at least ")


def test_the_smallest_values_are_taken(user_file: Path) -> None:
    user_file.write_text("quiet_ms = 0\nworkers = 1\nretry_intervals = [0]\n")
    assert config.load() == Config(quiet_ms=0, workers=1, retry_intervals=(0,))


def test_a_variable_of_the_wrong_type_or_range_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCWATCH_WORKERS", "many")
    assert refused(None).startswith("environment, DOCWATCH_WORKERS: ")
    monkeypatch.setenv("DOCWATCH_WORKERS", "0")
    assert refused(None).startswith("environment, DOCWATCH_WORKERS: ")


# What a repository may say.


def test_a_repository_excludes_more_and_never_less(root: Path, user_file: Path) -> None:
    user_file.write_text('exclude = ["private/", "*.gen.py"]\n')
    (root / "docwatch.toml").write_text('exclude = ["vendor/", "private/", "!private/"]\n')
    exclude = config.load(str(root)).exclude
    assert set(exclude) == {"private/", "*.gen.py", "vendor/", "!private/"}
    # The last pattern that matches decides, so nothing of theirs may follow what the user excludes.
    assert exclude[-2:] == ("private/", "*.gen.py")


@pytest.mark.parametrize(("theirs", "result"), [(50, 50), (200, 100)])
def test_a_repository_sets_a_smaller_limit_and_never_a_larger(
    theirs: int, result: int, root: Path, user_file: Path
) -> None:
    user_file.write_text("max_file_bytes = 100\n")
    (root / "docwatch.toml").write_text(f"max_file_bytes = {theirs}\n")
    assert config.load(str(root)).max_file_bytes == result


def test_a_repository_chooses_the_offline_outline(root: Path, user_file: Path) -> None:
    user_file.write_text("documenter = 'claude'\n")
    (root / "pyproject.toml").write_text("[tool.docwatch]\ndocumenter = 'outline'\n")
    assert config.load(str(root)).documenter == "outline"


@pytest.mark.parametrize(
    "text",
    ["documenter = 'claude'", "redis_url = 'redis://evil'", "workers = 1", "quiet_ms = 1", "workers = 0x" + "f" * 9999],
)
@pytest.mark.parametrize("name", ["docwatch.toml", "pyproject.toml"])
def test_anything_else_is_refused_and_the_users_file_named(text: str, name: str, root: Path, user_file: Path) -> None:
    header = "" if name == "docwatch.toml" else "[tool.docwatch]\n"
    (root / name).write_text(f"{header}\n{text}\n")
    message = refused(root)
    assert message.startswith(f"{root / name}:{3 if header else 2}: ")
    assert message.endswith(f"'{text.split()[0]}'; put it into {user_file}")


def test_its_own_file_stands_alone_beside_a_pyproject(root: Path) -> None:
    (root / "docwatch.toml").write_text("max_file_bytes = 7\n")
    (root / "pyproject.toml").write_text("[tool.docwatch]\nmax_file_bytes = 3\n")
    assert config.load(str(root)).max_file_bytes == 7


@pytest.mark.parametrize("header", ["[tool.docwatch]", "[ tool . docwatch ]", '[tool."docwatch"]', "tool.docwatch ="])
def test_a_pyproject_is_understood_however_its_table_is_written(header: str, root: Path) -> None:
    text = f"{header} {{max_file_bytes = 3}}" if header.endswith("=") else f"{header}\nmax_file_bytes = 3\n"
    (root / "pyproject.toml").write_text(text)
    assert config.load(str(root)).max_file_bytes == 3


def test_a_table_that_is_none_says_how_to_write_it(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool]\ndocwatch = 3\n")
    assert refused(root).endswith("is not a table; write [tool.docwatch]")


@pytest.mark.parametrize("content", [b"[broken", b"\xff\xfe", b"[tool.other]\nx = 1\n", b"x" * (1 << 21)])
def test_an_odd_pyproject_that_does_not_speak_of_us_is_let_be(content: bytes, root: Path) -> None:
    (root / "pyproject.toml").write_bytes(content)
    assert config.load(str(root)) == Config()


# Files that cannot be used.


@pytest.mark.parametrize(
    ("content", "next_step"),
    [
        (b"exclude = [", "put the TOML right"),
        (b"a = " + b"[" * 100_000, "put the TOML right"),
        (b"workers = " + b"9" * 5_000, "put the TOML right"),
        (b'exclude = ["\xff"]', "save it as UTF-8"),
        (b"#" * (config.LARGEST_CONFIG_BYTES + 1), "shorten it"),
        (b'"a\\nb" = 1', "?"),
    ],
    ids=["invalid", "deep", "long number", "not UTF-8", "huge", "line break in a key"],
)
def test_a_file_that_cannot_be_read_as_toml_ends_in_one_line(content: bytes, next_step: str, root: Path) -> None:
    (root / "docwatch.toml").write_bytes(content)
    message = refused(root)
    assert message.startswith(str(root / "docwatch.toml"))
    assert message.endswith(next_step)


def test_a_byte_order_mark_is_no_error(root: Path) -> None:
    (root / "docwatch.toml").write_bytes(b"\xef\xbb\xbfmax_file_bytes = 3\n")
    assert config.load(str(root)).max_file_bytes == 3


def test_a_repositorys_link_is_refused_wherever_it_leads(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("max_file_bytes = 3\n")
    (root / "docwatch.toml").symlink_to(tmp_path / "secret")
    assert refused(root) == f"{root / 'docwatch.toml'}: is a symbolic link; make it a readable file or remove it"


def test_the_users_own_file_may_be_a_link(user_file: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfile").write_text("workers = 7\n")
    user_file.symlink_to(tmp_path / "dotfile")
    assert config.load().workers == 7


def test_what_is_no_regular_file_is_refused_without_waiting(root: Path) -> None:
    os.mkfifo(root / "docwatch.toml")
    assert "not a regular file" in refused(root)
    (root / "docwatch.toml").unlink()
    (root / "docwatch.toml").mkdir()
    assert "not a regular file" in refused(root)


def test_no_descriptor_is_left_open_by_what_is_refused(root: Path) -> None:
    (root / "docwatch.toml").mkdir()
    refused(root)
    free = os.dup(0)
    os.close(free)
    refused(root)
    again = os.dup(0)
    os.close(again)
    assert again == free


# Folders and the environment of children.


def test_the_state_folder_is_made_private(home: Path) -> None:
    folder = config.state_folder()
    assert folder == str(home / "docwatch")
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700


def test_a_state_folder_that_others_can_read_is_made_private(home: Path) -> None:
    (home / "docwatch").mkdir(mode=0o755)
    os.chmod(home / "docwatch", 0o755)
    assert stat.S_IMODE(os.stat(config.state_folder()).st_mode) == 0o700


def test_a_state_folder_of_somebody_else_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "docwatch").mkdir()
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(UserError, match="is not a folder of yours; set DOCWATCH_HOME"):
        config.state_folder()


def test_a_state_folder_that_is_a_link_is_refused(home: Path, tmp_path: Path) -> None:
    (home / "docwatch").symlink_to(tmp_path)
    with pytest.raises(UserError, match="is not a folder of yours; set DOCWATCH_HOME"):
        config.state_folder()


def test_a_state_folder_that_cannot_be_made_says_what_to_set(home: Path) -> None:
    (home / "docwatch").write_text("a file")
    with pytest.raises(UserError, match="set DOCWATCH_HOME"):
        config.state_folder()


def test_children_get_nothing_that_steers_git_or_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "PYTHONPATH", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("KEPT", "yes")
    environment = config.child_environment(GIT_OPTIONAL_LOCKS="0")
    assert {name for name in environment if name.startswith(("GIT_", "PYTHON"))} == {"GIT_OPTIONAL_LOCKS"}
    assert environment["KEPT"] == "yes"


def test_files_names_every_file_that_is_read(root: Path, user_file: Path) -> None:
    assert config.files(str(root)) == (str(user_file), str(root / "docwatch.toml"), str(root / "pyproject.toml"))
    assert config.files(None) == (str(user_file),)
