"""What is source in itself but not worth a document, or must not be sent anywhere: by name first, then by content."""

from __future__ import annotations

import re
from functools import cache

SECRET = "secret"  # noqa: S105 (a reason, not a password)
GENERATED = "generated"
MINIFIED = "minified"
BINARY = "binary"

_SECRET_NAME = re.compile(
    rb"""
    \.env | \.env\.(?!(.*\.)?(example|sample|template|dist|defaults?)$).* | .+\.env
    | .*\.(pem|key|p12|pfx|pkcs12|p8|ppk|jks|keystore|kdbx?|asc|gpg|pgp|ovpn|agekey|tfstate(\.backup)?)
    | id_(rsa|dsa|ecdsa|ed25519)(?!.*\.pub$).*
    | \.(netrc|npmrc|yarnrc|pypirc|pgpass|my\.cnf|git-credentials|htpasswd|htdigest)
    | \.(dockercfg|dockerconfigjson|s3cfg|boto|vault-token)
    | _netrc | htpasswd | kubeconfig
    | (.*[-_.])?credentials?(\.(json|ya?ml|toml|ini|cfg|conf|xml|properties|txt|csv))?
    | client_secret.*\.json | (.*[-_.])?service[-_]?account.*\.json
    | \.?secrets?(\..*)?
    | (.*[-_.])secrets?\.(json|ya?ml|toml|ini|cfg|conf|xml|properties|txt|env)
    | master\.key | shadow | \.?passwords?(\.(txt|csv|json|ya?ml|xml))?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_GENERATED_NAME = re.compile(
    rb"""
    package-lock\.json | npm-shrinkwrap\.json | pnpm-lock\.yaml | packages\.lock\.json
    | gradle\.lockfile | go\.(work\.)?sum
    | .*\.lock(\.hcl)? | bun\.lockb
    | .*_pb2(_grpc)?\.pyi? | .*\.pb\.(go|cc|h) | .*\.(g|freezed)\.dart | .*\.designer\.cs
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_MINIFIED_NAME = re.compile(rb".*[.-]min\.(js|mjs|cjs|css)", re.IGNORECASE | re.DOTALL)
_GENERATED_MARK = re.compile(
    rb"(?<![\w.\"'`])@generated\b"
    rb"|\bgenerated\b[^\0]{0,300}\bdo\s+not\s+(?:hand[- ]?)?(?:edit|modify|change)\b"
    rb"|\bdo\s+not\s+(?:hand[- ]?)?(?:edit|modify|change)\b[^\0]{0,300}\bgenerated\b",
    re.IGNORECASE,
)
_HEAD_BYTES, _HEAD_LINES = 1024, 5
_TEXT_BYTES = 8192
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MINIFIABLE = frozenset(("css", "html", "javascript", "json", "jsx", "svelte", "tsx", "typescript", "vue", "xml"))
_SMALL_BYTES, _LONG_LINE_BYTES = 4096, 500


@cache
def _by_name(name: bytes) -> str | None:
    if _SECRET_NAME.fullmatch(name):
        return SECRET
    if _GENERATED_NAME.fullmatch(name):
        return GENERATED
    return MINIFIED if _MINIFIED_NAME.fullmatch(name) else None


def refused_name(name: bytes) -> str | None:
    """Why a file of this name (its last component) is not documented, whatever is in it; None where it may be."""
    return _by_name(name)


def refused_content(content: bytes, language: str) -> str | None:
    """Why this content is not worth a document; None where it is."""
    if b"\0" in content[:_TEXT_BYTES] and not content.startswith(_UTF16):
        return BINARY
    head = b"\n".join(content[:_HEAD_BYTES].splitlines()[:_HEAD_LINES])
    if _GENERATED_MARK.search(head):
        return GENERATED
    if language in _MINIFIABLE and len(content) > _SMALL_BYTES:
        lines = content.count(b"\n") + 1
        if len(content) > lines * _LONG_LINE_BYTES:
            return MINIFIED
    return None
