"""Secrets of 27 kinds and more, made from a seed: shaped like real ones, and nobody's."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable

ALPHANUMERIC = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
Pick = Callable[..., str]


def planted(seed: int) -> dict[str, tuple[str, str]]:
    """By kind: a line or lines of source, and the secret that is in them."""
    chance = random.Random(seed)

    def pick(count: int, letters: str = ALPHANUMERIC) -> str:
        return "".join(chance.choices(letters, k=count))

    secrets = {
        "github": "ghp_" + pick(36),
        "github_fine": "github_pat_" + pick(22) + "_" + pick(59),
        "gitlab": "glpat-" + pick(20),
        "aws_id": "AKIA" + pick(16, string.ascii_uppercase + "234567"),
        "google": "AIza" + pick(35, ALPHANUMERIC + "_-"),
        "slack": f"xoxb-{pick(12, string.digits)}-{pick(12, string.digits)}-{pick(24)}",
        "stripe": "sk_live_" + pick(24),
        "openai": "sk-proj-" + pick(74, ALPHANUMERIC + "_-") + "T3BlbkFJ" + pick(74, ALPHANUMERIC + "_-"),
        "anthropic": "sk-ant-api03-" + pick(93, ALPHANUMERIC + "_-") + "AA",
        "sendgrid": f"SG.{pick(22)}.{pick(43)}",
        "twilio": "SK" + pick(32, HEX),
        "npm": "npm_" + pick(36),
        "pypi": "pypi-AgEIcHlwaS5vcmc" + pick(70),
        "telegram": pick(9, "123456789") + ":AA" + pick(33),
        "shopify": "shpat_" + pick(32, HEX),
        "square": "sq0atp-" + pick(22),
        "digitalocean": "dop_v1_" + pick(64, HEX),
        "vault": "hvs." + pick(90),
        "databricks": "dapi" + pick(32, HEX),
        "huggingface": "hf_" + pick(34, string.ascii_letters),
        "linear": "lin_api_" + pick(40),
        "grafana": "glsa_" + pick(32) + "_" + pick(8, HEX),
        "mailgun": "key-" + pick(32, HEX),
        "age": "AGE-SECRET-KEY-1" + pick(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
        "postman": f"PMAK-{pick(24, HEX)}-{pick(34, HEX)}",
        "jwt": ".".join(
            base64.urlsafe_b64encode(part).rstrip(b"=").decode()
            for part in (b'{"alg":"HS256"}', json.dumps({"sub": pick(12)}).encode(), pick(32).encode())
        ),
    }
    lines = {kind: (f"client = connect('{secret}')  # é {kind}", secret) for kind, secret in secrets.items()}
    random_key = "Aa1" + pick(37, ALPHANUMERIC + "+/")
    lines |= {
        "aws_secret": (f'aws_secret_access_key = "{random_key}"', random_key),
        "unnamed": (f"sign('{random_key}', 3)", random_key),
        "url": (f"DATABASE = 'postgres://app:{(word := 'p' + pick(11))}@db.internal:5432/app'", word),
        "bearer": (f"headers = {{'X': 'Bearer {(bearer := pick(40))}'}}", bearer),
        "password": (f"login(user, password='{(secret := pick(7) + '!x9')}')", secret),
        "typed": (f'    api_key: str | None = "{(secret := pick(24) + "1a")}"', secret),
        "shell": (f"export DB_PASSWORD={(secret := pick(12) + '7')}", secret),
        "yaml": (f"  client_secret: {(secret := pick(24) + '7')}", secret),
        "json": (f'  "accessToken": "{(secret := pick(24) + "3c")}",', secret),
        "xml": (f"<password>{(secret := pick(10) + '#4')}</password>", secret),
        "azure": (f"c = 'AccountName=x;AccountKey={(secret := pick(86) + '==')};Suffix=y'", secret),
        "heroku": (f"HEROKU_API_KEY = '{(secret := str(uuid.UUID(int=chance.getrandbits(128))))}'", secret),
        "pem": _pem("RSA PRIVATE KEY", pick),
        "openssh": _pem("OPENSSH PRIVATE KEY", pick),
        "pgp": _pem("PGP PRIVATE KEY BLOCK", pick),
    }
    return lines


def _pem(label: str, pick: Pick) -> tuple[str, str]:
    body = "\n".join(pick(64, ALPHANUMERIC + "+/") for _ in range(8))
    return f"KEY = '''-----BEGIN {label}-----\n{body}\n-----END {label}-----'''", body.split("\n")[4]
