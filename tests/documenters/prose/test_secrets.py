"""Secrets in a file do not leave the machine, and what is no secret does."""

from __future__ import annotations

import glob
import os
import random
import time

import pytest

from docwatch.documenters.prose.secrets import MASK, mask

from .conftest import Scripted, request, written
from .planted import planted

KINDS = list(planted(0))
SEEDS = range(10)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_masked_whatever_is_around_it(kind: str) -> None:
    for seed in SEEDS:
        line, secret = planted(seed)[kind]
        text = f"# Größe\ndef f():\n    pass\n{line}\nrest = 1\n"
        masked = mask(text)
        assert secret not in masked.text
        assert masked.count >= 1
        assert masked.text.startswith("# Größe\ndef f():\n    pass\n")
        assert masked.text.endswith("\nrest = 1\n")
        assert masked.text.count("\n") == text.count("\n")


def test_nothing_planted_leaves_in_any_part_of_a_question(scripted: Scripted) -> None:
    """Not in the source, the signatures, the names, or what was written before."""
    assert len(KINDS) >= 27
    for seed in SEEDS:
        lines = planted(seed)
        source = "import os\n\n" + "\n\n".join(
            f"CONSTANT_{number} = None\n{line.strip()}\ndef f{number}(a='{secret}'):\n    '''Uses {secret}.'''"
            for number, (line, secret) in enumerate(lines.values())
        )
        done = written(request(source), scripted)
        again = request(source.replace("def f3(", "def f3(b, "), earlier=done.record)
        assert done.record.prose.overview
        done.record.prose.symbols["f1"] = f"It is {lines['github'][1]}."
        written(again, scripted)
        assert done.masked >= 27
    assert len(scripted.seen) >= 20
    for seed in SEEDS:
        assert [secret for _, secret in planted(seed).values() if secret in scripted.sent] == []


def test_a_name_that_is_a_secret_is_not_asked_about(scripted: Scripted) -> None:
    secret = planted(3)["github"][1]
    done = written(request(f"def f(): pass\n\ndef {secret}(): pass\n"), scripted)

    assert scripted.seen[0].names == ("f",)
    assert secret not in scripted.sent
    assert set(done.record.prose.symbols) == {"f"}


def test_a_password_is_masked_wherever_else_it_stands() -> None:
    text = "password = 'hunter2-hunter2'\nconnect('hunter2-hunter2')\n# hunter2-hunter2\n"
    assert mask(text).text == f"password = '{MASK}'\nconnect('{MASK}')\n# {MASK}\n"


@pytest.mark.parametrize(
    "line",
    [
        "password = getpass.getpass('Password: ')",
        "token = tokens[index]",
        "api_key = os.environ['API_KEY']",
        "secret = config.get('secret', None)",
        "password: ${DB_PASSWORD}",
        "password: <your password>",
        "PASSWORD=changeme",
        "raise ValueError('the token is not valid: ask for another one')",
        "class TokenKind(Enum): STRING = 'string-literal'",
        "import secrets, token, tokenize",
        "url = 'https://example.org/a:b/c@d'",
        "keyword_tokens = ('async', 'await')",
        "self.access_token_lifetime = 3600",
        "KEY_EVENT = 'KeyboardEvent.Backspace'",
        "path = '/usr/share/some/long/path/to/a/file/that/is/no/secret/1'",
        "digest = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'",
        "<password type='string'/>",
        "if (token == TOKEN_LEFT_PAREN) { return parse_group(token); }",
    ],
)
def test_what_is_no_secret_is_sent_as_it_is(line: str) -> None:
    assert mask(line).text == line


def test_hardly_anything_in_the_standard_library_is_taken_for_a_secret() -> None:
    """A sample, always the same; bench/masked_secrets.py goes through all of it."""
    folder = os.path.dirname(os.__file__)
    found = sorted(glob.glob(f"{folder}/*.py") + glob.glob(f"{folder}/[a-z]*/*.py"))
    files = random.Random(1).sample([path for path in found if "/test" not in path.removeprefix(folder)], 120)
    masked = 0
    for path in files:
        with open(path, encoding="utf-8", errors="replace") as file:
            masked += mask(file.read()).count > 0
    assert masked <= 2


@pytest.mark.parametrize(
    "hostile",
    [
        "password=" * 12_000,
        "a://" * 30_000,
        "eyJ" * 40_000,
        "<secret" * 16_000,
        "-----BEGIN PRIVATE KEY-----\n" * 4_000,
        "\"'`" * 40_000,
        "token:" * 20_000,
    ],
)
def test_time_grows_with_the_length_alone(hostile: str) -> None:
    """Four times the text may take some four times as long, not sixteen."""
    mask("warm")

    def seconds(text: str) -> float:
        return min(_timed(text) for _ in range(3))

    assert seconds(hostile) < 9 * seconds(hostile[: len(hostile) // 4]) + 0.05


def _timed(text: str) -> float:
    began = time.process_time()
    mask(text)
    return time.process_time() - began
