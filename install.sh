#!/bin/sh
# Sets docwatch up for one user, without root, and hands its arguments on; `./install.sh --help` says how.
# POSIX sh, for dash, busybox and the sh of macOS alike.
set -eu
unset CDPATH
here=$(cd -- "$(dirname -- "$0")" && pwd -P)

usage() {
    cat <<'END'
usage: ./install.sh               install docwatch for you, or bring it up to date with this checkout
       ./install.sh COMMAND ...   the same, then run `docwatch COMMAND ...`; try: ./install.sh up DIR
       ./install.sh test [ARG...] set up .venv-test here, check style and types, run the tests; ARGs go to pytest
       ./install.sh --uninstall   remove what it installed; documents are kept

Nothing is done twice and nothing needs root. The environment is made with the Python that PYTHON names, else with the
newest that is found, 3.11 or later, and by uv where there is one. XDG_DATA_HOME and XDG_BIN_HOME move it and the link.
END
}

say() { printf 'install.sh: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# What to type for a package: its name for apt, for dnf, for brew; plain words where none of them is here.
get() {
    if have apt-get; then
        echo "sudo apt-get install $1"
    elif have dnf; then
        echo "sudo dnf install $2"
    elif have brew; then
        echo "brew install $3"
    else
        echo "install $3 with this system's package manager"
    fi
}

# --- what the machine must have -------------------------------------------------------------------------------------

need_git() {
    # On macOS /usr/bin/git exists without git, so it has to be run.
    git --version >/dev/null 2>&1 || die "git is missing: $(get git git git), then run this again"
}

# Sets `python`, which can make an environment, or at least `lame`, which is new enough but lacks the venv module.
find_python() {
    python='' lame=''
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3.14 python3.13 python3.12 python3.11 python3 python
    fi
    for candidate; do
        # Run, not looked up: the shims of pyenv and macOS exist for versions that do not.
        "$candidate" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -I -c 'import ensurepip, venv' >/dev/null 2>&1; then
            python=$candidate
            return
        fi
        : "${lame:=$candidate}"
    done
}

need_python() {
    find_python
    if [ -n "$python" ] || have uv; then
        return
    elif [ -n "$lame" ]; then
        package=$("$lame" -I -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        die "$lame has no venv module: $(get "$package" python3-pip python), then run this again"
    elif [ -n "${PYTHON:-}" ]; then
        die "PYTHON=$PYTHON is not Python 3.11 or newer: set it to one that is, or unset it, then run this again"
    elif have python3; then
        die "this Python is older than 3.11: $(get 'python3.11 python3.11-venv' python3.11 python@3.13), then run this again"
    fi
    die "Python 3.11 or newer is missing: $(get 'python3 python3-venv' python3 python@3.13), then run this again"
}

# --- the environment: $env, with $env.log and $env.lock beside it ----------------------------------------------------

checksum() { LC_ALL=C sort | cksum; }

# The pins this environment gets: a user's has no test tools.
pins() {
    if [ "$for_tests" ]; then
        cat "$here/requirements.lock"
    else
        sed '/^# == tests/,$d' "$here/requirements.lock"
    fi
}

source_parts='core documenters jobs watcher hooks frontends pyproject.toml README.md LICENSE'

# shellcheck disable=SC2086  # the parts are words
sources() { (cd "$here" && find $source_parts -type f ! -name '*.pyc' -exec cksum {} +); }

holds() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

pins_are_in() {
    # Asks for a dependency too: after an upgrade of the system's Python the environment is still there, but empty.
    holds "$env/.pins" "$pins_sum" && { [ -x "$env/bin/uv" ] || have uv || [ -x "$env/bin/pip" ]; } &&
        "$env/bin/python" -I -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("click"))' 2>/dev/null
}

is_current() { holds "$env/.sources" "$sources_sum" && pins_are_in; }

# Debian parts pip from Python, so the environment may have to bring its own. An empty PYTHONPATH is none.
pip() {
    if [ -x "$env/bin/pip" ]; then
        set -- "$env/bin/python" -I -m pip "$@"
    else
        set -- "$python" -I -m pip --python "$env/bin/python" "$@"
    fi
    PYTHONPATH='' PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 "$@"
}

# Where uv does not get through, pip still may.
add() {
    if have uv; then uv=uv; else uv=$env/bin/uv; fi
    UV_COMPILE_BYTECODE=${UV_COMPILE_BYTECODE-1} UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS-1} \
        "$uv" pip install --python "$env/bin/python" "$@" || pip install "$@"
}

add_pins() {
    pins >"$env/requirements.txt" && add --require-hashes -r "$env/requirements.txt" && echo "$pins_sum" >"$env/.pins"
}

# Prints one of pip's settings, from its files or its variables; uv reads none of them.
pip_setting() { printf '%s\n' "$settings" | sed -n "/\.$1=/{s/^[^=]*='\(.*\)'\$/\1/p;q;}"; }

# pip takes half a minute for what uv does in two seconds, so where there is no uv, pip fetches that one first.
bring_uv() {
    sed -n '/^uv==/,/[^\\]$/p' "$here/requirements.lock" >"$env/requirements.txt" &&
        pip install --only-binary :all: --require-hashes -r "$env/requirements.txt" || return
    settings=$(pip config list)
    index=$(pip_setting index-url)
    cert=$(pip_setting cert)
    if [ "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    if [ "$cert" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$cert}"; fi
}

fill() {
    rm -rf "$env"
    if have uv && uv venv --no-project --python "${python:-${lame:->=3.11}}" "$env" && add_pins; then return; fi
    rm -rf "$env"
    [ -n "$python" ] || return
    if "$python" -I -c 'import pip'; then with=--without-pip; else with=; fi
    "$python" -I -m venv $with "$env" && { bring_uv || :; } && add_pins
}

# Builds from a copy: setuptools leaves files beside the sources, and takes them up again in the next wheel.
# shellcheck disable=SC2086  # the parts are words
add_project() {
    rm -rf "$env/.sources" "$env/src" && mkdir "$env/src" && (cd "$here" && cp -R $source_parts "$env/src") &&
        (cd "$env/src" && "$env/bin/python" -I -c 'import setuptools.build_meta as b; b.build_wheel(".")') &&
        add --no-deps --force-reinstall "$env"/src/docwatch-*.whl && isolate && rm -rf "$env/src" &&
        echo "$sources_sum" >"$env/.sources"
}

# The program that pip writes takes modules from PYTHONPATH, and an empty entry there means the current folder: in
# somebody's repository that would run their json.py. Ours does not look.
isolate() {
    quoted=$(printf '%s\n' "$env" | sed "s/'/'\\\\''/g")
    printf '#!/bin/sh\nexec '\''%s/bin/python'\'' -E -P -m docwatch "$@"\n' "$quoted" >"$env/bin/docwatch"
}

why_it_failed() {
    if grep -qiE 'do not match the hashes|hash mismatch' "$env.log"; then
        echo "a download is not the file that requirements.lock names: empty the package cache or ask who runs your package index"
    elif grep -qi 'no space left' "$env.log"; then
        echo "the disk is full: make room"
    elif grep -qiE 'connection|resol|timed out|failed to fetch|proxy|no matching distribution' "$env.log"; then
        echo "the packages could not be downloaded: check the network, or the proxy and index set for pip"
    else
        echo "the environment could not be made: look at the end of the log"
    fi
}

# From the checkout: uv would take its configuration from the folder it is called in.
try() { (cd "$here" && "$@") >>"$env.log" 2>&1 || die "$(why_it_failed), then run this again (log: $env.log)"; }

# A symbolic link is made in one step with the pid in it, so a lock without an owner cannot be seen.
lock() {
    tries=0
    until ln -s "pid-$$" "$env.lock" 2>/dev/null; do
        owner=$(readlink "$env.lock" 2>/dev/null) || owner=pid-$$ # gone again just now
        if [ $tries -ge 600 ]; then
            die "process ${owner#pid-} holds the lock: end it or remove $env.lock*, then run this again"
        elif ! kill -0 "${owner#pid-}" 2>/dev/null; then
            # Its owner was killed. One at a time and looked at again, for the next owner may be there by now.
            mkdir "$env.lock.dead" 2>/dev/null && {
                [ "$(readlink "$env.lock")" != "$owner" ] || rm -f "$env.lock"
                rmdir "$env.lock.dead"
            }
        elif [ $tries = 1 ]; then
            say "another install.sh (process ${owner#pid-}) is at work, waiting for it"
        fi
        tries=$((tries + 1))
        [ $tries = 1 ] || sleep 1
    done
    trap 'rm -f "$env.lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
}

unlock() {
    rm -f "$env.lock"
    trap - EXIT INT HUP TERM
}

# Brings the environment to the state of this checkout. The sums are written last, each when its part is complete, so
# that a run that was cut off starts over. Sets `changed` when there was anything to do.
set_up() {
    changed=''
    pins_sum=$(pins | checksum)
    sources_sum=$(sources | checksum)
    if is_current; then return; fi
    need_git
    need_python
    mask=$(umask)
    umask 077
    folder=$(dirname "$env")
    { mkdir -p "$folder" && [ -w "$folder" ]; } 2>/dev/null ||
        die "$folder cannot be written: make it writable or $way_out, then run this again"
    lock
    if ! is_current; then
        : >"$env.log"
        if ! pins_are_in; then
            say "making the environment $env (once, up to a minute)"
            try fill
        fi
        say "installing docwatch from $here"
        try add_project
        changed=1
    fi
    unlock
    umask "$mask"
}

# --- the user's own docwatch ----------------------------------------------------------------------------------------

find_home() {
    # Cron and containers start us without HOME; the shell still knows it by the user's name.
    if [ -z "${HOME:-}" ]; then
        HOME=$(eval "printf %s ~$(id -un)")
        [ -d "$HOME" ] || die "HOME is not set: export HOME=/your/folder, then run this again"
        export HOME
    fi
    env=${XDG_DATA_HOME:-$HOME/.local/share}/docwatch/venv
    bin=${XDG_BIN_HOME:-$HOME/.local/bin}
    program=$bin/docwatch
}

link_is_ours() { [ -L "$program" ] && case $(readlink "$program") in */docwatch/venv/bin/docwatch) ;; *) false ;; esac; }

need_room_for_link() {
    if [ -e "$program" ] || [ -L "$program" ]; then
        link_is_ours || die "$program is not from install.sh: move it away, or set XDG_BIN_HOME to another folder, then run this again"
    fi
}

link() {
    [ "$(readlink "$program" 2>/dev/null)" = "$env/bin/docwatch" ] && return
    { mkdir -p "$bin" && rm -f "$program" && ln -s "$env/bin/docwatch" "$program"; } 2>/dev/null ||
        die "$program cannot be written: make $bin writable, or set XDG_BIN_HOME, then run this again"
    changed=1
}

summary() {
    say "installed $program, which runs from $env"
    if [ "$changed" ] && [ "$updated" ]; then
        say "if docwatch runs in the background, it takes up the new version by: docwatch restart"
    fi
    say "to undo: $here/install.sh --uninstall"
    case :$PATH: in
    *:"$bin":*) ;;
    *) say "to call it as docwatch, add to your shell's profile: export PATH=\"$bin:\$PATH\"" ;;
    esac
}

install() {
    for_tests=''
    way_out='set XDG_DATA_HOME to another folder'
    find_home
    need_room_for_link
    [ -x "$env/bin/docwatch" ] && updated=1 || updated=''
    set_up
    link
}

uninstall() {
    find_home
    if [ -x "$env/bin/docwatch" ]; then
        "$env/bin/docwatch" stop >/dev/null 2>&1 || say "docwatch could not be asked to stop; if it runs, end it yourself"
    fi
    if link_is_ours; then
        rm -f "$program"
        say "removed $program"
    fi
    if [ -e "$env" ]; then say "removed $env"; fi
    rm -rf "$env" "$env.log" "$env.lock" "$env.lock.dead"
    rmdir "$(dirname "$env")" 2>/dev/null || : # somebody else keeps something there
    say "kept your configuration and, in each repository, the documents (.git/docwatch) and the git hooks;" \
        "once that folder is deleted the hooks do nothing"
}

run_tests() {
    for_tests=1
    way_out='copy the checkout'
    env=$here/.venv-test
    # Much of what the tests add is never imported: what is gets compiled then, and kept.
    unset PYTHONDONTWRITEBYTECODE
    UV_COMPILE_BYTECODE=${UV_COMPILE_BYTECODE-0}
    export UV_COMPILE_BYTECODE
    set_up
    cd "$here"
    "$env/bin/ruff" check .
    "$env/bin/ruff" format --check .
    "$env/bin/mypy" --strict -p docwatch
    exec "$env/bin/pytest" "$@"
}

[ -f "$here/requirements.lock" ] || die "this is not a checkout of docwatch: run install.sh where it was cloned to"
case ${1:-} in
-h | --help) usage ;;
--uninstall) uninstall ;;
test)
    shift
    run_tests "$@"
    ;;
'')
    install
    summary
    ;;
*)
    install
    if [ "$changed" ]; then summary; fi
    exec "$env/bin/docwatch" "$@"
    ;;
esac
