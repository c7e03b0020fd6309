# Sourced by the scripts beside it: where things are, and how checks are counted.
set -euo pipefail

caller=$PWD  # a relative path that a user gives is relative to this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
absolute() { case $1 in /*) echo "$1" ;; *) echo "$caller/$1" ;; esac; }
venv=${UEC_VENV:-$root/.venv}
venv=$(absolute "$venv")
export UEC_VENV=$venv PATH="$venv/bin:$PATH" TF_CPP_MIN_LOG_LEVEL=3
cd "$root"

passed=0 failed=0 skipped=0

# check NAME COMMAND...: one item. Its output is shown only when it fails.
check() {
  local name=$1 log start=$SECONDS verdict=ok
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then passed=$((passed + 1)); else failed=$((failed + 1)) verdict=FAIL; fi
  printf '%-4s %5d s  %s\n' "$verdict" $((SECONDS - start)) "$name"
  [ $verdict = ok ] || tail -n 60 "$log" | sed 's/^/     | /'
  rm -f "$log"
}

# skip NAME WHY: an item that cannot be tried here.
skip() { skipped=$((skipped + 1)); printf 'skip         %s: %s\n' "$1" "$2"; }

# tally COMMAND...: a command that counts for itself. It is shown live; its last count is added to ours.
# Python's own processes may warn after it, as when a test has killed others.
tally() {
  local log status=0 p='' f='' s='' count='([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?'
  log=$(mktemp)
  "$@" 2>&1 </dev/null | tee "$log" || status=$?
  read -r p f s < <(sed -nE "s/^$count\$/\1 \2 \4/p" "$log" | tail -n 1) || true
  rm -f "$log"
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
  if [ -z "$p" ] || { [ $status -ne 0 ] && [ "$f" -eq 0 ]; }; then
    failed=$((failed + 1))
    printf 'FAIL         %s ended with status %d and no count\n' "$*" $status
  fi
}

# finish: the last line of every script that counts, and its exit status.
finish() {
  local line="$passed passed, $failed failed"
  [ $skipped -eq 0 ] || line="$line, $skipped skipped"
  echo "$line"
  [ $failed -eq 0 ]
}
