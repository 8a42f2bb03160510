# Shared by the checks beside it: options, time limits, and the one line that says what is wrong.
# shellcheck shell=sh disable=SC2154,SC2034  # variables are those of the check

# Status 0: healthy. 1: not, and why. 2: the check itself cannot be made.
fail() { printf '%s\n' "$(printf %s "$*" | tr -s '\n\r\t ' ' ')"; exit 1; }
unusable() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

need() {
    for tool; do
        command -v "$tool" >/dev/null 2>&1 || unusable "$tool is not installed"
    done
}

# The head comment of the check is its manual.
manual() { sed -n '2,/^[^#]/s/^#\( \|$\)//p' "$0"; }

# Sets a variable for each option: `options` take a value, `flags` none.
parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --help) manual; exit 0 ;;
            --*) ;;
            *) unusable "unexpected word '$1'; see --help" ;;
        esac
        name=${1#--}
        case " $flags " in *" $name "*) eval "$(printf %s "$name" | tr - _)=yes"; shift; continue ;; esac
        case " $options " in *" $name "*) ;; *) unusable "unknown option '$1'; see --help" ;; esac
        [ $# -ge 2 ] || unusable "$1 needs a value"
        eval "$(printf %s "$name" | tr - _)=\$2"
        shift 2
    done
    case $timeout in '' | *[!0-9.]*) unusable "--timeout takes seconds, not '$timeout'" ;; esac
}

# No command may hang longer than that.
limited() { timeout -k 0.5 "$timeout" "$@"; }

# What a request is answered with; fails by itself when there is no answer.
get() {
    need curl
    answer=$(curl -sS --noproxy '*' --max-time "$timeout" -w '\n%{http_code}' "$@" 2>&1) || fail "no answer: $(printf '%s\n' "$answer" | sed '/^000$/d')"
    code=$(printf '%s\n' "$answer" | tail -n 1)
    answer=$(printf '%s\n' "$answer" | sed '$d')
}
