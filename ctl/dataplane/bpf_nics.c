// SPDX-License-Identifier: GPL-2.0-only
/* NICs: which ones XDP may use, those that copies leave by, and its links to them, see bpf.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "dataplane/bpf_private.h"

/* On each CPU. */
static int make_turn(struct bpf *b, unsigned ifindex)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct l2x_leg_turn *zero;

	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
	err = bpf_map_write(b->skel->maps.leg_turns, &ifindex, zero);
	free(zero);
	return err;
}

int bpf_nic_list_set(struct bpf *b, uint32_t index, const uint32_t *nics, size_t count)
{
	struct bpf_devmap_val value = {
		.bpf_prog.fd = bpf_program__fd(b->skel->progs.l2x_xdp_leg),
	};
	int fd, err = 0;

	fd = bpf_map_create(BPF_MAP_TYPE_DEVMAP, "l2x_nic_list", sizeof(uint32_t), sizeof(value),
			    (uint32_t)count, NULL);
	if (fd < 0)
		return -errno;
	for (uint32_t i = 0; i < count && nics[i] && !err; i++) {
		value.ifindex = nics[i];
		if (bpf_map_update_elem(fd, &i, &value, BPF_ANY))
			err = -errno;
	}
	if (!err)
		err = bpf_map_write(b->skel->maps.set_nics, &index, &fd);
	close(fd);
	return err;
}

int bpf_forward_set(struct bpf *b, unsigned ifindex, const uint8_t mac[6])
{
	struct bpf_devmap_val value = {.ifindex = ifindex};
	struct l2x_nic nic = {0};
	int err;

	memcpy(nic.mac, mac, sizeof(nic.mac));
	err = make_turn(b, ifindex);
	if (!err)
		err = bpf_map_write(b->skel->maps.nics, &ifindex, &nic);
	return err ? err : bpf_map_write(b->skel->maps.forward, &ifindex, &value);
}

void bpf_forward_del(struct bpf *b, unsigned ifindex)
{
	bpf_map_remove(b->skel->maps.leg_turns, &ifindex);
	bpf_map_remove(b->skel->maps.forward, &ifindex);
	bpf_map_remove(b->skel->maps.nics, &ifindex);
}

int bpf_xdp_link(struct bpf *b, unsigned ifindex, int *link)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	char path[PATH_MAX];
	int fd, err;

	err = pins_path(&b->pins, path, PINS_LINKS "/%u", ifindex);
	if (err)
		return err;
	fd = bpf_link_create(b->spread ? spread_program_fd(b->spread) : bpf_xdp_fd(b), (int)ifindex,
			     BPF_XDP, &opts);
	if (fd < 0)
		return -errno;
	unlink(path); /* of an interface that had this index before */
	if (bpf_obj_pin(fd, path)) {
		err = -errno;
		close(fd);
		return err;
	}
	*link = fd;
	return 0;
}

void bpf_xdp_unlink(struct bpf *b, unsigned ifindex, int link)
{
	char path[PATH_MAX];

	/* The kernel frees links later than their last use: detach at once. */
	bpf_link_detach(link);
	close(link);
	if (!pins_path(&b->pins, path, PINS_LINKS "/%u", ifindex))
		unlink(path);
}
