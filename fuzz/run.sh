#!/usr/bin/env bash
# Fuzzes each of the given targets for the given number of seconds, one after another, and prints a summary.
# Requires OUT (the folder for logs and findings) and BIN (the folder of the targets); the Makefile sets them.
# With SEED the sequence of inputs is the same each time; how far a run gets depends on the machine.
# With CORPUS the corpus is stored in that folder and continued from there; otherwise it begins with the seeds.
set -euo pipefail
cd "$(dirname "$0")"
seconds=$1
shift
# `mlflow_json` creates many short-lived stores: in memory, if there is such a folder.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "$OUT")")
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0
for target in "$@"; do
  corpus="${CORPUS:-$scratch/corpus}/$target"
  findings="$OUT/artifacts/$target"
  log="$scratch/$target.log"
  mkdir -p "$corpus" "$findings"
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1)
  options+=(-artifact_prefix="$findings/" -seed="${SEED:-0}")
  if [ -f "dict/$target.dict" ]; then options+=(-dict="dict/$target.dict"); fi
  if TMPDIR=$scratch "$BIN/$target" "${options[@]}" "$corpus" "seeds/$target" >"$log" 2>&1; then
    passed=$((passed + 1))
    inputs=$(grep -a -o '^stat::number_of_executed_units: .*' "$log" | tail -n 1)
    coverage=$(grep -a -o 'cov: [0-9]*' "$log" | tail -n 1)
    echo "$target: ${inputs##* } inputs in $seconds s, $coverage, nothing found"
  else
    failed=$((failed + 1))
    grep -a -A 4 -m 1 'panicked at\|ERROR: libFuzzer' "$log" | cut -c 1-2000 || true
    echo "$target: FAILED; the input that did it is in $findings, the log is $OUT/$target.log"
  fi
  mv "$log" "$OUT/$target.log"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
