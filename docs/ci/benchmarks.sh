#!/usr/bin/env bash
# Compares this checkout with the commit it is to be merged into, both measured in turn on this machine, and leaves
# report.md, report.html and report.json in a folder. Arguments go to `swapbench ab` (paths, --swap-suite, ...).
#
#   SWAPBENCH_BASE    the commit to compare with (default: where this branch left origin/main)
#   SWAPBENCH_BUDGET  seconds to spend measuring (default: 1200)
#   SWAPBENCH_REPORT  the folder of the reports (default: swapbench-report)
#   SWAPBENCH_DOUBT   the exit status when something could not be judged (default: 0)
set -uo pipefail

base="${SWAPBENCH_BASE:-$(git merge-base HEAD origin/main)}"
report="${SWAPBENCH_REPORT:-swapbench-report}"
mkdir -p "$report"
swapbench ab "$base" "$@" --budget "${SWAPBENCH_BUDGET:-1200}" \
    --report "$report/report.md" --report "$report/report.html" --report "$report/report.json"
status=$?
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$report/report.md" ]; then
    cat "$report/report.md" >> "$GITHUB_STEP_SUMMARY"
fi
if [ "$status" -eq 3 ]; then
    exit "${SWAPBENCH_DOUBT:-0}"
fi
exit "$status"
