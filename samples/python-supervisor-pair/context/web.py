"""Shows what the clock has counted."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ticks = Path(sys.argv[1])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = ticks.read_text() if self.path == "/ticks" and ticks.exists() else "ask /ticks\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format, *arguments):
        """Nothing: the log is the supervisor's."""


HTTPServer(("", 20252), Handler).serve_forever()
