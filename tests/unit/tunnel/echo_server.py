# SPDX-License-Identifier: GPL-2.0-or-later
"""A server of an instance: answers on UDP and TCP with the address it was asked from.

Usage: echo_server.py PORT USER. A datagram "big" is answered with 1,400 bytes that may not be cut, or with
"too big" once the kernel knows that they do not fit the way.
"""
import os
import selectors
import socket
import sys

IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2


def answer_datagram(sock):
    data, peer = sock.recvfrom(2000)
    try:
        sock.sendto(b"x" * 1400 if data == b"big" else peer[0].encode(), peer)
    except OSError:
        sock.sendto(b"too big", peer)


def answer_line(sock):
    if sock.recv(2000):
        sock.sendall(sock.getpeername()[0].encode())
        return
    selector.unregister(sock)
    sock.close()


def accept(sock):
    selector.register(sock.accept()[0], selectors.EVENT_READ, answer_line)


port, user = (int(word) for word in sys.argv[1:])
os.setgid(user)
os.setuid(user)
selector = selectors.DefaultSelector()
for kind, serve in ((socket.SOCK_DGRAM, answer_datagram), (socket.SOCK_STREAM, accept)):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    sock.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        sock.listen(8)
    selector.register(sock, selectors.EVENT_READ, serve)
while True:
    for key, _ in selector.select():
        key.data(key.fileobj)
