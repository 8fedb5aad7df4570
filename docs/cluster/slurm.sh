#!/usr/bin/env bash
# Measures a project's suites on the nodes of a Slurm allocation: `sbatch slurm.sh bench/`. Copy it beside your bench/,
# and set the first lines for your cluster. docs/cluster.md says what each line is for.
#SBATCH --job-name=swapbench
#SBATCH --nodes=3
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=02:00:00
#SBATCH --signal=B:TERM@120
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-.}"
# The journal's place, on a disk that only the head has: a network file system's locks do not hold, and are refused. It is
# copied to KEPT at the end, and from there at the beginning: `sbatch slurm.sh bench/ --swap-resume` goes on with a job
# whose time was up.
STORE=${TMPDIR:-/tmp}/swapbench-${SLURM_JOB_NAME:-job}
KEPT=$PWD/swapbench-store
# shellcheck disable=SC1091
[ -e .venv/bin/activate ] && . .venv/bin/activate

# Nobody without this word can join, or run anything: a port of Ray's is otherwise open to the whole network.
RAY_AUTH_TOKEN=$(python -c "import secrets; print(secrets.token_hex(32))")
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN
export RAY_USAGE_STATS_ENABLED=0
# Ray starts its workers at nice 15; what measures must not stand behind everything else.
export RAY_worker_niceness=0
# One cell for each physical core, as the instrument counts them.
cores='from swapbench.run.machine import cores; print(len(cores()))'

head=$(hostname --ip-address | awk '{print $1}')
address=$head:$((20000 + ${SLURM_JOB_ID:-0} % 20000))
folder=/tmp/ray-${SLURM_JOB_ID:-0}
others=$((${SLURM_NNODES:-1} - 1))

# The head plans, records and passes on, and measures only where there is no other node.
own=$([ "$others" -gt 0 ] && echo 0 || python -c "$cores")
mkdir -p "$STORE" && { [ ! -d "$KEPT" ] || cp -r "$KEPT/." "$STORE"; }
# `ray stop` ends all of this user's Ray on a node, which is this job's where nodes are --exclusive.
# shellcheck disable=SC2046
end() { ray stop --grace-period 10; kill $(jobs -p); cp -r "$STORE/." "$KEPT"; }
trap 'end >/dev/null 2>&1 || true' EXIT
ray start --head --node-ip-address="$head" --port="${address##*:}" --num-cpus="$own" --include-dashboard=false \
    --temp-dir="$folder" >/dev/null
if [ "$others" -gt 0 ]; then
    # shellcheck disable=SC2016
    srun --nodes="$others" --ntasks="$others" --exclude="${SLURMD_NODENAME:?}" bash -c \
        'exec ray start --address="$1" --num-cpus="$(python -c "$2")" --block' - "$address" "$cores" >/dev/null &
fi

# Exclusive nodes of one partition are one class of machines: cells go wherever there is room, and their times are
# compared. Without the last option each fold stays on one node.
python -m pytest "$@" --benchmark-only --swap-store "$STORE" --swap-engine "ray://$address" \
    --swap-machine-class "${SLURM_JOB_PARTITION:-slurm}" &
run=$! status=0
trap 'kill -TERM "$run"' TERM # the time is nearly up: what has ended is in the journal, and the rest is told
wait "$run" || status=$?
[ "$status" -le 128 ] || { status=0 && wait "$run"; } || status=$?
exit "$status"
