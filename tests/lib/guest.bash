# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A guest (tests/interop/vm) whose network card is a tap in a namespace of the lab (scripts/lab.sh, which is sourced before), in
# the place of its lac or lns: up, down, and what is run in it.

VM_TOOLS=$LAB_ROOT/tests/interop/vm

# vm SCRIPT: in the guest; where there are several, VM is the directory of the one that is meant.
vm() {
	"$VM_TOOLS/sh" "${VM:-$LAB_DIR/vm}" "$1"
}

# vm_put FILE: what stands on stdin, in the guest.
vm_put() {
	vm "cat >$1 <<'END-OF-FILE'
$(cat)
END-OF-FILE"
}

vm_up_as_lns() {
	"$VM_TOOLS/run" "$LAB_DIR/vm" "$LAB-lac" to-lns 192.0.2.1/24 192.0.2.2/24
}

vm_up_as_lac() {
	"$VM_TOOLS/run" "$LAB_DIR/vm" "$LAB-lns" to-lac 192.0.2.2/24 192.0.2.1/24
}

vm_down() {
	"$VM_TOOLS/stop" "$LAB_DIR/vm"
}

# vm_programs FILE...: into the guest's /tmp, and the libraries that they need to where they are here.
vm_programs() {
	local f
	(
		cd "$LAB_ROOT" || exit 1
		tar -chf "$LAB_DIR/programs.tar" --transform 's|^build/.*/|tmp/|;s|^build/|tmp/|' "$@" &&
			for f in $(ldd "$@" | grep -oE '[[:space:]]/[^ ]+' | sort -u); do
				tar -rPhf "$LAB_DIR/programs.tar" --transform 's|^/lib|usr/lib|;s|^/||' "$f" || exit 1
			done
	) || return 1
	vm 'setsid sh -c "nc -l -p 4000 >/tmp/programs.tar; touch /tmp/programs.whole" >/dev/null 2>&1 </dev/null &'
	lab_await 10 vm_push "$LAB_DIR/programs.tar"
	lab_await 10 vm '[ -e /tmp/programs.whole ]'
	vm 'cd / && tar xf /tmp/programs.tar && rm /tmp/programs.tar'
}

vm_push() {
	local dir=${VM:-$LAB_DIR/vm}
	nsenter --net="/run/netns/$(cat "$dir/netns")" -- bash -c "cat $1 >/dev/tcp/$(cat "$dir/address")/4000"
}
