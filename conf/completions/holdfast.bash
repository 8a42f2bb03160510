# Completion of holdfast(1) for bash. The program itself says what its commands and their options are.

_holdfast_commands() {
    holdfast help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
}

_holdfast_options() {
    holdfast "$1" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

# Instances, groups and checks that the daemon runs.
_holdfast_names() {
    holdfast status --json 2>/dev/null | grep -oE '"name": "[^"\\]*"' | cut -d'"' -f4 | sort -u
}

_holdfast() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} choices=
    if [ "$COMP_CWORD" -eq 1 ]; then
        choices=$(_holdfast_commands)
    elif [[ $word == -* ]]; then
        choices=$(_holdfast_options "$command")
    else
        case $command in
            status | why | peers | checks | stats | history | timeline | watch | failover | drain | resume) choices=$(_holdfast_names) ;;
            split-brain) if [ "$COMP_CWORD" -eq 2 ]; then choices=explain; else choices=$(_holdfast_names); fi ;;
            incident) choices="reply $(holdfast incidents --json 2>/dev/null | grep -oE '"id":"[^"\\]*"' | cut -d'"' -f4)" ;;
            log-level) choices="error warning notice info debug" ;;
            help) choices=$(_holdfast_commands) ;;
            explain) choices=$(holdfast explain | cut -d' ' -f1) ;;
            check | dump) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}
complete -F _holdfast holdfast
