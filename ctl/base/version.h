/* SPDX-License-Identifier: GPL-2.0-only */
/* The version, in one place: `l2x --version`, the status answer, and the Vendor Name and Firmware
 * AVPs. */
#ifndef L2X_BASE_VERSION_H
#define L2X_BASE_VERSION_H

#define L2X_VERSION	      "0.1"
#define L2X_FIRMWARE_REVISION 0x0001 /* RFC 2661 4.4.3: vendor's own, 16 bits */

#endif
