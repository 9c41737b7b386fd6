"""Says over HTTP what is lent."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from lending.shelf import due_within, shelf


class Desk(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/":
            found = {"desk": "open"}
        elif url.path == "/loans":
            found = due_within(0) if "overdue" in parse_qs(url.query) else shelf()[1]
        else:
            self.send_error(404)
            return
        body = json.dumps(found, default=str).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", int(os.environ["LENDING_PORT"])), Desk).serve_forever()
