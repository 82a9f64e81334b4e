// SPDX-License-Identifier: GPL-2.0-only
// The page of the HTTP port: asks for the status again and again, draws a card for each session with the history of its
// line (uPlot draws). Whatever comes from peers goes into the page as text only. Histories are asked for cards in sight.
'use strict';

const CARDS_MAX = 60, STATUS_MS = 5000, HISTORY_MS = 30000;
const $ = (selector, root = document) => root.querySelector(selector);
const cards = new Map(); // by name of the session
let status = null;

function bits(n) {
	for (const unit of ['', 'k', 'M', 'G']) {
		if (Math.abs(n) < 1000 || unit === 'G')
			return `${unit && Math.abs(n) < 10 ? n.toFixed(1) : Math.round(n)} ${unit}`.trim();
		n /= 1000;
	}
}

function duration(s) {
	const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
	return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min` : `${s} s`;
}

const colour = name => () => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function axis(scale, side, values) {
	return {
		scale, side, values, size: 48, stroke: colour('--faint'), font: '11px system-ui, sans-serif',
		grid: {stroke: colour('--line'), width: 1, show: side !== 1}, ticks: {stroke: colour('--line')},
	};
}

const clock = t => new Date(t * 1000).toTimeString().slice(0, 5);

function chart(place, series, axes, scales) {
	return new uPlot({
		width: place.clientWidth || 320, height: 150, legend: {show: false}, cursor: {y: false}, scales,
		series: [{}, ...series], axes: [axis('x', 2, (u, all) => all.map(clock)), ...axes],
	}, [[], ...series.map(() => [])], place);
}

const whole = {range: (u, min, max) => [0, max > 0 ? max * 1.1 : 1]};

function charts(card) {
	const line = (label, scale, name, extra) => ({
		label, scale, stroke: colour(name), width: 1.5, points: {show: u => u.data[0].length < 3}, ...extra,
	});
	card.latency = chart($('.latency', card.node),
		[line('max', 'ms', '--max'), line('avg', 'ms', '--avg'),
			line('loss', '%', '--loss', {paths: uPlot.paths.bars({size: [0.9]}), points: {show: false}, fill: colour('--loss')})],
		[axis('ms', 3), axis('%', 1)], {ms: whole, '%': {range: () => [0, 100]}});
	card.traffic = chart($('.traffic', card.node),
		[line('rx', 'bit/s', '--rx'), line('tx', 'bit/s', '--tx')],
		[axis('bit/s', 3, (u, all) => all.map(bits))], {'bit/s': whole});
}

// Slots in which there was no session are not sent: a gap of the graph is drawn as one.
function columns(history, hours) {
	const at = Object.fromEntries(history.columns.map((name, i) => [name, i]));
	const since = Date.now() / 1000 - hours * 3600, out = [[], [], [], [], [], []];
	let last = 0;
	for (const s of history.slots) {
		const time = s[at.time];
		if (time < since)
			continue;
		if (last && time > last + history.seconds)
			[last + history.seconds, null, null, null, null, null].forEach((v, i) => out[i].push(v));
		last = time;
		[time, s[at.rtt_max], s[at.rtt_avg], s[at.echoes] ? 100 * s[at.lost] / s[at.echoes] : null,
			8 * s[at.rx_bytes] / s[at.up], 8 * s[at.tx_bytes] / s[at.up]].forEach((v, i) => out[i].push(v));
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
		const [time, max, avg, loss, rx, tx] =
			columns(await get(`history.json?line=${encodeURIComponent(card.line)}`), Number($('#hours').value));
		if (!card.latency)
			charts(card);
		card.latency.setData([time, max, avg, loss]);
		card.traffic.setData([time, rx, tx]);
		card.node.dataset.slots = time.length;
	} catch (error) {
		card.drawn = 0;
		console.error(error);
	}
}

const sight = new IntersectionObserver(seen => {
	for (const s of seen) {
		const card = cards.get(s.target.dataset.session);
		if (card) {
			card.visible = s.isIntersecting;
			if (card.visible && Date.now() - card.drawn > HISTORY_MS)
				draw(card);
		}
	}
});

const width = new ResizeObserver(all => {
	for (const {target, contentRect} of all)
		for (const kind of ['latency', 'traffic'])
			cards.get(target.dataset.session)?.[kind]?.setSize({width: contentRect.width, height: 150});
});

// Both graphs as they are on the screen, below the line's name.
function savePng(card) {
	const graphs = [card.latency, card.traffic].map(g => g?.ctx.canvas);
	if (graphs.some(g => !g))
		return;
	const out = document.createElement('canvas'), pen = out.getContext('2d'), head = 32 * devicePixelRatio;
	out.width = graphs[0].width;
	out.height = graphs.reduce((sum, g) => sum + g.height, head);
	pen.fillStyle = colour('--card')();
	pen.fillRect(0, 0, out.width, out.height);
	pen.fillStyle = colour('--ink')();
	pen.font = `${14 * devicePixelRatio}px system-ui, sans-serif`;
	pen.fillText(card.line, head / 2, head * 0.7);
	graphs.reduce((y, g) => { pen.drawImage(g, 0, y); return y + g.height; }, head);
	const link = document.createElement('a');
	link.download = `${card.line.replace(/[^\w.@-]+/g, '_')}.png`;
	out.toBlob(blob => {
		link.href = URL.createObjectURL(blob);
		link.click();
		card.node.dataset.png = blob.size;
		URL.revokeObjectURL(link.href);
	}, 'image/png');
}

function makeCard(name) {
	const node = $('#card').content.firstElementChild.cloneNode(true);
	node.dataset.session = name;
	$('.png', node).addEventListener('click', () => savePng(cards.get(name)));
	$('#sessions').append(node);
	cards.set(name, {node, drawn: 0, visible: false});
	sight.observe(node);
	width.observe(node);
	return cards.get(name);
}

function dropCard(name) {
	const card = cards.get(name);
	sight.unobserve(card.node);
	width.unobserve(card.node);
	card.latency?.destroy();
	card.traffic?.destroy();
	card.node.remove();
	cards.delete(name);
}

function fill(card, s) {
	const set = (what, text) => { $(what, card.node).textContent = text; }, q = s.quality;
	const query = `line=${encodeURIComponent(s.line)}`;
	card.line = s.line;
	set('h2', s.line);
	set('.state', s.text);
	card.node.classList.toggle('down', s.down);
	set('.rtt', q && q.rtt_avg_ms !== null ? `${q.rtt_avg_ms.toFixed(1)} ms` : '–');
	set('.loss', q && q.echoes ? `${(100 * q.lost / q.echoes).toFixed(0)} %` : '–');
	set('.rx', q ? `${bits(q.rx_bits_per_s)}bit/s` : '–');
	set('.tx', q ? `${bits(q.tx_bits_per_s)}bit/s` : '–');
	$('.csv', card.node).href = `history.csv?${query}`;
	$('.json', card.node).href = `history.json?${query}`;
	$('.svg', card.node).href = `history.svg?${query}&hours=${$('#hours').value}`;
	if (card.visible && Date.now() - card.drawn > HISTORY_MS)
		draw(card);
}

function entries() {
	const up = status.sessions.map(s => ({
		id: `${s.tunnel_id}/${s.session_id}`, line: s.quality?.line ?? s.name, quality: s.quality, down: s.phase !== 'network',
		text: [s.phase === 'network' ? `up ${duration(s.uptime)}` : s.phase, s.user, s.ipv4?.remote, s.netdev].filter(Boolean).join(' · '),
	}));
	const down = status.waiting.map(w => ({
		id: w.name, line: w.name, quality: null, down: true, text: [w.state, w.last_end].filter(Boolean).join(' · '),
	}));
	return up.concat(down);
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

function show() {
	const words = $('#filter').value.toLowerCase().split(/\s+/).filter(Boolean), all = entries();
	const fit = all.filter(s => words.every(w => `${s.line} ${s.text}`.toLowerCase().includes(w)));
	const shown = fit.slice(0, CARDS_MAX), ids = new Set(shown.map(s => s.id));
	for (const id of [...cards.keys()])
		if (!ids.has(id))
			dropCard(id);
	for (const s of shown)
		fill(cards.get(s.id) ?? makeCard(s.id), s);
	$('#more').textContent = fit.length > shown.length ? `${fit.length - shown.length} more: say above which to show.` : '';
	$('#summary').textContent = `${status.sessions.filter(s => s.phase === 'network').length} sessions up, `
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
	() => cards.forEach(card => { card.latency?.redraw(); card.traffic?.redraw(); }));
poll();
