# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Pages in a real Chromium.

# chromium_open NAMESPACE WIDTH,HEIGHT NAME URL OPTIONS...: the document as it is after some seconds, into NAME.html.
chromium_open() {
	local profile ns=$1 size=$2 name=$3 url=$4
	shift 4
	profile=$(mktemp -d "$LAB_DIR/chromium.XXXXXX")
	HOME=$profile lab_in "$ns" timeout -k 5 60 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
		--user-data-dir="$profile" --window-size="$size" --virtual-time-budget=8000 --dump-dom "$@" "$url" \
		>"$LAB_DIR/$name.html" 2>"$LAB_DIR/$name.log" 3>&- 4>&-
}

# chromium_column NAME X: of the picture NAME.png, the colour that most of this column has, and in how many per cent.
chromium_column() {
	"$LAB_ROOT/build/tests/lib/pixels" "$LAB_DIR/$1.png" "$2"
}
