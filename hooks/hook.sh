#!/bin/sh
# docwatch hook 1 - written by 'docwatch hooks install', removed by 'docwatch hooks uninstall'; edits are lost.
#
# Tells docwatch that git has changed something. It prints nothing, waits for nothing and cannot fail: the exit status
# is that of the hook that was here before, which runs first. Until the end only the shell's builtins are used.
hook='@HOOK@'
python='@PYTHON@'
newline='
'

# The hook that was here before, with its arguments and standard input. One for sh is read in, so that it keeps its $0:
# husky's finds out from it which hook it is.
run_kept() {
  kept=${0%/*}/$hook.docwatch-chained
  [ -f "$kept" ] && [ -x "$kept" ] || return 0
  shebang=
  IFS= read -r shebang 2>/dev/null <"$kept"
  read_in=". \"\${0%/*}/$hook.docwatch-chained\""
  case $shebang in
  '#!/bin/sh') /bin/sh -c "$read_in" "${0%/*}/$hook" "$@" ;;
  '#!/usr/bin/env sh') sh -c "$read_in" "${0%/*}/$hook" "$@" ;;
  *) "$kept" "$@" ;;
  esac
}

# The git dir of this work tree and the one it shares with others. In a linked work tree or a submodule .git is a file.
find_git_dir() {
  git_dir=${GIT_DIR:-.git}
  if [ -f "$git_dir" ]; then
    git_file=$git_dir git_dir=
    while IFS= read -r line; do git_dir=$git_dir${git_dir:+$newline}$line; done <"$git_file" # its name, line breaks too
    git_dir=${git_dir#gitdir: }
  fi
  common_dir=$git_dir
  if [ -f "$git_dir/commondir" ]; then
    IFS= read -r line <"$git_dir/commondir"
    case $line in
    /*) common_dir=$line ;;
    ../..) common_dir=${git_dir%/*/*} ;; # what git writes; this stays right when the work tree is removed
    *) common_dir=$git_dir/$line ;;
    esac
  fi
  folder=$common_dir/docwatch
  case $folder in
  /*) ;;
  *) folder=$PWD/$folder ;;
  esac
}

# What /proc says of process $1; both are empty where there is no /proc.
look_up() {
  state= started=
  [ -f "/proc/$1/stat" ] || return
  IFS= read -r stat <"/proc/$1/stat"
  set -- ${stat##*) }
  state=$1 started=${20}
}

# Whether the process that wrote file $1 ("pid start") still runs: a zombie does not, nor does a later process that was
# given the same pid.
is_alive() {
  [ -f "$1" ] || return 1
  pid= start=
  read -r pid start <"$1"
  kill -0 "$pid" || return 1
  look_up "$pid"
  [ "$state" != Z ] && [ "$start" = "${started:-$start}" ]
}

# A rebase runs post-commit for each commit; the checkout at its start, or its post-rewrite, tells of all of them.
in_rebase() {
  case $hook in
  post-commit | post-merge) [ -d "$git_dir/rebase-merge" ] || [ -d "$git_dir/rebase-apply" ] ;;
  *) false ;;
  esac
}

# Python on its own: the standard descriptors lead to /dev/null by now and no other stays open, or 'git commit | cat'
# would wait for it; nothing that names a repository reaches it; and no module is imported from the work tree.
start_submitter() {
  (
    unset GIT_DIR GIT_WORK_TREE GIT_IMPLICIT_WORK_TREE GIT_COMMON_DIR GIT_PREFIX GIT_INTERNAL_SUPER_PREFIX \
      GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_SHALLOW_FILE GIT_GRAFT_FILE \
      GIT_REPLACE_REF_BASE GIT_NO_REPLACE_OBJECTS GIT_CONFIG GIT_CONFIG_PARAMETERS GIT_CONFIG_COUNT
    trap '' HUP
    cd / && exec nice -n 19 "$python" -E -P -m docwatch.hooks "$folder"
  ) 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  look_up "$!"
  echo "$! $started" >"$folder/submitter"
}

tell_docwatch() {
  find_git_dir
  [ -d "$folder" ] || return
  root=$PWD
  case $root in
  *"$newline"*) root= ;;
  esac
  printf '%s\t%s\n' "$hook $*" "$root" >>"$folder/spool" || return
  is_alive "$folder/watcher" || in_rebase || is_alive "$folder/submitter" || [ ! -x "$python" ] || start_submitter
}

run_kept "$@"
status=$?
case ${DOCWATCH_SKIP:-0} in
0) tell_docwatch "$@" </dev/null >/dev/null 2>&1 ;;
esac
exit "$status"
