"""How long legitimate requests take: one after the other from an address of their own, REST on new connections, frames on one socket.

    measure.py rest http://127.0.0.1:8000 TOKEN 20
    measure.py socket http://127.0.0.1:8001 TOKEN 20
"""

import base64
import http.client
import os
import socket
import sys
import time
from urllib.parse import urlsplit

SOURCE = ("127.0.0.2", 0)
EACH_SECONDS = 0.04
PATIENCE_SECONDS = 10


def rest(address, token):
    connection = http.client.HTTPConnection(address.hostname, address.port, PATIENCE_SECONDS, source_address=SOURCE)
    connection.request("GET", "/api/chat/conversations/?page_size=20", headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise OSError(answer.status)


def upgraded(address, token):
    stream = socket.create_connection((address.hostname, address.port), PATIENCE_SECONDS, source_address=SOURCE)
    key = base64.b64encode(os.urandom(16)).decode()
    stream.sendall(
        f"GET /ws/ HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )
    return stream


def ping(stream):
    payload = b'{"type":"ping"}'
    stream.sendall(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    while b'"pong"' not in stream.recv(65536):
        pass


def main():
    kind, url, token, seconds = sys.argv[1:]
    address = urlsplit(url)
    stream = upgraded(address, token) if kind == "socket" else None
    took, failed, end = [], 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        begun = time.monotonic()
        try:
            ping(stream) if stream else rest(address, token)
            took.append(time.monotonic() - begun)
        except OSError:
            failed += 1
        time.sleep(EACH_SECONDS)
    took.sort()
    at = lambda share: 1000 * took[min(len(took) - 1, int(share * len(took)))] if took else float("nan")
    print(f"{kind}: {len(took)} answered, {failed} failed, p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms")


main()
