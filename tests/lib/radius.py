# SPDX-License-Identifier: GPL-2.0-only
"""
A RADIUS server (RFC 2865) for l2tpns, which has no users of its own: answers Access-Requests with PAP and CHAP passwords.

  radius.py SECRET NAME PASSWORD ADDRESS

One user, who gets ADDRESS. Says "ready", and then a line for each request.
"""
import hashlib
import socket
import struct
import sys

ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT = 1, 2, 3
USER_NAME, USER_PASSWORD, CHAP_PASSWORD = 1, 2, 3
SERVICE_TYPE, FRAMED_PROTOCOL, FRAMED_ADDRESS, CHAP_CHALLENGE = 6, 7, 8, 60
FRAMED, PPP = 2, 1


def attributes(packet):
    found, at = {}, 20
    while at + 2 <= len(packet) and packet[at + 1] >= 2:
        found[packet[at]] = packet[at + 2 : at + packet[at + 1]]
        at += packet[at + 1]
    return found


def hidden(secret, authenticator, word):
    """RFC 2865 5.2, backwards"""
    clear, last = b"", authenticator
    for at in range(0, len(word), 16):
        pad = hashlib.md5(secret + last).digest()
        last = word[at : at + 16]
        clear += bytes(a ^ b for a, b in zip(last, pad))
    return clear.rstrip(b"\0")


def proves(secret, authenticator, given, password):
    if USER_PASSWORD in given:
        return hidden(secret, authenticator, given[USER_PASSWORD]) == password
    answer = given.get(CHAP_PASSWORD, b"")
    challenge = given.get(CHAP_CHALLENGE, authenticator)
    return answer[1:] == hashlib.md5(answer[:1] + password + challenge).digest()


def main():
    secret, name, password = (word.encode() for word in sys.argv[1:4])
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 1812))
    print("ready", flush=True)
    while True:
        packet, peer = s.recvfrom(4096)
        code, identifier, length = struct.unpack("!BBH", packet[:4])
        if code != ACCESS_REQUEST or length > len(packet):
            continue
        authenticator, given = packet[4:20], attributes(packet[:length])
        well = given.get(USER_NAME) == name and proves(secret, authenticator, given, password)
        gift = b""
        if well:
            gift = struct.pack("!BBIBBIBB4s", SERVICE_TYPE, 6, FRAMED, FRAMED_PROTOCOL, 6, PPP,
                               FRAMED_ADDRESS, 6, socket.inet_aton(sys.argv[4]))
        head = struct.pack("!BBH", ACCESS_ACCEPT if well else ACCESS_REJECT, identifier, 20 + len(gift))
        s.sendto(head + hashlib.md5(head + authenticator + gift + secret).digest() + gift, peer)
        print("PAP" if USER_PASSWORD in given else "CHAP", given.get(USER_NAME, b"").decode(errors="replace"),
              "accepted" if well else "rejected", flush=True)


main()
