/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own L2TP data path: PPPoL2TP sockets, which a tunnel and each of its sessions is given to it by. */
#ifndef L2X_TESTS_LIB_PPPOL2TP_H
#define L2X_TESTS_LIB_PPPOL2TP_H

#include <stdint.h>
#include "base/addr.h"

struct pppol2tp_ids {
	uint16_t tunnel, peer_tunnel, session, peer_session; /* sessions 0: of the tunnel itself */
};

/* udp: the tunnel's socket, connected to the peer. The new socket, or negative errno. */
int pppol2tp_socket(int udp, const struct endpoint *peer, const struct pppol2tp_ids *ids);

#endif
