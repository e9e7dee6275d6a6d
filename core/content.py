"""What is source in itself but not worth a document, or must not be sent anywhere: by name first, then by content."""

from __future__ import annotations

import re

SECRET = "secret"  # noqa: S105 (a reason, not a password)
GENERATED = "generated"
MINIFIED = "minified"
BINARY = "binary"

# Names in lower case, whole or by what follows the last dot.
_SECRET_NAMES = frozenset(
    b"_netrc .envrc .netrc .npmrc .yarnrc .pypirc .pgpass .my.cnf .git-credentials .htpasswd htpasswd .htdigest "
    b".dockercfg .dockerconfigjson .s3cfg .boto .vault-token kubeconfig shadow".split()
)
_SECRET_SUFFIXES = frozenset(
    b"agekey asc env gpg jks kdb kdbx key keystore ovpn p12 p8 pem pfx pgp pkcs12 ppk tfstate".split()
)
_GENERATED_NAMES = frozenset(
    b"package-lock.json npm-shrinkwrap.json pnpm-lock.yaml packages.lock.json gradle.lockfile go.sum go.work.sum "
    b"bun.lockb .terraform.lock.hcl".split()
)
_GENERATED_SUFFIXES = frozenset((b"lock",))
# Any name that one of the longer patterns below can match holds one of these; a search for them is cheap.
_SUSPECT = re.compile(
    rb"env|id_|secret|credential|account|password|tfstate|_pb2|\.pb\.|\.g\.|\.freezed\.|\.designer\.|min\."
)
_DATA = rb"(json|ya?ml|toml|ini|cfg|conf|xml|properties|txt|csv|env)"
_PATTERNS = {
    SECRET: re.compile(
        rb"\.env\.(?!(.*\.)?(example|sample|template|dist|defaults?)$).*"
        rb"|id_(rsa|dsa|ecdsa|ed25519)(?!.*\.pub$).*"
        rb"|(.*[-_.])?(credentials?|passwords?|service[-_]?account[^.]*)(\.%(data)b)?"
        rb"|client_secret.*\.json|\.?secrets?(\.%(data)b)?|.*[-_.]secrets?\.%(data)b|.*\.tfstate\.backup"
        % {b"data": _DATA},
        re.DOTALL,
    ),
    GENERATED: re.compile(rb".*_pb2(_grpc)?\.pyi?|.*\.pb\.(go|cc|h)|.*\.(g|freezed)\.dart|.*\.designer\.cs", re.DOTALL),
    MINIFIED: re.compile(rb".*[.-]min\.(js|mjs|cjs|css)", re.DOTALL),
}
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


def refused_name(name: bytes) -> str | None:
    """Why a file of this name (its last component) is not documented, whatever is in it; None where it may be."""
    name = name.lower()
    suffix = name[name.rfind(b".") + 1 :]
    if name in _SECRET_NAMES or (suffix in _SECRET_SUFFIXES and len(suffix) < len(name)):
        return SECRET
    if name in _GENERATED_NAMES or suffix in _GENERATED_SUFFIXES:
        return GENERATED
    if _SUSPECT.search(name) is None:
        return None
    return next((reason for reason, pattern in _PATTERNS.items() if pattern.fullmatch(name)), None)


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
