"""Which file an import means, language by language: (importer, import as written, files of the tree) to paths."""

from __future__ import annotations

import random

import pytest

from docwatch.language import language_of
from docwatch.resolve import Files, Settings, read, resolve


def meant(importer: str, imported: str, paths: str, settings: Settings | None = None) -> list[str]:
    files = Files([path.encode() for path in paths.split()], settings)
    language = language_of(importer.encode()) or "none"
    return [path.decode() for path in resolve(files, importer.encode(), language, [imported])]


def settings(**texts: str) -> Settings:
    """Of these build files: a name with `__` for `/` and `_` for `.`, and its text."""
    contents = {name.replace("__", "/").replace("_", ".").encode(): text.encode() for name, text in texts.items()}
    return read(contents, contents.get)


PYTHON = "app/__init__.py app/views.py app/core/__init__.py app/core/db.py src/lib/__init__.py src/lib/x.py tests/h.py"


@pytest.mark.parametrize(
    ("importer", "imported", "paths", "found"),
    [
        ("app/views.py", ".", PYTHON, "app/__init__.py"),
        ("app/views.py", ".core.db", PYTHON, "app/core/db.py"),
        ("app/core/db.py", "..views", PYTHON, "app/views.py"),
        ("app/core/db.py", "....views", PYTHON, ""),
        ("app/core/db.py", "app.views", PYTHON, "app/views.py"),
        ("app/core/db.py", "app.core", PYTHON, "app/core/__init__.py"),
        ("tests/test_x.py", "lib.x", PYTHON, "src/lib/x.py"),
        ("tests/test_x.py", "h", PYTHON, "tests/h.py"),
        ("app/core/json.py", "db", PYTHON, ""),  # a sibling in a package is not on the path
        ("a/t.py", "lib.x", "one/lib/__init__.py one/lib/x.py two/lib/__init__.py two/lib/x.py", ""),  # which?
        ("src/a.ts", "./b", "src/b.ts src/b/index.ts", "src/b.ts"),
        ("src/a.ts", "./b", "src/b/index.tsx", "src/b/index.tsx"),
        ("src/a.ts", "./b.js", "src/b.ts", "src/b.ts"),
        ("src/a.js", "..", "index.js", "index.js"),
        ("src/a.js", "../../b", "b.js", ""),
        ("src/a.tsx", "./logo.svg?url", "src/logo.svg", "src/logo.svg"),
        ("src/views/a.js", "@/store", "src/store/index.js", "src/store/index.js"),
        ("src/a.js", "react", "react.js", ""),
        ("src/deep/x.rs", "super::*", "src/lib.rs src/deep/mod.rs src/deep/x.rs", "src/deep/mod.rs"),
        ("src/deep/mod.rs", "self::x::Y", "src/lib.rs src/deep/mod.rs src/deep/x.rs", "src/deep/x.rs"),
        ("src/deep/x.rs", "crate::deep::{self, y::Z}", "src/lib.rs src/deep.rs src/deep/y.rs",
         "src/deep.rs src/deep/y.rs"),
        ("tests/all.rs", "self::misc", "src/lib.rs tests/misc.rs", "tests/misc.rs"),
        ("tests/misc.rs", "crate::util::X", "src/lib.rs tests/util.rs", "tests/util.rs"),
        ("src/lib.rs", "std::fs", "src/lib.rs src/fs.rs", ""),
        ("m/A.java", "org.e.B", "m/src/main/java/org/e/B.java", "m/src/main/java/org/e/B.java"),
        ("m/A.java", "org.e.B.of", "m/org/e/B.java", "m/org/e/B.java"),
        ("m/A.java", "org.e", "m/org/e/B.java m/org/e/C.java", "m/org/e/B.java m/org/e/C.java"),
        ("A.kt", "org.e.B as C", "org/e/B.java", "org/e/B.java"),
        ("A.scala", "org.e.{B, C => D}", "org/e/B.scala org/e/C.scala", "org/e/B.scala org/e/C.scala"),
        ("src/a.c", "a.h", "src/a.h include/a.h", "src/a.h"),
        ("src/a.c", "ring.h", "include/ring.h", "include/ring.h"),
        ("src/a.c", "<stdio.h>", "src/stdio.h", ""),
        ("src/a.cpp", "<ring/ring.h>", "include/ring/ring.h", "include/ring/ring.h"),
        ("bin/x.rb", "shop/line", "lib/shop/line.rb", "lib/shop/line.rb"),
        ("lib/shop/a.rb", "line", "lib/shop/line.rb", "lib/shop/line.rb"),
        ("a/i.php", "__DIR__ . '/legacy.php'", "a/legacy.php", "a/legacy.php"),
        ("a/i.php", "App\\Http\\{Kernel, Deep\\One as Two}", "src/Http/Kernel.php src/Http/Deep/One.php",
         "src/Http/Kernel.php src/Http/Deep/One.php"),
        ("shop/a.lua", "shop.util", "shop/util/init.lua", "shop/util/init.lua"),
        ("bin/run.sh", '$(dirname "$0")/lib.sh', "bin/lib.sh lib.sh", "bin/lib.sh"),
        ("bin/run.sh", "/etc/profile", "etc/profile", ""),
        ("css/a.scss", "parts/tokens", "css/parts/_tokens.scss", "css/parts/_tokens.scss"),
        ("css/a.css", "https://e.org/a.css", "a.css", ""),
        ("www/i.html", "/app.js?v=1", "www/app.js", "www/app.js"),
        ("www/i.html", "//e.org/app.js", "www/e.org/app.js", ""),
    ],
)  # fmt: skip
def test_an_import_means_a_file(importer: str, imported: str, paths: str, found: str) -> None:
    assert meant(importer, imported, paths) == found.split()


def test_build_files_say_what_names_mean() -> None:
    says = settings(
        go_mod="module example.org/shop\n",
        tsconfig_json='{"compilerOptions": {"paths": {"~lib/*": ["./src/lib/*"],}} /* and a comment */}',
        packages__ui__package_json='{"name": "@shop/ui", "main": "./index.js"}',
        crates__base__Cargo_toml='[package]\nname = "shop-base"\n',
        composer_json='{"autoload": {"psr-4": {"Shop\\\\": "code/"}}}',
        pyproject_toml='[tool.setuptools.package-dir]\nshop = "core"\n',
    )
    for importer, imported, paths in (
        ("cmd/a.go", "example.org/shop/money", "money/a.go"),
        ("src/a.ts", "~lib/b", "src/lib/b.ts"),
        ("src/a.ts", "@shop/ui", "packages/ui/index.js"),
        ("src/a.ts", "@shop/ui/b", "packages/ui/b.ts"),
        ("src/main.rs", "shop_base::money::Coin", "crates/base/src/money.rs"),
        ("a.php", "Shop\\Money\\Coin", "code/Money/Coin.php"),
        ("tests/a.py", "shop.money", "core/money.py"),
    ):
        assert meant(importer, imported, paths + " crates/base/src/lib.rs", says) == [paths]


def test_go_imports_a_package_without_its_tests() -> None:
    paths = "money/a.go money/a_test.go money/b.go money/readme.md"
    assert meant("main.go", "e.org/x/money", paths, settings(go_mod="module e.org/x")) == ["money/a.go", "money/b.go"]


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", '{"name": 1, "exports": [{"a": [1]}]}', "\xff", '{"compilerOptions": []}']
)
def test_a_build_file_that_makes_no_sense_says_nothing(text: str) -> None:
    names = ("go_mod", "package_json", "tsconfig_json", "Cargo_toml", "composer_json", "pyproject_toml")
    assert settings(**dict.fromkeys(names, text)) == Settings()


def test_whatever_an_import_says_it_means_a_file_of_the_tree() -> None:
    """A hostile import or build file cannot lead out of it, and no rule fails over one."""
    chance = random.Random(7)
    parts = [
        "..",
        ".",
        "",
        "/",
        "a",
        "{",
        "}",
        "*",
        "::",
        "\\",
        "$x",
        "~",
        "%2e%2e",
        "\0",
        "é",
        " as ",
        ",",
        "b.py",
        "@",
    ]
    importers = (
        "a/x.py a/x.js a/x.ts a/x.go a/x.rs a/x.java a/x.c a/x.rb a/x.php a/x.lua a/x.sh a/x.scss a/x.html a/x.sql"
    )
    says = settings(
        tsconfig_json='{"compilerOptions": {"baseUrl": "../..", "paths": {"*": ["../../*"]}}}',
        pyproject_toml='[tool.setuptools.package-dir]\n"" = "../.."\n',
        composer_json='{"autoload": {"psr-4": {"a\\\\": "/etc"}}}',
    )
    files = Files([path.encode() for path in f"{importers} a/b.py b.py".split()], says)
    for _ in range(3_000):
        imported = "".join(chance.choices(parts, k=chance.randint(0, 8)))
        for importer in importers.split():
            found = resolve(files, importer.encode(), language_of(importer.encode()) or "", [imported])
            assert {path.decode() for path in found} <= files.paths - {importer}, (importer, imported)
