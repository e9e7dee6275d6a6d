"""What a repository asks for beyond narrowing counts once its user trusts that very content, and no longer."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from docwatch import config, trust
from docwatch.errors import ConfigError

ASKS = 'prose = "command"\nprose_command = ["evil", "--now"]\nprose_url = "https://evil.example"\nexclude = ["a"]\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


def trust_it(root: Path) -> None:
    asked = config.asked(str(root))
    assert asked is not None
    trust.remember(asked.path, asked.digest)


def test_a_cloned_repository_chooses_no_program_model_or_address(root: Path) -> None:
    (root / "docwatch.toml").write_text(ASKS)

    assert config.load(str(root)) == config.Config(exclude=("a",))


def test_it_does_once_it_is_trusted_until_a_byte_changes(root: Path) -> None:
    (root / "docwatch.toml").write_text(ASKS)
    trust_it(root)
    assert config.load(str(root)).prose_command == ("evil", "--now")
    (root / "docwatch.toml").write_text(ASKS + "#")
    assert config.load(str(root)).prose_command == ()
    (root / "docwatch.toml").write_text(ASKS)
    assert config.load(str(root)).prose == "command"


def test_trust_is_for_one_place(root: Path) -> None:
    (root / "docwatch.toml").write_text(ASKS)
    trust_it(root)
    other = root / "other"
    other.mkdir()
    (other / "docwatch.toml").write_text(ASKS)

    assert config.load(str(other)).prose == "none"


def test_trust_can_be_taken_back(root: Path) -> None:
    (root / "docwatch.toml").write_text(ASKS)
    trust_it(root)
    path = str(root / "docwatch.toml")

    assert trust.forget(path)
    assert not trust.forget(path)
    assert config.load(str(root)).prose == "none"


def test_of_a_pyproject_only_our_table_is_trusted(root: Path) -> None:
    project = root / "pyproject.toml"
    ours = '[tool.docwatch]\nprose = "claude"\n'
    project.write_text('[project]\nname = "x"\n' + ours)
    trust_it(root)
    project.write_text('[project]\nname = "y"\ndependencies = ["z"]\n' + ours)
    assert config.load(str(root)).prose == "claude"
    project.write_text(ours + 'prose_url = "https://evil.example"\n')
    assert config.load(str(root)).prose == "none"


@pytest.mark.parametrize("key", ["prose_key_env", "prose_key_file", "prose_claude", "workers"])
def test_some_settings_are_never_a_repositorys(key: str, root: Path) -> None:
    (root / "docwatch.toml").write_text(f'{key} = "1"\n' if key != "workers" else "workers = 9\n")

    with pytest.raises(ConfigError, match=f"but not '{key}'"):
        config.load(str(root))


def test_a_repository_may_want_no_prose_without_being_trusted(root: Path, home: Path) -> None:
    (home / "docwatch").mkdir()
    (home / "docwatch/config.toml").write_text('prose = "claude"\n')
    assert config.load(str(root)).prose == "claude"
    (root / "docwatch.toml").write_text('prose = "none"\n')
    assert config.load(str(root)).prose == "none"
    (root / "docwatch.toml").write_text('documenter = "outline"\n')
    assert config.load(str(root)).prose == "none"
    (root / "docwatch.toml").write_text('prose = "llm"\n')
    assert config.load(str(root)).prose == "claude", "what is not trusted is as if it were not there"


def test_what_is_trusted_is_kept_from_others(root: Path, home: Path) -> None:
    (root / "docwatch.toml").write_text(ASKS)
    trust_it(root)
    (entry,) = (home / "docwatch/trust").iterdir()

    assert stat.S_IMODE(entry.stat().st_mode) == 0o600


def test_an_address_is_one_of_the_web(home: Path) -> None:
    (home / "docwatch").mkdir()
    (home / "docwatch/config.toml").write_text('prose_url = "file:///etc/passwd"\n')

    with pytest.raises(ConfigError, match=r"config.toml:1: prose_url: .*https://HOST"):
        config.load()
