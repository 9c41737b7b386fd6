"""python -m recipes"""

import argparse
import asyncio
import os
import signal
import sqlite3
from pathlib import Path

import urllib3
from tornado.web import Application, RequestHandler

from recipes import __version__
from recipes.model import Recipe, cookbook


class Page(RequestHandler):
    def initialize(self, book: dict[str, Recipe]) -> None:
        self.book = book


class Index(Page):
    def get(self) -> None:
        self.render("index.html", recipes=self.book, version=__version__)


class Scaled(Page):
    def get(self, name: str) -> None:
        found = self.book.get(name)
        if found is None:
            self.set_status(404)
            self.write({"error": "no such recipe"})
            return
        guests = int(self.get_query_argument("guests", str(found.serves)))
        self.write({"title": found.title, "guests": guests, "ingredients": found.scaled(guests)})


class Search(Page):
    def look(self, wanted: str) -> list[str]:
        with sqlite3.connect(":memory:") as database:
            database.execute("CREATE VIRTUAL TABLE pages USING fts5(name, text)")
            rows = [(name, "\n".join(r.scaled(r.serves))) for name, r in self.book.items()]
            database.executemany("INSERT INTO pages VALUES (?, ?)", rows)
            return [n for (n,) in database.execute("SELECT name FROM pages WHERE text MATCH ? ORDER BY name", (wanted,))]

    async def get(self) -> None:
        self.write({"found": await asyncio.to_thread(self.look, self.get_query_argument("q", ""))})


class Health(Page):
    def get(self) -> None:
        pool = urllib3.PoolManager(cert_reqs="CERT_REQUIRED")
        self.write({"status": "ok", "uid": os.getuid(), "home": os.path.expanduser("~"), "pools": len(pool.pools)})


async def main() -> None:
    parser = argparse.ArgumentParser(prog="recipes")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")))
    parser.add_argument("--book", type=Path, default=Path("cookbook"))
    asked = parser.parse_args()
    book = {"book": cookbook(asked.book)}
    app = Application(
        [("/", Index, book), (r"/recipes/(\w+)", Scaled, book), ("/search", Search, book), ("/health", Health, book)],
        template_path=str(Path(__file__).with_name("templates")),
    )
    app.listen(asked.port)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    print("the kitchen is closed")


asyncio.run(main())
