"""Which language a file is written in: by its name, else by its first line."""

from __future__ import annotations

import re

# Languages, each with the names it goes by; a name that starts with a dot is an extension.
_NAMES = {
    "asm": ".s .asm",
    "astro": ".astro",
    "bash": ".sh .bash .zsh .ksh .bats .bashrc .bash_profile .profile .zshrc PKGBUILD",
    "awk": ".awk",
    "batch": ".bat .cmd",
    "bazel": ".bzl .bazel BUILD WORKSPACE",
    "c": ".c .h",
    "clojure": ".clj .cljs .cljc .edn",
    "cmake": ".cmake CMakeLists.txt",
    "commonlisp": ".lisp .lsp .cl",
    "cpp": ".cc .cpp .cxx .c++ .hh .hpp .hxx .h++ .ipp .tpp .inl",
    "crystal": ".cr",
    "csharp": ".cs .csx",
    "css": ".css",
    "cuda": ".cu .cuh",
    "cython": ".pyx .pxd .pxi",
    "d": ".d .di",
    "dart": ".dart",
    "diff": ".diff .patch",
    "dockerfile": ".dockerfile Dockerfile Containerfile",
    "elixir": ".ex .exs",
    "elm": ".elm",
    "emacslisp": ".el",
    "erlang": ".erl .hrl",
    "fish": ".fish",
    "fortran": ".f .f90 .f95 .f03 .f08 .for",
    "fsharp": ".fs .fsi .fsx",
    "gleam": ".gleam",
    "glsl": ".glsl .vert .frag .comp",
    "go": ".go",
    "gomod": "go.mod go.work",
    "graphql": ".graphql .gql",
    "groovy": ".groovy .gradle .gvy Jenkinsfile",
    "haskell": ".hs .lhs",
    "hcl": ".hcl",
    "html": ".html .htm .xhtml",
    "ini": ".ini .cfg .conf .properties .editorconfig .gitconfig .gitmodules .gitattributes .desktop .service",
    "java": ".java",
    "javascript": ".js .mjs .cjs .jsx",
    "jinja": ".j2 .jinja .jinja2",
    "json": ".json .json5 .jsonc .geojson .webmanifest",
    "julia": ".jl",
    "just": ".just justfile",
    "kotlin": ".kt .kts",
    "latex": ".tex .sty .cls",
    "less": ".less",
    "lua": ".lua",
    "makefile": ".mk .mak Makefile GNUmakefile BSDmakefile",
    "markdown": ".md .markdown .mdx .mdown",
    "meson": "meson.build meson_options.txt meson.options",
    "nim": ".nim .nims",
    "nix": ".nix",
    "objectivec": ".m .mm",
    "ocaml": ".ml .mli",
    "org": ".org",
    "pascal": ".pas .pp",
    "perl": ".pl .pm .t",
    "php": ".php .phtml",
    "powershell": ".ps1 .psm1 .psd1",
    "prisma": ".prisma",
    "prolog": ".pro",
    "protobuf": ".proto",
    "python": ".py .pyi .pyw .wsgi SConstruct SConscript",
    "qml": ".qml",
    "r": ".r .rmd .rprofile",
    "racket": ".rkt",
    "restructuredtext": ".rst",
    "ruby": ".rb .rake .gemspec .ru Gemfile Rakefile Vagrantfile Podfile Brewfile",
    "rust": ".rs",
    "sass": ".sass",
    "scala": ".scala .sc .sbt",
    "scheme": ".scm .ss",
    "scss": ".scss",
    "sed": ".sed",
    "solidity": ".sol",
    "sql": ".sql",
    "starlark": ".star",
    "svelte": ".svelte",
    "swift": ".swift",
    "tcl": ".tcl",
    "terraform": ".tf .tfvars",
    "text": ".txt .text README CHANGELOG CHANGES CONTRIBUTING NEWS TODO AUTHORS",
    "thrift": ".thrift",
    "toml": ".toml",
    "tsx": ".tsx",
    "typescript": ".ts .mts .cts",
    "vala": ".vala",
    "verilog": ".v .sv .svh",
    "vhdl": ".vhd .vhdl",
    "vim": ".vim .vimrc",
    "vue": ".vue",
    "wgsl": ".wgsl",
    "xml": ".xml .xsd .xsl .xslt .svg .plist .csproj .vcxproj .props .targets",
    "yaml": ".yaml .yml",
    "zig": ".zig .zon",
}
# The same for the programs that a first line may name.
_PROGRAMS = {
    "awk": "awk gawk mawk",
    "bash": "sh bash dash ash ksh zsh",
    "elixir": "elixir",
    "erlang": "escript",
    "fish": "fish",
    "groovy": "groovy",
    "haskell": "runghc runhaskell",
    "javascript": "node nodejs bun",
    "julia": "julia",
    "lua": "lua luajit",
    "makefile": "make",
    "perl": "perl",
    "php": "php",
    "powershell": "pwsh",
    "python": "python pypy",
    "r": "rscript",
    "ruby": "ruby",
    "scala": "scala",
    "sed": "sed",
    "swift": "swift",
    "tcl": "tclsh wish",
    "typescript": "deno tsx ts-node",
}
_BY_NAME = {name.lower().encode(): language for language, names in _NAMES.items() for name in names.split()}
_BY_PROGRAM = {name: language for language, names in _PROGRAMS.items() for name in names.split()}
LANGUAGES = frozenset((*_BY_NAME.values(), *_BY_PROGRAM.values()))
_SHEBANG = re.compile(rb"#![ \t]*(?:\S*/)?env[ \t]+(?:-\S+[ \t]+|\w+=\S+[ \t]+)*(?:\S*/)?(\S+)|#![ \t]*(?:\S*/)?(\S+)")
_VERSION = re.compile(r"[-.\d]+$")


def language_of(path: bytes, head: bytes = b"") -> str | None:
    """The language, lower case, by the file's name, else by the interpreter in `head`; None where neither is known."""
    name = path[path.rfind(b"/") + 1 :].lower()
    dot = name.rfind(b".")
    found = _BY_NAME.get(name[dot:]) if dot >= 0 else None
    # "Dockerfile.dev" and "CMakeLists.txt" are known by the whole name or by what precedes the dot.
    return _BY_NAME.get(name) or found or _by_stem(name, dot) or (_by_shebang(head) if head else None)


def _by_stem(name: bytes, dot: int) -> str | None:
    stem = name[: name.find(b".")] if dot > 0 else b""
    language = _BY_NAME.get(stem) if stem else None
    return language if language in ("dockerfile", "makefile") else None


def _by_shebang(head: bytes) -> str | None:
    found = _SHEBANG.match(head[:256].partition(b"\n")[0])
    if found is None:
        return None
    program = (found[1] or found[2]).decode("latin-1").lower()
    return _BY_PROGRAM.get(program) or _BY_PROGRAM.get(_VERSION.sub("", program))
