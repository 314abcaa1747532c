# Completion of attrium, attrium-halld and attrium-kmsd in bash: one file under
# three names. Commands and options are asked of the program itself, so that
# they cannot differ from its help.

# The commands of a program, one a line: "key request".
_attrium_commands()
{
    "$1" help 2>/dev/null | sed -nE '/^commands:/,/^$/s/^  (.{18}) .*/\1/p' |
        sed -E 's/ *(\[.*)?$//'
}

# The long options of a command, and their letters.
_attrium_options()
{
    "$1" "${@:2}" --help 2>/dev/null |
        sed -nE 's/^  (-.)?,? +(--[a-z-]+).*/\1 \2/p'
}

_attrium_complete()
{
    local program=$1 word=${COMP_WORDS[COMP_CWORD]} commands words=
    local one=${COMP_WORDS[1]} two=${COMP_WORDS[2]}

    COMPREPLY=()
    commands=$(_attrium_commands "$program")
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(cut -d ' ' -f 1 <<< "$commands" | sort -u)
        words+=' --help --version'
    elif [ "$one" = help ] && [ "$COMP_CWORD" -eq 2 ]; then
        words=$(cut -d ' ' -f 1 <<< "$commands" | sort -u)
    elif [ "$COMP_CWORD" -eq 2 ] && [[ $word != -* ]]; then
        words=$(sed -n "s/^${one//[^a-z-]/} //p" <<< "$commands")
    elif [[ $word == -* ]] && grep -qxF -e "$one $two" <<< "$commands"; then
        words=$(_attrium_options "$program" "$one" "$two")
    elif [[ $word == -* ]] && grep -qxF -e "$one" <<< "$commands"; then
        words=$(_attrium_options "$program" "$one")
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _attrium_complete attrium attrium-halld attrium-kmsd
