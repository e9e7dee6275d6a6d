"""Which external package an import belongs to, language by language; None for what is the language's own."""

from __future__ import annotations

import itertools
import re
import sys


def python(imported: str) -> str | None:
    top = imported.partition(".")[0]
    return top if top and top not in sys.stdlib_module_names else None


def javascript(imported: str) -> str | None:
    """`react` for `react/jsx-runtime`, `@scope/name` for `@scope/name/file`; None for files, URLs and Node's own."""
    parts = imported.split("/")
    name = "/".join(parts[:2]) if imported.startswith("@") else parts[0]
    if not name.strip(".#~@/") or name[0] in ".#~/" or ":" in name or name in _NODE_MODULES:
        return None
    return name


_NODE_MODULES = frozenset(
    """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain
    events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl
    stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib
    """.split()
)


def go(imported: str) -> str | None:
    return imported if "." in imported.partition("/")[0] else None


def rust(imported: str) -> str | None:
    crate = _RUST_NAME.match(imported)
    return crate[1] if crate and crate[1] not in ("std", "core", "alloc", "crate", "self", "super") else None


def java(imported: str) -> str | None:
    """The package of a class: `org.junit` for `org.junit.Test`."""
    parts = imported.split(".")
    package = itertools.takewhile(lambda part: not part[:1].isupper(), parts)
    return None if parts[0] in ("java", "javax", "jdk") else ".".join(package) or None


_IN_RUBY = frozenset(
    """
    English abbrev base64 benchmark bigdecimal bundler cgi coverage csv date debug delegate did_you_mean digest drb
    erb error_highlight etc expect fcntl fiddle fileutils find forwardable getoptlong io ipaddr irb json logger
    matrix mkmf monitor mutex_m net nkf objspace observer open-uri open3 openssl optparse ostruct pathname pp
    prettyprint prime pstore psych pty racc random rbconfig rdoc readline reline resolv ripper rinda rubygems
    securerandom set shellwords singleton socket stringio strscan syntax_suggest syslog tempfile thread time timeout
    tmpdir tsort un unicode_normalize uri weakref win32ole yaml zlib
    """.split()
)


def ruby(imported: str) -> str | None:
    top = imported.partition("/")[0]
    return top if top and top != "." and top not in _IN_RUBY else None


def php(imported: str) -> str | None:
    """The vendor: `Symfony` for `Symfony\\Component\\Console`. Classes without one are PHP's own."""
    vendor, _, rest = imported.removeprefix("function ").removeprefix("const ").lstrip("\\").partition("\\")
    return vendor if rest else None


def csharp(imported: str) -> str | None:
    return None if imported.partition(".")[0] == "System" else imported


def kotlin(imported: str) -> str | None:
    return None if imported.partition(".")[0] == "kotlin" else java(imported)


def scala(imported: str) -> str | None:
    """`cats.effect` for `cats.effect.{IO, Resource}`."""
    path = re.split(r"[{_*,\s]|\bgiven\b", imported.removeprefix("_root_."), maxsplit=1)[0]
    return None if path.partition(".")[0] == "scala" else java(path.strip("."))


_OF_APPLE = frozenset(
    """
    Accelerate AppKit AVFoundation AVKit CloudKit Combine CoreData CoreFoundation CoreGraphics CoreImage
    CoreLocation CoreMedia CoreText CryptoKit Cxx Darwin Dispatch Foundation FoundationEssentials
    FoundationNetworking FoundationXML GameKit Glibc MapKit Metal MetalKit Musl Network Observation ObjectiveC os
    OSLog PackageDescription PhotosUI QuartzCore RegexBuilder SceneKit Security SpriteKit StoreKit Swift SwiftData
    SwiftUI Synchronization SystemConfiguration Testing UIKit UserNotifications WatchKit WebKit WidgetKit WinSDK
    XCTest
    """.split()
)


def swift(imported: str) -> str | None:
    module = imported.partition(".")[0]
    return module if module and not module.startswith("_") and module not in _OF_APPLE else None


def lua(imported: str) -> str | None:
    return imported.partition(".")[0] or None if "/" not in imported else None


# The first segment of a path; types, with their capital letter, are of this crate.
_RUST_NAME = re.compile(r"(?:::)?(?:r#)?([a-z_]\w*)")
