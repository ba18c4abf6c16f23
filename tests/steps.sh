# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by script/test, which sets logs and failed: runs a step now or in the background, and tells
# how it went.

log_of() { echo "$logs/${1// /-}.log"; }
counts() { grep -hoE '\b[0-9]+ (passed|failed|skipped)' "$@" | awk '
    { n[$2] += $1 } END { for (what in n) { printf "%s%d %s", comma, n[what], what; comma = ", " } }'; }

# timed NAME COMMAND…: its output in a log; how it ended and what it took in NAME.done beside it.
timed() {
    local log start=$SECONDS
    log=$(log_of "$1")
    shift
    (
        "$@" >"$log" 2>&1
        status=$?
        times >"$log.times"
        echo "$status $((SECONDS - start)) $(awk 'NR == 2 { split($0, t, /[ms ]+/)
            printf "%d", t[1] * 60 + t[2] + t[3] * 60 + t[4] }' "$log.times")" >"$log.new"
        mv "$log.new" "$log.done"
    )
}

# report NAME: the line of a step that has ended, and its log where it failed.
report() {
    local log status seconds cpu
    log=$(log_of "$1")
    read -r status seconds cpu <"$log.done"
    if [ "$status" -eq 0 ]; then
        printf '%-36sok     %4d s, CPU %4d s  %s\n' "$1" "$seconds" "$cpu" "$(counts "$log")"
    else
        printf '%-36sFAILED %4d s\n' "$1" "$seconds"
        tail -n 60 "$log"
        failed+=("$1")
        return 1
    fi
}

# run NAME COMMAND…: one step.
run() {
    timed "$@"
    report "$1"
}

# later NAME COMMAND…: a build that goes on in the background, after those given before; it takes
# what the tests leave of the processor, for they wait a good part of their time.
later_names=() later_commands=() later_pid=
later() {
    later_names+=("$1")
    later_commands+=("$(printf '%q ' "$@")")
}
start_later() {
    local command
    (
        renice --priority 19 --pid $BASHPID >/dev/null
        for command in "${later_commands[@]}"; do
            eval "timed $command"
        done
    ) &
    later_pid=$!
}
# await NAME: waits for one of them to end.
await() {
    while [ ! -f "$(log_of "$1").done" ]; do
        kill -0 "$later_pid" 2>/dev/null || [ -f "$(log_of "$1").done" ] ||
            { echo "1 0 0" >"$(log_of "$1").done"; }
        sleep 1
    done
    report "$1"
}
