# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Histories, as the HTTP port of a controller gives them. Loaded behind netns.bash.

URL=http://127.0.0.1:9171

# get NAMESPACE PATH
get() {
	lab_in "$1" curl -sf --max-time 20 "$URL$2"
}

# past NAMESPACE KIND NAME FILTER: of that history, with jq; $i is where each column stands.
past() {
	local answer
	answer=$(get "$1" "/history.json?$2=$(jq -rn --arg n "$3" '$n | @uri')") || return 1
	jq -er "(.columns | to_entries | map({(.value): .key}) | add) as \$i | def all_of(c): [.slots[][\$i[c]]] | add; $4" <<<"$answer"
}
