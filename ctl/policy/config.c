// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration reader: a file goes into memory, through libyaml (which knows lines) and
 * libcyaml (which knows types), and through the passes that config_read.h names. Everything that
 * held a secret on the way is cleared.
 */
#include "policy/config_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "policy/rules.h"

#define FILE_MAX (64u << 20)

static void clear_and_free(void *p, size_t len)
{
	if (p)
		explicit_bzero(p, len);
	free(p);
}

static void free_secret(char *s)
{
	clear_and_free(s, s ? strlen(s) : 0);
}

/*
 * libcyaml's memory. It grows a list entry by entry, so blocks double here, or thousands of
 * sessions would be copied thousands of times; and each block is cleared when it is freed, as any
 * may hold a secret.
 */
struct block {
	size_t room;
	_Alignas(max_align_t) unsigned char data[];
};

static void *cyaml_memory(void *ctx, void *ptr, size_t size)
{
	struct block *old = ptr ? (struct block *)((char *)ptr - offsetof(struct block, data))
				: NULL,
		     *new = NULL;

	(void)ctx;
	if (old && size && size <= old->room)
		return ptr;
	if (size) {
		size_t room = old && size < 2 * old->room ? 2 * old->room : size;

		new = malloc(offsetof(struct block, data) + room);
		if (!new)
			return NULL;
		new->room = room;
		if (old)
			memcpy(new->data, old->data, old->room);
	}
	clear_and_free(old, old ? offsetof(struct block, data) + old->room : 0);
	return new ? new->data : NULL;
}

/* libcyaml writes a message and then the way to it, with lines: the first of them is where the
 * mistake is. */
static void cyaml_line(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
	unsigned *line = ctx;
	char text[512], *at;

	(void)level;
	vsnprintf(text, sizeof(text), fmt, args);
	at = strstr(text, "line: ");
	if (at && !*line)
		*line = (unsigned)strtoul(at + strlen("line: "), NULL, 10);
}

static void clear_document(yaml_document_t *d)
{
	for (yaml_node_t *n = d->nodes.start; n < d->nodes.top; n++)
		if (n->type == YAML_SCALAR_NODE)
			explicit_bzero(n->data.scalar.value, n->data.scalar.length);
	yaml_document_delete(d);
}

/* The document into r->document, and no other document behind it. */
static int read_document(struct reader *r, const char *text, size_t len)
{
	yaml_document_t second;
	yaml_parser_t parser;
	int err = -EINVAL;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, &r->document))
		goto bad_yaml;
	if (!yaml_document_get_root_node(&r->document)) {
		mistake_at(r, 0, "", "is empty, give at least one outgoing or incoming tunnel");
		goto out_document;
	}
	if (!yaml_parser_load(&parser, &second))
		goto bad_yaml_document;
	if (yaml_document_get_root_node(&second)) {
		mistake_at(r, mark_line(&second.start_mark), "",
			   "a second document starts here, give one only");
		clear_document(&second);
		goto out_document;
	}
	yaml_document_delete(&second);
	yaml_parser_delete(&parser);
	return 0;

bad_yaml_document:
	clear_document(&r->document);
bad_yaml:
	if (parser.error == YAML_MEMORY_ERROR)
		err = -ENOMEM;
	else
		mistake_at(r, mark_line(&parser.problem_mark), "", "is not YAML: %s%s%s",
			   parser.problem, parser.context ? " " : "",
			   parser.context ? parser.context : "");
	yaml_parser_delete(&parser);
	return err;
out_document:
	clear_document(&r->document);
	yaml_parser_delete(&parser);
	return err;
}

/* Passes two and three, on what libcyaml makes of the text. */
static int read_values(struct reader *r, const struct place *root, const char *text, size_t len,
		       struct config *c)
{
	unsigned line = 0;
	const struct cyaml_config how = {
		.log_fn = cyaml_line,
		.log_ctx = &line,
		.mem_fn = cyaml_memory,
		.log_level = CYAML_LOG_ERROR,
		.flags = CYAML_CFG_IGNORE_UNKNOWN_KEYS, /* config_shape() has told of them */
	};
	static const struct raw_config nothing;
	struct raw_config *raw = NULL;
	cyaml_err_t err;

	err = cyaml_load_data((const uint8_t *)text, len, &how, &config_schema,
			      (cyaml_data_t **)&raw, NULL);
	if (err == CYAML_ERR_OOM)
		return -ENOMEM;
	if (err) {
		mistake_at(r, line, "", "cannot be read: %s", cyaml_strerror(err));
		return -EINVAL;
	}
	config_check(root, raw ? raw : &nothing, c);
	config_sets(root, raw ? raw : &nothing, c);
	config_conflict(root, c);
	cyaml_free(&how, &config_schema, raw, 0);
	return 0;
}

static void read_text(struct reader *r, const char *text, size_t len, struct config *c)
{
	struct place root;

	r->error = read_document(r, text, len);
	if (r->error)
		return;
	root = place_root(r);
	r->error = config_shape(&root);
	if (!r->error)
		r->error = read_values(r, &root, text, len, c);
	clear_document(&r->document);
}

static int reader_init(struct reader *r, const char *name)
{
	const char *slash = strrchr(name, '/');

	*r = (struct reader){.file = name};
	r->dir = strndup(name, slash ? (size_t)(slash - name) + 1 : 0);
	return r->dir ? 0 : -ENOMEM;
}

int config_parse(const char *name, const char *text, size_t len,
		 void (*report)(void *arg, const char *message), void *arg, struct config **out)
{
	struct config *c = calloc(1, sizeof(*c));
	struct reader r;
	int err;

	*out = NULL;
	err = c ? reader_init(&r, name) : -ENOMEM;
	if (err)
		goto err;
	read_text(&r, text, len, c);
	err = r.error == -ENOMEM ? -ENOMEM : r.error || r.mistakes_count ? -EINVAL : 0;
	if (err == -ENOMEM)
		report(arg, "no memory to read the configuration");
	else
		mistakes_report(&r, report, arg);
	mistakes_free(&r);
	free(r.dir);
	if (err)
		goto err;
	*out = c;
	return 0;
err:
	config_free(c);
	return err;
}

/* The whole file, also a pipe's. */
static int read_file(const char *path, char **text, size_t *len)
{
	size_t room = 0;
	ssize_t n = 0;
	int err = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	*text = NULL;
	*len = 0;
	if (fd < 0)
		return -errno;
	do {
		*len += (size_t)n;
		if (*len == room) {
			char *more =
				room < FILE_MAX ? malloc(room = room ? 2 * room : 65536) : NULL;

			if (!more) {
				err = room < FILE_MAX ? -ENOMEM : -EFBIG;
				break;
			}
			if (*len)
				memcpy(more, *text, *len);
			clear_and_free(*text, *len);
			*text = more;
		}
		do
			n = read(fd, *text + *len, room - *len);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			err = -errno;
	} while (n > 0);
	close(fd);
	return err;
}

int config_load(const char *path, void (*report)(void *arg, const char *message), void *arg,
		struct config **out)
{
	char *text, message[512];
	size_t len;
	int err = read_file(path, &text, &len);

	*out = NULL;
	if (err) {
		snprintf(message, sizeof(message), "%.400s: cannot be read: %s", path,
			 strerror(-err));
		report(arg, message);
	} else {
		err = config_parse(path, text, len, report, arg, out);
	}
	clear_and_free(text, len);
	return err;
}

static void free_scripts(struct config_scripts *s)
{
	free(s->on_up);
	free(s->on_down);
	free(s->on_change);
}

static void free_patterns(struct config_patterns *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->list[i]);
	free(p->list);
}

static void free_session(struct config_session *s)
{
	free_patterns(&s->usernames);
	free_patterns(&s->calling);
	free_patterns(&s->called);
	free_patterns(&s->private_groups);
	free_secret(s->password);
	free(s->reject);
	free(s->routes);
	free(s->delegate);
}

static void free_relay(struct config_relay *r)
{
	free(r->name);
	for (size_t i = 0; i < r->servers_count; i++)
		free(r->servers[i]);
	free(r->servers);
	free(r->hostname);
	free_secret(r->secret);
	free(r->calling.text);
	free(r->called.text);
	free(r->private_group.text);
	free(r->proxy_auth.text);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->outgoing_count; i++) {
		struct config_outgoing *o = &c->outgoing[i];

		free(o->name);
		for (size_t j = 0; j < o->servers_count; j++)
			free(o->servers[j]);
		free(o->servers);
		free(o->hostname);
		free_secret(o->secret);
		free(o->username);
		free_secret(o->password);
		free(o->calling);
		free(o->called);
		free(o->routes);
		free_scripts(&o->scripts);
	}
	for (size_t i = 0; i < c->incoming_count; i++) {
		struct config_incoming *in = &c->incoming[i];

		for (size_t j = 0; j < in->sessions_count; j++) {
			free_session(&in->sessions[j]);
		}
		free(in->name);
		free_patterns(&in->remote_hostnames);
		free(in->local_addresses);
		free(in->hostname);
		free_secret(in->secret);
		free(in->allow);
		free_scripts(&in->scripts);
		free_patterns(&in->accept_calls);
		free(in->sessions);
		rules_free(in->rules);
	}
	for (size_t i = 0; i < c->pools_count; i++) {
		free(c->pools[i].name);
		free(c->pools[i].addresses);
	}
	free(c->pools);
	for (size_t i = 0; i < c->sets_count; i++) {
		free(c->sets[i].name);
		free_scripts(&c->sets[i].scripts);
	}
	free(c->sets);
	free(c->history.file);
	free(c->http.listen);
	free_secret(c->http.token);
	for (size_t i = 0; i < c->relays_count; i++)
		free_relay(&c->relays[i]);
	free(c->relays);
	free(c->control_socket);
	free(c->bpf_path);
	free(c->user);
	free(c->listen);
	free(c->interfaces);
	free(c->outgoing);
	free(c->incoming);
	free(c);
}
