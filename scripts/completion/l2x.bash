# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of l2x' command line for bash. Commands and options are what `--help` says, names what the controller says.

_l2x_words() {
	local command=$1 cur=$2
	case $command:$cur in
	*:-*) "${COMP_WORDS[0]}" "$command" --help | grep -oE -- '(^| |, )--?[a-z]+( |$)' | tr -d ' ,' ;;
	log:*) echo error warning info debug default ;;
	show:*) _l2x_show_words ;;
	attach:* | detach:*) ls /sys/class/net ;;
	capture:*) _l2x_capture_words ;;
	up:* | down:* | restart:* | top:*)
		# The tables' first column, without its heading.
		"${COMP_WORDS[0]}" show "$([ "$command" = top ] && echo sessions || echo tunnels)" | awk 'NR > 1 { print $1 }'
		;;
	esac 2>/dev/null
}

# The kind of things, and the names of those that there are.
_l2x_show_words() {
	if [ "$COMP_CWORD" = 2 ]; then
		echo tunnels sessions sets routes interfaces peers drops rates history
	elif [ "${COMP_WORDS[2]}" != history ]; then
		"${COMP_WORDS[0]}" show "${COMP_WORDS[2]}" | awk 'NR > 1 { print $1 }'
	fi
}

# The kind of thing, its name, and a filter that is the user's own.
_l2x_capture_words() {
	local i kind=''
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in session | set | tunnel) kind=${COMP_WORDS[i]} ;; esac
	done
	if [ -z "$kind" ]; then
		echo session set tunnel
	elif [ "${COMP_WORDS[COMP_CWORD - 1]}" = "$kind" ] && [ "$kind" != set ]; then
		"${COMP_WORDS[0]}" show "${kind}s" | awk 'NR > 1 { print $1 }'
	fi
}

_l2x() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		words="$("${COMP_WORDS[0]}" --help | sed -nE 's/^  l2x ([a-z-]+) .*/\1/p') --help --version"
	else
		case $prev in
		-c | --config | -s | --socket)
			compopt -o filenames 2>/dev/null
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		--forward) words="xdp kernel" ;;
		*) words=$(_l2x_words "${COMP_WORDS[1]}" "$cur") ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _l2x l2x
