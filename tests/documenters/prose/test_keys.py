"""Where API keys come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from docwatch.config import Config
from docwatch.documenters.prose.keys import api_key
from docwatch.errors import BlockedError


def test_a_key_comes_from_the_environment_or_a_file_of_the_users_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api_key(Config()) is None
    named = Config(prose_key_env="SOME_KEY")
    with pytest.raises(BlockedError, match="SOME_KEY is not set"):
        api_key(named)
    monkeypatch.setenv("SOME_KEY", " k1 ")
    assert api_key(named) == "k1"
    filed = Config(prose_key_file="~/key")
    with pytest.raises(BlockedError, match="write the key into it"):
        api_key(filed)
    (home / "key").write_text("k2\n")
    (home / "key").chmod(0o640)
    with pytest.raises(BlockedError, match="chmod 600"):
        api_key(filed)
    (home / "key").chmod(0o600)
    assert api_key(filed) == "k2"
