#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What a real Prometheus makes of /metrics: the dashboard's series, and the alerts of lines, sets and legs.

load ../lib/netns
load ../lib/sets

setup_file() {
	export LAB_ID=${L2X_TEST_RUN:-$$} LAB_LEGS=2
	lab_up
	lab_set lac lcp-echo-interval 1
	lab_set lac lcp-echo-failures 200
	lab_set lns lcp-echo-failures 200
	echo "http: {token: 0123456789abcdef}" >>"$LAB_DIR/lac.yaml"
	echo "http: {metrics-sets: 1, metrics-sessions: 1}" >>"$LAB_DIR/lns.yaml"
	sets_start user
	lab_spawn client flow ping -q -i 0.01 10.2.0.2
	prometheus_start
}

teardown_file() {
	lab_init
	lab_down
}

teardown() {
	lab_show_logs 20
}

prometheus_start() {
	cat >"$LAB_DIR/prometheus.yml" <<-EOF
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [$LAB_ROOT/docs/l2x.rules.yml]
		scrape_configs:
		  - job_name: l2x
		    authorization: {credentials: 0123456789abcdef}
		    static_configs: [{targets: ["127.0.0.1:9171"]}]
	EOF
	lab_spawn lac prometheus prometheus --config.file="$LAB_DIR/prometheus.yml" \
		--storage.tsdb.path="$LAB_DIR/tsdb" --web.listen-address=127.0.0.1:9090
}

# ask QUERY FILTER: of Prometheus, the result with jq; false and null are failures.
ask() {
	lab_in lac curl -sf --max-time 10 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq -e ".data.result | $2"
}

# alert NAME FILTER: of the alerts that are pending or firing.
alert() {
	lab_in lac curl -sf --max-time 10 http://127.0.0.1:9090/api/v1/alerts |
		jq -e "[.data.alerts[] | select(.labels.alertname == \"$1\")] | $2"
}

metrics() {
	lab_in "$1" curl -sf --max-time 20 -H 'Authorization: Bearer 0123456789abcdef' http://127.0.0.1:9171/metrics
}

@test "Prometheus' own checker finds nothing wrong in sets and legs" {
	lab_await 30 eval 'metrics lac | grep -q "^l2x_leg_skew_most_seconds"'
	metrics lac >"$LAB_DIR/metrics"
	run -0 promtool check metrics <"$LAB_DIR/metrics"
	assert_output ''
	grep -qx 'l2x_set_legs_up{set="home"} 2' "$LAB_DIR/metrics"
	grep -qx 'l2x_set_legs_expected{set="home"} 2' "$LAB_DIR/metrics"
	grep -qx 'l2x_leg_up{set="home",leg="isp2"} 1' "$LAB_DIR/metrics"
	metrics lns | grep -qE '^l2x_leg_first_packets_total\{set="alice",leg="customers#[01]"\} [1-9]'
}

@test "sets and legs in JSON, of the documented shape, by name, user, peer and set" {
	run -0 "$L2X" status -s "$LAB_DIR/lac.sock" --json
	lab_shape '' <<<"$output"
	run -0 "$L2X" show -s "$LAB_DIR/lns.sock" sets --json
	jq -c '.sets[]' <<<"$output" | lab_shape sets
	jq -e '[.sets[] | .name, (.legs | length)] == ["alice", 2]' <<<"$output"
	local filter
	for filter in 'alice' '--user alice' '--peer lab-lac' '--set al*' '--prefix 10.1.0.0/24'; do
		# shellcheck disable=SC2086 # two words
		"$L2X" show -s "$LAB_DIR/lns.sock" sets --json $filter | jq -e '.sets | length == 1'
	done
	for filter in 'bob' '--user bob' '--peer nobody' '--set b*' '--prefix 192.0.2.0/24'; do
		# shellcheck disable=SC2086 # two words
		"$L2X" show -s "$LAB_DIR/lns.sock" sets --json $filter | jq -e '.sets | length == 0'
	done
	"$L2X" show -s "$LAB_DIR/lns.sock" sessions --set alice --json | jq -e '.sessions | length == 2'
	"$L2X" show -s "$LAB_DIR/lns.sock" sessions --set bob --json | jq -e '.sessions | length == 0'
	run -0 "$L2X" show -s "$LAB_DIR/lns.sock" sets
	assert_line --index 0 --regexp '^SET +LEG +STATE +LOSS NOW'
	assert_line --index 1 --regexp '^alice +ha +2 of 2 up'
	assert_line --index 2 --regexp '^ +customers/alice#[0-9]+ +up'
}

@test "each series of the dashboard is there" {
	local query
	jq -r '.panels[].targets[].expr' "$LAB_ROOT/docs/grafana.json" >"$LAB_DIR/queries"
	[ "$(grep -c l2x_leg "$LAB_DIR/queries")" -ge 4 ]
	while read -r query; do
		query=${query//\$line/.*}
		lab_await 60 ask "${query//\$set/.*}" 'length > 0'
	done <"$LAB_DIR/queries"
}

@test "a leg that loses, and one that is silent: its series and its alert; the set is on its last leg" {
	lab_impair 2 loss 40
	lab_await 60 ask 'increase(l2x_leg_missing_packets_total{leg="isp2"}[1m]) > 20' 'length == 1'
	ask 'increase(l2x_leg_missing_packets_total{leg="isp"}[1m]) > 20' 'length == 0'
	ask 'l2x_set_lost_packets_total' '.[0].value[1] | tonumber < 5'
	lab_impair 2 loss 100
	lab_await 60 alert L2xLegSilent 'length == 1 and .[0].labels.leg == "isp2" and .[0].labels.set == "home"'
	lab_await 60 alert L2xSetLastLeg 'length == 1'
	lab_impair 2 clear 0
	lab_await 60 alert L2xLegSilent 'length == 0'
}

@test "a leg that is not there: down, and back under the same name" {
	"$L2X" down -s "$LAB_DIR/lac.sock" isp2
	lab_await 60 ask 'l2x_leg_up{leg="isp2"} == 0' 'length == 1'
	lab_await 60 alert L2xLegDown 'length == 1 and .[0].labels.leg == "isp2"'
	metrics lns >"$LAB_DIR/before"
	"$L2X" up -s "$LAB_DIR/lac.sock" isp2
	lab_await 60 ask 'l2x_leg_up == 1' 'length == 2'
	lab_await 60 eval 'metrics lns | grep -c "^l2x_leg_up" | grep -qx 2'
	metrics lns | grep -o '^l2x_leg_up{[^}]*}' | sort >"$LAB_DIR/legs"
	diff "$LAB_DIR/legs" - <<-EOF
		l2x_leg_up{set="alice",leg="customers#0"}
		l2x_leg_up{set="alice",leg="customers#1"}
	EOF
}

@test "the alerts fire when they should, by Prometheus' own test of rules" {
	run -0 promtool check rules "$LAB_ROOT/docs/l2x.rules.yml"
	cat >"$LAB_DIR/rules.test.yml" <<-EOF
		rule_files: [$LAB_ROOT/docs/l2x.rules.yml]
		evaluation_interval: 15s
		tests:
		  - interval: 15s
		    input_series:
		      - {series: 'l2x_set_legs_up{set="home"}', values: '2x8 1x40'}
		      - {series: 'l2x_set_legs_expected{set="home"}', values: '2x48'}
		      - {series: 'l2x_set_legs_up{set="single"}', values: '1x48'}
		      - {series: 'l2x_set_legs_expected{set="single"}', values: '1x48'}
		      - {series: 'l2x_leg_silent{set="home",leg="isp2"}', values: '0x8 1x40'}
		    alert_rule_test:
		      - {eval_time: 2m, alertname: L2xSetLastLeg, exp_alerts: []}
		      - eval_time: 5m
		        alertname: L2xSetLastLeg
		        exp_alerts:
		          - exp_labels: {severity: warning, set: home}
		            exp_annotations: {summary: "set home runs on its last leg"}
		      - eval_time: 5m
		        alertname: L2xLegSilent
		        exp_alerts:
		          - exp_labels: {severity: warning, set: home, leg: isp2}
		            exp_annotations: {summary: "leg isp2 of set home is up and carries nothing"}
		      - {eval_time: 5m, alertname: L2xSetDown, exp_alerts: []}
	EOF
	run -0 promtool test rules "$LAB_DIR/rules.test.yml"
}
