// SPDX-License-Identifier: GPL-2.0-only
/* A line's history as SVG 1.1, see history_svg.h. Pure: what is drawn is in the answer. */
#include "api/history_svg.h"

#include <math.h> /* NAN and isnan() need no libm */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WIDTH 900
#define LEFT  60.0
#define RIGHT 860.0
#define ROWS  4 /* of the grid */
#define TOP   32
#define PANEL 176 /* with its title */
#define GRAPH 130

/* Where a graph's values come from: a column, times something, per one or two others together, if these are named. */
struct graph {
	const char *class, *column, *per, *also;
	double times;
	bool bars; /* a bar each, and 100 is the top */
};

/* The first one is drawn first, below the others. All but bars share a scale. */
struct panel {
	const char *title;
	struct graph graphs[4];
};

static const struct panel of_echoes[] = {
	{"Round trip in ms: mean (blue), longest (orange); loss in % (red)",
	 {{"loss", "lost", "echoes", NULL, 100, true},
	  {"max", "rtt_max", NULL, NULL, 1, false},
	  {"avg", "rtt_avg", NULL, NULL, 1, false}}},
};

static const struct panel of_traffic[] = {
	{"Throughput in bit/s: receive (green), transmit (violet)",
	 {{"rx", "rx_bytes", "up", NULL, 8, false}, {"tx", "tx_bytes", "up", NULL, 8, false}}},
};

/* Of who has no echoes, as what is relayed: there is this to know. */
static const struct panel of_packets[] = {
	{"Packets/s: receive (green), transmit (violet), dropped (orange)",
	 {{"max", "drops", "up", NULL, 1, false},
	  {"rx", "rx_packets", "up", NULL, 1, false},
	  {"tx", "tx_packets", "up", NULL, 1, false}}},
};

static const struct panel of_legs[] = {
	{"Copies of the set's packets, ms behind the first: half of them (blue), 99 % (orange); "
	 "missing in % (red)",
	 {{"loss", "missing", "rx_packets", "missing", 100, true},
	  {"max", "skew_most", NULL, NULL, 1, false},
	  {"avg", "skew_half", NULL, NULL, 1, false}}},
};

static const struct panel of_sets[] = {
	{"Packets/s: received, each once (green), duplicates (orange), sent (violet); lost on all "
	 "legs in % (red)",
	 {{"loss", "lost", "unique", "lost", 100, true},
	  {"max", "duplicates", "up", NULL, 1, false},
	  {"rx", "unique", "up", NULL, 1, false},
	  {"tx", "sent", "up", NULL, 1, false}}},
};

struct svg {
	FILE *out;
	const json_t *history;
	uint64_t from, until; /* s */
	double step;	      /* s of a slot */
	int panels;
};

static const char style[] =
	"text{font:12px sans-serif;fill:#5b6776}.title{font-size:16px;fill:#1b2430}"
	"path{fill:none;stroke-width:1.5}.grid{stroke:#d9dee5;stroke-width:1}"
	".avg{stroke:#1765c2}.max{stroke:#e08a00}.loss{stroke:#d03b3b;stroke-width:3}"
	".rx{stroke:#14804a}.tx{stroke:#7a3fc4}rect{fill:#fff}"
	"@media(prefers-color-scheme:dark){text{fill:#98a4b3}.title{fill:#e4e9f0}rect{fill:#1a2029}"
	".grid{stroke:#303945}.avg{stroke:#62a8ff}.max{stroke:#f2b04a}.loss{stroke:#ff7070}"
	".rx{stroke:#4fce8d}.tx{stroke:#bf92ff}}";

/* A name may be anything that a peer calls himself. */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		default:
			fputc((unsigned char)*text < 0x20 ? '?' : *text, out);
		}
}

static double cell(const struct svg *s, const json_t *slot, const char *column)
{
	const json_t *i;
	size_t n;

	json_array_foreach(json_object_get(s->history, "columns"), n, i)
	{
		const json_t *value = json_array_get(slot, n);

		if (json_is_string(i) && !strcmp(json_string_value(i), column))
			return json_is_number(value) ? json_number_value(value) : NAN;
	}
	return NAN;
}

/* Not a number: nothing was measured. */
static double value_of(const struct svg *s, const json_t *slot, const struct graph *g)
{
	double value = cell(s, slot, g->column) * g->times;
	double per = g->per ? cell(s, slot, g->per) : 1;

	if (g->also)
		per += cell(s, slot, g->also);
	return per > 0 ? value / per : NAN;
}

static bool in_sight(const struct svg *s, double time)
{
	return time + s->step > (double)s->from && time <= (double)s->until;
}

/* No number is less than any. */
static double larger(double a, double b)
{
	return isnan(b) || a > b ? a : b;
}

/* A round number at or above the highest value of all that are no bars. */
static double top_of(const struct svg *s, const struct panel *p)
{
	const json_t *slot;
	double top = 0, round = 1, nice;
	size_t n;

	json_array_foreach(json_object_get(s->history, "slots"), n, slot)
	{
		for (const struct graph *g = p->graphs; g->class; g++)
			if (!g->bars && in_sight(s, cell(s, slot, "time")))
				top = larger(top, value_of(s, slot, g));
	}
	if (!(top > 1))
		return 1;
	while (round * 10 < top)
		round *= 10;
	for (nice = round; nice < top; nice += round)
		;
	return nice;
}

static double x_of(const struct svg *s, double time)
{
	double x = LEFT + (RIGHT - LEFT) * (time - (double)s->from) / (double)(s->until - s->from);

	return x < LEFT ? LEFT : x > RIGHT ? RIGHT : x;
}

/* From the middle of a slot to that of the next; a new start where one is missing. */
static void draw(const struct svg *s, const struct graph *g, double y, double top)
{
	const json_t *slot;
	double last = NAN;
	size_t n;

	fprintf(s->out, "<path class=\"%s\" d=\"", g->class);
	json_array_foreach(json_object_get(s->history, "slots"), n, slot)
	{
		double time = cell(s, slot, "time"), value = value_of(s, slot, g);
		double at_x = x_of(s, time + s->step / 2), at_y = y + GRAPH * (1 - value / top);

		if (isnan(value) || !in_sight(s, time))
			continue;
		if (g->bars && value > 0)
			fprintf(s->out, "M%.1f %.1fV%.1f", at_x, y + GRAPH, at_y);
		/* One by itself is seen too. */
		else if (!g->bars && !(time - last <= s->step))
			fprintf(s->out, "M%.1f %.1fh1", at_x, at_y);
		else if (!g->bars)
			fprintf(s->out, "L%.1f %.1f", at_x, at_y);
		last = time;
	}
	fputs("\"/>\n", s->out);
}

static void put_number(FILE *out, double n)
{
	static const char *const units[] = {"", "k", "M", "G", "T"};
	size_t i = 0;

	while (n >= 1000 && i < 4) {
		n /= 1000;
		i++;
	}
	fprintf(out, "%.3g%s", n, units[i]);
}

static void grid(const struct svg *s, double y, double top, bool percent)
{
	for (int i = 0; i <= ROWS; i++) {
		double at = y + (double)GRAPH * i / ROWS;

		fprintf(s->out,
			"<path class=\"grid\" d=\"M%.0f %.1fH%.0f\"/>"
			"<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">",
			LEFT, at, RIGHT, LEFT - 6, at + 4);
		put_number(s->out, top * (ROWS - i) / ROWS);
		fputs("</text>", s->out);
		if (percent)
			fprintf(s->out, "<text x=\"%.0f\" y=\"%.1f\">%d%%</text>", RIGHT + 4,
				at + 4, 100 * (ROWS - i) / ROWS);
		fputc('\n', s->out);
	}
}

static void clock_below(const struct svg *s, double y)
{
	for (int i = 0; i <= 6; i++) {
		time_t t = (time_t)(s->from + (s->until - s->from) * (unsigned)i / 6);
		struct tm tm;

		localtime_r(&t, &tm);
		fprintf(s->out,
			"<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%02d:%02d</text>\n",
			x_of(s, (double)t), y, tm.tm_hour, tm.tm_min);
	}
}

static void title(const struct svg *s, double y, const char *class, const char *text)
{
	fprintf(s->out, "<text class=\"%s\" x=\"%.0f\" y=\"%.0f\">", class, LEFT, y);
	put_text(s->out, text);
	fputs("</text>\n", s->out);
}

static void draw_panels(struct svg *s, const struct panel *panels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct panel *p = &panels[i];
		const double y = TOP + PANEL * s->panels++, top = top_of(s, p);

		title(s, y + 14, "what", p->title);
		grid(s, y + 24, top, p->graphs[0].bars);
		for (const struct graph *g = p->graphs; g->class; g++)
			draw(s, g, y + 24, g->bars ? 100 : top);
	}
}

/* More than that in any slot. */
static bool has_any(const struct svg *s, const char *column, double more)
{
	const json_t *slot;
	size_t n;

	json_array_foreach(json_object_get(s->history, "slots"), n, slot)
	{
		if (cell(s, slot, column) > more)
			return true;
	}
	return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void draw_all(struct svg *s)
{
	const char *name = json_string_value(json_object_get(s->history, "name")),
		   *kind = json_string_value(json_object_get(s->history, "kind"));

	title(s, 24, "title", name ? name : "");
	if (kind && !strcmp(kind, "set")) {
		draw_panels(s, of_sets, COUNT(of_sets));
	} else {
		const bool echoes = has_any(s, "echoes", 0);

		if (echoes)
			draw_panels(s, of_echoes, COUNT(of_echoes));
		draw_panels(s, of_traffic, COUNT(of_traffic));
		if (!echoes)
			draw_panels(s, of_packets, COUNT(of_packets));
	}
	if (has_any(s, "missing", -1))
		draw_panels(s, of_legs, COUNT(of_legs));
	clock_below(s, TOP + PANEL * s->panels);
}

/* What stands around what was drawn, whose height is known then. NULL: no memory. */
static char *framed(const struct svg *s, const char *body)
{
	const int height = TOP + PANEL * s->panels + 16;
	char *text;

	if (asprintf(&text,
		     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
		     "height=\"%d\" role=\"img\">\n<style>%s</style>\n<rect width=\"100%%\" "
		     "height=\"100%%\"/>\n%s</svg>\n",
		     WIDTH, height, WIDTH, height, style, body) < 0)
		return NULL;
	return text;
}

char *history_svg(const json_t *history, uint64_t now, unsigned hours)
{
	char *body = NULL, *text = NULL;
	size_t len;
	struct svg s = {
		.out = open_memstream(&body, &len),
		.history = history,
		.from = now - hours * UINT64_C(3600),
		.until = now,
		.step = json_number_value(json_object_get(history, "seconds")),
	};

	if (!s.out)
		return NULL;
	draw_all(&s);
	if (!fclose(s.out))
		text = framed(&s, body);
	free(body);
	return text;
}
