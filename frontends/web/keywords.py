"""The words of each language that are shown as its own."""

from __future__ import annotations

_C = """auto break case const continue default do else enum extern for goto if inline register restrict return sizeof
static struct switch typedef union volatile while void char short int long float double signed unsigned bool NULL true
false include define undef ifdef ifndef endif elif pragma"""
_CPP = f"""{_C} class namespace template typename public private protected virtual override final using try catch
throw new delete this operator friend constexpr consteval concept requires noexcept nullptr static_cast dynamic_cast
co_await co_return co_yield explicit mutable decltype"""
_JAVA = """abstract assert boolean break byte case catch char class const continue default do double else enum
extends final finally float for if implements import instanceof int interface long native new null package private
protected public record return sealed short static strictfp super switch synchronized this throw throws transient try
true false var void volatile while yield"""
_JAVASCRIPT = """async await break case catch class const continue debugger default delete do else export extends
false finally for from function get if import in instanceof let new null of return set static super switch this throw
true try typeof undefined var void while with yield"""
_TYPESCRIPT = f"""{_JAVASCRIPT} abstract any as boolean declare enum implements infer interface is keyof module
namespace never number override private protected public readonly satisfies string symbol type unknown"""
_LISP = "def defn defmacro defun defvar define lambda let if cond do fn ns require quote when unless set!"
_STYLES = (
    "@media @import @supports @use @forward @include @mixin @extend @function @return @if @else @each @for important"
)

_WORDS = {
    "bash fish": """if then else elif fi for while until do done case esac in function return local export
        readonly declare set unset shift exit trap source eval exec break continue true false end begin switch""",
    "c cuda glsl wgsl objectivec": _C,
    "cpp": _CPP,
    "csharp": f"""{_JAVA} async await base bool decimal delegate event explicit foreach get implicit in init
        internal is lock nameof namespace object operator out override params partial readonly ref sbyte set
        sizeof stackalloc string struct typeof uint ulong unchecked unsafe ushort using virtual when where""",
    "clojure commonlisp emacslisp racket scheme": _LISP,
    "css less sass scss": _STYLES,
    "dart": f"""{_JAVA} async await dynamic export external factory get late library mixin part required set
        typedef with""",
    "dockerfile": """FROM AS RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD
        STOPSIGNAL HEALTHCHECK SHELL""",
    "elixir": """def defp defmodule defmacro defstruct do end fn if else cond case when with for in and or
        not true false nil import alias require use raise rescue try after receive""",
    "go gomod": """break case chan const continue default defer else fallthrough for func go goto if import
        interface map package range return select struct switch type var nil true false iota make new len cap
        append string int int64 error bool byte rune any module require replace exclude""",
    "haskell elm": """module where import qualified as hiding data type newtype class instance deriving let
        in if then else case of do forall""",
    "java groovy": _JAVA,
    "javascript vue svelte astro": _JAVASCRIPT,
    "json yaml toml": "true false null yes no",
    "julia": """function end if else elseif for while do begin let return struct mutable module using import
        export const true false nothing try catch finally macro quote""",
    "kotlin": """abstract actual annotation as break by catch class companion const constructor continue data
        do else enum expect external false final finally for fun get if import in init inline inner interface
        internal is lateinit null object open operator out override package private protected public return
        sealed set super suspend this throw true try typealias val var vararg when where while""",
    "lua": """and break do else elseif end false for function goto if in local nil not or repeat return then
        true until while""",
    "makefile cmake": """ifeq ifneq ifdef ifndef else endif include define endef export override if elseif
        foreach function set""",
    "nix": "let in with rec inherit if then else assert import true false null",
    "ocaml fsharp": """let rec in fun function match with type module open if then else begin end of and when
        try exception mutable val member""",
    "perl": "my our local sub use package if elsif else unless while until for foreach return last next require",
    "php": """abstract and array as break case catch class clone const continue declare default do echo else
        elseif enum extends final finally fn for foreach function global if implements include instanceof
        interface match namespace new null or private protected public readonly require require_once return
        self static switch this throw trait true false try use var void while yield""",
    "python starlark bazel cython": """False None True and as assert async await break case class continue
        def del elif else except finally for from global if import in is lambda match nonlocal not or pass
        raise return try while with yield self cls""",
    "r": "function if else for while repeat in next break return TRUE FALSE NULL NA library",
    "ruby crystal": """alias and begin break case class def defined do else elsif end ensure false for if in
        module next nil not or redo rescue retry return self super then true undef unless until when while
        yield require require_relative attr_reader attr_accessor private protected public raise include extend""",
    "rust": """as async await break const continue crate dyn else enum extern false fn for if impl in let
        loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where
        while str u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 bool char""",
    "scala": """abstract case catch class def do else enum extends false final finally for forSome given if
        implicit import lazy match new null object override package private protected return sealed super then
        this throw trait true try type using val var while with yield""",
    "sql": """add all alter and as asc begin between by cascade case check column commit constraint create
        cross default delete desc distinct drop else end exists foreign from full function group having if in
        index inner insert into is join key left like limit not null offset on or order outer primary
        references returning right rollback select set table then transaction trigger union unique update
        using values view when where with integer text varchar boolean timestamp""",
    "swift": """as associatedtype async await break case catch class continue default defer deinit do else
        enum extension fallthrough false fileprivate final for func get guard if import in indirect init inout
        internal is lazy let mutating nil open operator override private protocol public repeat required
        rethrows return self Self set some static struct subscript super switch throw throws true try
        typealias var weak where while""",
    "terraform hcl": "resource data variable output module provider terraform locals true false null for in if",
    "typescript tsx": _TYPESCRIPT,
    "zig": """addrspace align and anytype asm async await break catch comptime const continue defer else enum
        errdefer error export extern fn for if inline null or orelse packed pub return struct switch test try
        undefined union unreachable usingnamespace var volatile while true false""",
}
_BY_LANGUAGE = {language: tuple(words.split()) for languages, words in _WORDS.items() for language in languages.split()}


def of(language: str) -> tuple[str, ...]:
    """None for a language without."""
    return _BY_LANGUAGE.get(language, ())
