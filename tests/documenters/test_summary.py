"""What a file says about itself: never its licence, nor what is meant for a tool, nor another's comment."""

from __future__ import annotations

import pytest

from .conftest import OutlineOf

LICENCE = "Copyright (c) 2024 Somebody\nPermission is hereby granted, free of charge, to any person.\n"


def commented(text: str, mark: str) -> str:
    return "".join(f"{mark} {line}".rstrip() + "\n" for line in text.split("\n"))


@pytest.mark.parametrize(
    ("language", "mark"),
    [
        ("python", "#"),
        ("bash", "#"),
        ("go", "//"),
        ("rust", "//"),
        ("sql", "--"),
        ("ini", ";"),
        ("latex", "%"),
        ("vim", '"'),
    ],
)
def test_the_first_paragraph_that_is_no_licence(language: str, mark: str, outline_of: OutlineOf) -> None:
    text = commented(LICENCE + "\nWhat it does,\nin two lines.\n\nMore.", mark)

    assert outline_of(text + "\n", language).summary == "What it does, in two lines."


@pytest.mark.parametrize(
    ("language", "source"),
    [
        (
            "javascript",
            "#!/usr/bin/env node\n'use strict';\n\n/* eslint-env node */\n/**\n * What it does.\n */\n\nf();\n",
        ),
        ("python", "# -*- coding: utf-8 -*-\n# vim: set ts=4:\n'''What it does.'''\n"),
        ("python", "#!/bin/python\n\n# What it does.\n\nimport os\n"),
        ("c", "/* SPDX-License-Identifier: MIT */\n/* What it does. */\n#include <a.h>\n"),
        ("c", "#ifndef A_H\n#define A_H\n/* What it does. */\n\nint f(void);\n#endif\n"),
        ("css", "/*\n * What it does.\n */\nbody {}\n"),
        ("html", "<!DOCTYPE html>\n<!-- What it does. -->\n<html></html>\n"),
        ("lua", "--[[ What it does. ]]\nreturn {}\n"),
        ("haskell", "{- What it does. -}\nmodule Main where\n"),
        ("php", "<?php\n/** What it does. */\n\nnamespace A;\n"),
        ("ocaml", "(* What it does. *)\nlet a = 1\n"),
        ("batch", "rem What it does.\necho 1\n"),
        ("typescript", "// What it does.\n\nexport const a = 1;\nexport const b = 2;\n"),
    ],
)
def test_the_leading_comment_of_many_languages(language: str, source: str, outline_of: OutlineOf) -> None:
    assert outline_of(source, language).summary == "What it does."


def test_the_doc_of_the_first_of_several_definitions_is_not_the_files(outline_of: OutlineOf) -> None:
    outline = outline_of("// Adds.\nfunction add() {}\nfunction sub() {}\n", "javascript")

    assert outline.summary == ""
    assert outline.symbols[0].doc == "Adds."


def test_the_doc_of_the_only_definition_is_also_the_files(outline_of: OutlineOf) -> None:
    outline = outline_of("package a;\n\nimport b.C;\n\n/** Adds. */\npublic class Adder { int a; }\n", "java")

    assert outline.summary == "Adds."


def test_a_licence_above_the_first_definition_is_not_its_doc(outline_of: OutlineOf) -> None:
    outline = outline_of(commented(LICENCE.strip(), "//") + "function add() {}\n", "javascript")

    assert outline.summary == ""
    assert outline.symbols[0].doc is None


def test_a_comment_behind_code_is_no_doc(outline_of: OutlineOf) -> None:
    outline = outline_of("let a = 1; // about a\nfunction f() {}\n", "javascript")

    assert outline.symbols[1].doc is None


def test_without_any_words_the_summary_is_language_and_size(outline_of: OutlineOf) -> None:
    assert outline_of('{"a": 1}\n', "json").summary == "json, 9 bytes, 1 lines"
