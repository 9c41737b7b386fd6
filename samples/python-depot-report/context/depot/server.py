"""The web server: a page in the depot's language and time."""

import datetime
import json
import locale
import os
import signal
import sys
import threading
import zoneinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from depot import store, trust

locale.setlocale(locale.LC_ALL, "")
SUPPLIER = zoneinfo.ZoneInfo(os.environ.get("SUPPLIER_ZONE", "Asia/Tokyo"))


def page():
    lines = []
    for number, at, goods, cents in sorted(store.deliveries(), key=lambda row: locale.strxfrm(row[2])):
        # The depot's own time is that of the system
        here = datetime.datetime.fromtimestamp(at)
        there = datetime.datetime.fromtimestamp(at, SUPPLIER)
        price = locale.currency(cents / 100, grouping=True)
        lines.append(f"{number}  {goods:32} {price:>16}  {here:%A, %d. %B %Y %H:%M}  ({there:%d.%m. %H:%M %Z})")
    return "\n".join(lines) + "\n"


def trusted():
    return "".join(f"{name} until {until}\n" for name, until in trust.authorities())


PAGES = {"/": page, "/trust": trusted, "/health": lambda: json.dumps({"deliveries": len(store.deliveries())}) + "\n"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        found = PAGES.get(self.path)
        body = (found() if found else "not found\n").encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


def main():
    server = ThreadingHTTPServer(("", 20310), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print("depot: ready", flush=True)
    server.serve_forever()
    print("depot: closed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
