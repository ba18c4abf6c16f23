# bash completion for digit-train and digit-classify                        -*- shell-script -*-
# SPDX-License-Identifier: Apache-2.0
# Options and choices are asked of the tool itself, so that none is missing and none is made up.

_digit_tools() {
    local tool=$1 current=$2 previous=$3 help
    local -a words=()
    COMPREPLY=()
    help=$("$tool" --help 2>/dev/null) || return
    if [[ $current == -* ]]; then
        mapfile -t words < <(grep -oE '(^ +|,)--[a-z][a-z0-9-]*' <<<"$help" | tr -d ' ,' | sort -u)
    elif [[ $previous == --* ]]; then
        # --recipe NAME:{original,best}
        mapfile -t words < <(sed -nE "s/^ +$previous [A-Z]+:\{([a-z0-9,_-]+)\}.*/\1/p" <<<"$help" |
            tr ',' '\n')
    fi
    if [ ${#words[@]} -gt 0 ]; then
        mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$current")
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -F _digit_tools digit-train digit-classify
