// SPDX-License-Identifier: GPL-2.0-only
// The page of the HTTP port: asks for the status again and again, draws a card for each session, set and tunnel with its
// history (uPlot draws). Whatever comes from peers goes into the page as text only. Histories are asked for cards in sight.
'use strict';

const CARDS_MAX = 60, STATUS_MS = 5000, HISTORY_MS = 30000;
const $ = (selector, root = document) => root.querySelector(selector);
const cards = new Map(); // by kind and id
let status = null;

function bits(n) {
	for (const unit of ['', 'k', 'M', 'G']) {
		if (Math.abs(n) < 1000 || unit === 'G')
			return `${unit && Math.abs(n) < 10 ? n.toFixed(1) : Math.round(n)} ${unit}`;
		n /= 1000;
	}
}

function duration(s) {
	const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
	return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min` : `${s} s`;
}

const hours = () => Number($('#hours').value);
const colour = name => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function axis(scale, side, values) {
	return {
		scale, side, values, size: 48, stroke: colour('--faint'), font: '11px system-ui, sans-serif',
		grid: {stroke: colour('--line'), width: 1, show: side !== 1}, ticks: {stroke: colour('--line')},
	};
}

const clock = t => new Date(t * 1000).toTimeString().slice(0, 5);

function chart(place, series, axes, scales) {
	const x = {range: () => [Date.now() / 1000 - hours() * 3600, Date.now() / 1000]};
	return new uPlot({
		width: place.clientWidth || 320, height: 150, legend: {show: false}, cursor: {y: false}, scales: {x, ...scales},
		series: [{}, ...series], axes: [axis('x', 2, (u, all) => all.map(clock)), ...axes],
	}, [[], ...series.map(() => [])], place);
}

const whole = {range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1]};
const share = (part, all) => all > 0 ? 100 * part / all : null;

// A graph: its series are [scale, colour, value of a slot]. '%' is bars, and 100 is the top.
const graphs = {
	latency: [['ms', '--max', s => s.rtt_max], ['ms', '--avg', s => s.rtt_avg], ['%', '--loss', s => share(s.lost, s.echoes)]],
	traffic: [['bit/s', '--rx', s => 8 * s.rx_bytes / s.up], ['bit/s', '--tx', s => 8 * s.tx_bytes / s.up]],
	rates: [['1/s', '--max', s => s.drops / s.up], ['1/s', '--rx', s => s.rx_packets / s.up], ['1/s', '--tx', s => s.tx_packets / s.up]],
	copies: [['ms', '--max', s => s.skew_most], ['ms', '--avg', s => s.skew_half],
		['%', '--loss', s => s.missing === null ? null : share(s.missing, s.missing + s.rx_packets)]],
	packets: [['1/s', '--max', s => s.duplicates / s.up], ['1/s', '--rx', s => s.unique / s.up], ['1/s', '--tx', s => s.sent / s.up],
		['%', '--loss', s => share(s.lost, s.lost + s.unique)]],
};
const some = (history, column, test) => history.slots.some(s => test(s[history.columns.indexOf(column)]));
// Through a relay nobody sends echoes: there is no latency, and none is drawn.
const graphsOfSessions = history => some(history, 'echoes', n => n > 0) ? ['latency', 'traffic'] : ['traffic', 'rates'];
const graphsOf = {
	line: history => some(history, 'missing', n => n !== null) ? [...graphsOfSessions(history), 'copies'] : graphsOfSessions(history),
	tunnel: graphsOfSessions,
	set: () => ['packets'],
};

function makeChart(card, kind) {
	const figure = $(`#${kind}`).content.firstElementChild.cloneNode(true), scales = {}, axes = [];
	const series = graphs[kind].map(([scale, name]) => {
		if (!scales[scale]) {
			scales[scale] = scale === '%' ? {range: () => [0, 100]} : whole;
			axes.push(axis(scale, scale === '%' ? 1 : 3, scale.endsWith('/s') ? (u, all) => all.map(bits) : undefined));
		}
		return scale === '%'
			? {scale, stroke: colour(name), fill: colour(name), paths: uPlot.paths.bars({size: [0.9]}), points: {show: false}}
			: {scale, stroke: colour(name), width: 1.5, points: {show: u => u.data[0].length < 3}};
	});
	$('.figures', card.node).append(figure);
	return chart($('div', figure), series, axes, scales);
}

// Slots in which there was no session are not sent: a gap of the graph is drawn as one.
function columns(history, kind) {
	const since = Date.now() / 1000 - hours() * 3600, out = [[], ...graphs[kind].map(() => [])];
	let last = 0;
	for (const row of history.slots) {
		const s = Object.fromEntries(history.columns.map((name, i) => [name, row[i]]));
		if (s.time < since)
			continue;
		if (last && s.time > last + history.seconds)
			out.forEach((column, i) => column.push(i ? null : last + history.seconds));
		last = s.time;
		[s.time, ...graphs[kind].map(([, , value]) => value(s))].forEach((v, i) => out[i].push(v));
	}
	return out;
}

async function get(path) {
	const answer = await fetch(path);
	if (!answer.ok)
		throw new Error(`${answer.status} ${answer.statusText}`);
	return answer.json();
}

async function draw(card) {
	card.drawn = Date.now();
	try {
		const history = await get(`history.json?${card.query}`), kinds = graphsOf[card.kind](history);
		if (Object.keys(card.charts).join() !== kinds.join())
			dropCharts(card);
		for (const kind of kinds) {
			card.charts[kind] ??= makeChart(card, kind);
			card.charts[kind].setData(columns(history, kind));
		}
		card.node.dataset.slots = history.slots.length;
	} catch (error) {
		card.drawn = 0;
		console.error(error);
	}
}

const sight = new IntersectionObserver(seen => {
	for (const s of seen) {
		const card = cards.get(s.target.dataset.id);
		if (card) {
			card.visible = s.isIntersecting;
			if (card.visible && Date.now() - card.drawn > HISTORY_MS)
				draw(card);
		}
	}
});

const width = new ResizeObserver(all => {
	for (const {target, contentRect} of all)
		for (const c of Object.values(cards.get(target.dataset.id)?.charts ?? {}))
			c.setSize({width: contentRect.width, height: 150});
});

function makeCard(kind, id) {
	const node = $('#card').content.firstElementChild.cloneNode(true);
	node.dataset.id = id;
	$(`#${kind}-cards`).append(node);
	cards.set(id, {node, kind, charts: {}, drawn: 0, visible: false});
	sight.observe(node);
	width.observe(node);
	return cards.get(id);
}

function dropCharts(card) {
	Object.values(card.charts).forEach(c => c.destroy());
	$('.figures', card.node).replaceChildren();
	card.charts = {};
}

function dropCard(id) {
	const card = cards.get(id);
	sight.unobserve(card.node);
	width.unobserve(card.node);
	dropCharts(card);
	card.node.remove();
	cards.delete(id);
}

function fill(card, s) {
	const query = `${card.kind}=${encodeURIComponent(s.line)}`, last = `&hours=${hours()}`;
	card.query = query;
	$('h2', card.node).textContent = s.line;
	$('.state', card.node).textContent = s.text;
	card.node.classList.toggle('down', s.down);
	$('dl', card.node).replaceChildren(...s.facts.map(([name, value]) => {
		const div = document.createElement('div');
		div.append(document.createElement('dt'), document.createElement('dd'));
		div.firstChild.textContent = name;
		div.lastChild.textContent = value ?? '–';
		return div;
	}));
	$('.csv', card.node).href = `history.csv?${query}`;
	$('.json', card.node).href = `history.json?${query}`;
	for (const type of ['svg', 'png'])
		$(`.${type}`, card.node).href = `history.${type}?${query}${last}`;
	if (card.visible && Date.now() - card.drawn > HISTORY_MS)
		draw(card);
}

function throughput(q) {
	return [
		['Receive', q ? `${bits(q.rx_bits_per_s)}bit/s` : null],
		['Transmit', q ? `${bits(q.tx_bits_per_s)}bit/s` : null],
	];
}

function quality(q) {
	return [
		['Round trip', q && q.rtt_avg_ms !== null ? `${q.rtt_avg_ms.toFixed(1)} ms` : null],
		['Loss', q && q.echoes ? `${(100 * q.lost / q.echoes).toFixed(0)} %` : null],
		...throughput(q),
	];
}

// Of a relayed call, once both halves are there.
const isUp = s => s.phase === 'network' || (s.phase === 'relay' && s.state === 'established' && Boolean(s.relay?.session));

function relayText(s) {
	return s.relay && `relayed by ${s.relay.name}, ${s.relay.onward ? 'to the far LNS' : 'from the LAC'}`;
}

function entries() {
	const up = status.sessions.map(s => ({
		id: `line ${s.tunnel_id}/${s.session_id}`, line: s.quality?.line ?? s.name, down: !isUp(s),
		facts: s.relay ? throughput(s.quality) : quality(s.quality),
		text: [isUp(s) ? `up ${duration(s.uptime)}` : s.phase, relayText(s), s.user, s.ipv4?.remote, s.netdev].filter(Boolean).join(' · '),
	}));
	const down = status.waiting.map(w => ({
		id: `line ${w.name}`, line: w.name, facts: quality(null), down: true, text: [w.state, w.last_end].filter(Boolean).join(' · '),
	}));
	return up.concat(down);
}

function setEntries() {
	return (status.sets ?? []).map(s => ({
		id: `set ${s.name}`, line: s.name, down: !s.legs_up, text: `${s.kind} · ${s.legs_up} of ${s.legs.length} legs up`,
		facts: s.kind === 'ha' ? [['Lost now', percent(s.recent?.loss_percent)], ['Once', s.unique], ['Duplicates', s.duplicates],
			['Lost', s.lost]] : [],
	}));
}

// One that we dial has one session, whose card is there.
function tunnelEntries() {
	const sessions = new Map();
	for (const s of status.sessions)
		sessions.set(s.tunnel, (sessions.get(s.tunnel) ?? 0) + 1);
	return status.tunnels.filter(t => t.line && t.role !== 'outgoing').map(t => ({
		id: `tunnel ${t.tunnel_id}`, line: t.line, down: t.state !== 'established', text: `${t.name} · ${t.peer} · up ${duration(t.uptime)}`,
		facts: [['Sessions', sessions.get(t.name) ?? 0]],
	}));
}

function rows(section, list, cells) {
	$('tbody', section).replaceChildren(...list.map(item => {
		const tr = document.createElement('tr');
		for (const cell of cells(item))
			tr.insertCell().textContent = cell ?? '–';
		return tr;
	}));
}

const percent = n => n === undefined || n === null ? null : `${n.toFixed(1)} %`;

// A set, and below it its legs: what the users notice, and what the paths do.
function setRow(o) {
	if (o.legs)
		return [o.name, o.kind, `${o.legs_up} of ${o.legs.length} up`, percent(o.recent?.loss_percent),
			percent(o.expected === undefined ? null : o.expected ? 100 * o.lost / o.expected : 0), o.unique, o.duplicates, null, null];
	return ['', o.session, o.state, percent(o.recent?.loss_percent), percent(o.loss_percent), o.first, o.duplicate, o.late,
		o.skew && `${Math.floor(o.skew.half_below_ms / 2)}–${o.skew.most_below_ms} ms`];
}

// As many as there is room for, of those that have all words of the filter in them.
function showCards(kind, all) {
	const words = $('#filter').value.toLowerCase().split(/\s+/).filter(Boolean);
	const fit = all.filter(s => words.every(w => `${s.line} ${s.text}`.toLowerCase().includes(w)));
	const shown = fit.slice(0, CARDS_MAX), ids = new Set(shown.map(s => s.id));
	for (const [id, card] of [...cards])
		if (card.kind === kind && !ids.has(id))
			dropCard(id);
	for (const s of shown)
		fill(cards.get(s.id) ?? makeCard(kind, s.id), s);
	$(`#${kind}-more`).textContent = fit.length > shown.length ? `${fit.length - shown.length} more: say above which to show.` : '';
}

function show() {
	showCards('line', entries());
	showCards('set', setEntries());
	showCards('tunnel', tunnelEntries());
	$('#summary').textContent = `${status.sessions.filter(isUp).length} sessions up, `
		+ `${status.tunnels.length} tunnels, ${status.waiting.length} waiting; l2x ${status.version}, up ${duration(status.uptime)}`;
	rows($('#tunnels'), status.tunnels, t => [t.name, t.role, t.state, t.peer, t.peer_hostname, duration(t.uptime)]);
	$('#sets').hidden = !status.sets?.length;
	rows($('#sets'), (status.sets ?? []).flatMap(s => [s, ...s.legs]), setRow);
}

async function poll() {
	const began = performance.now();
	try {
		status = await get('status.json');
		show();
	} catch (error) {
		$('#summary').textContent = `No answer from l2x: ${error.message}`;
	}
	setTimeout(poll, Math.max(STATUS_MS, 10 * (performance.now() - began)));
}

$('#filter').addEventListener('input', () => status && show());
$('#hours').addEventListener('change', () => cards.forEach(card => card.visible && draw(card)));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change',
	() => cards.forEach(card => Object.values(card.charts).forEach(c => c.redraw())));
poll();
