// SPDX-License-Identifier: GPL-2.0-only
/* PPPoL2TP sockets, see pppol2tp.h. */
/* clang-format off: the kernel's headers go behind those of libc that say the same */
#include <netinet/in.h>
#include <linux/if_pppox.h>
/* clang-format on */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "pppol2tp.h"

int pppol2tp_socket(int udp, const struct endpoint *peer, const struct pppol2tp_ids *ids)
{
	struct sockaddr_pppol2tpin6 to6 = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp = {.fd = udp,
			     .s_tunnel = ids->tunnel,
			     .s_session = ids->session,
			     .d_tunnel = ids->peer_tunnel,
			     .d_session = ids->peer_session},
	};
	struct sockaddr_pppol2tp to4 = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp = {.fd = udp,
			     .s_tunnel = ids->tunnel,
			     .s_session = ids->session,
			     .d_tunnel = ids->peer_tunnel,
			     .d_session = ids->peer_session},
	};
	int fd = socket(AF_PPPOX, SOCK_DGRAM, PX_PROTO_OL2TP), err;
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(peer, &ss);

	if (fd < 0)
		return -errno;
	if (ss.ss_family == AF_INET6) {
		memcpy(&to6.pppol2tp.addr, &ss, len);
		err = connect(fd, (struct sockaddr *)&to6, sizeof(to6));
	} else {
		memcpy(&to4.pppol2tp.addr, &ss, len);
		err = connect(fd, (struct sockaddr *)&to4, sizeof(to4));
	}
	if (err) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}
