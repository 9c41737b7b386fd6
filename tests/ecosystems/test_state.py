"""State: what the application keeps in the container, and where that is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.analysis.facts import gather
from minify.context.tree import Context
from minify.ecosystems import state
from minify.syntax import Source, parse

SOURCES = [
    pytest.param("app.py", 'DATABASE = "sqlite:///shop.db"', "/app/shop.db", "a SQLite database", id="a relative URL"),
    pytest.param(
        "app.py",
        'URL = "sqlite+aiosqlite:////data/shop.db"',
        "/data/shop.db",
        "a SQLite database",
        id="an absolute URL",
    ),
    pytest.param(
        "app.py",
        'db = sqlite3.connect("/var/lib/shop/shop.db")',
        "/var/lib/shop/shop.db",
        "a SQLite database",
        id="sqlite3",
    ),
    pytest.param(
        "s.py",
        'DATABASES = {"default": {"NAME": BASE_DIR / "db.sqlite3"}}',
        "/app/db.sqlite3",
        "a SQLite database",
        id="Django",
    ),
    pytest.param(
        "db.js",
        'const db = new Database("data/shop.db")',
        "/app/data/shop.db",
        "a SQLite database",
        id="better-sqlite3",
    ),
    pytest.param("schema.prisma", 'url = "file:./dev.db"', "/app/dev.db", "a SQLite database", id="Prisma"),
    pytest.param(
        "app.go", 'sql.Open("sqlite3", "file:shop.db?cache=shared")', "/app/shop.db", "a SQLite database", id="Go"
    ),
    pytest.param("a.properties", "url=jdbc:h2:file:./data/shop", "/app/data/shop", "a SQLite database", id="H2"),
    pytest.param(
        "app.py", 'app.config["UPLOAD_FOLDER"] = "/srv/uploads"', "/srv/uploads", "uploaded files", id="Flask's uploads"
    ),
    pytest.param(
        "app.js", "const upload = multer({ dest: 'uploads/' })", "/app/uploads", "uploaded files", id="multer"
    ),
    pytest.param(
        "app.py", 'h = logging.handlers.RotatingFileHandler("logs/app.log")', "/app/logs/app.log", "logs", id="a log"
    ),
    pytest.param("app.py", 'with open("/data/count", "wb") as f:', "/data/count", "a file", id="a file that is opened"),
    pytest.param(
        "app.js", "fs.appendFileSync('/data/visits.txt', line)", "/data/visits.txt", "a file", id="a file of Node's"
    ),
    pytest.param("app.py", 'os.makedirs("/data/cache", exist_ok=True)', "/data/cache", "files", id="a directory"),
]
NOTHING = [
    pytest.param("app.py", 'with open("settings.toml", "rb") as f:', id="a file that is read"),
    pytest.param("app.py", 'db = sqlite3.connect(":memory:")', id="a database in memory"),
    pytest.param("app.py", "# sqlite:///shop.db", id="a comment"),
    pytest.param("app.py", 'open("/tmp/x", "w")', id="a temporary file"),
    pytest.param("tests/test_app.py", 'open("x", "w")', id="a test"),
    pytest.param("app.py", "connect(url)", id="what is known at run time only"),
]
HEAD = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n"


def found(folder: Path, files: dict[str, str], dockerfile: str) -> list[state.Written]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")
    return list(state.written(gather(parse(Source(dockerfile)), Context(folder, None))))


@pytest.mark.parametrize(("name", "text", "path", "what"), SOURCES)
def test_what_sources_write(tmp_path: Path, name: str, text: str, path: str, what: str) -> None:
    [item] = found(tmp_path, {name: f"\n{text}"}, HEAD)
    said = "a database in a file" if "jdbc:h2" in text else what
    assert (item.path, item.what, item.file, item.line) == (path, said, name, 2)


@pytest.mark.parametrize(("name", "text"), NOTHING)
def test_what_is_none(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, {name: text}, HEAD) == []


def test_variables_of_the_dockerfile(tmp_path: Path) -> None:
    dockerfile = (
        HEAD
        + "ENV DATABASE_URL=sqlite:////data/shop.db UPLOAD_DIR=/srv/uploads \\\n    LOG_FILE=/var/log/shop.log DATA_DIR=/tmp/x\n"
    )
    assert [(i.path, i.what, i.line, i.directory) for i in found(tmp_path, {}, dockerfile)] == [
        ("/data/shop.db", "a SQLite database", 4, False),
        ("/srv/uploads", "uploaded files", 4, True),
        ("/var/log/shop.log", "logs", 5, False),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app.py", 'db = sqlite3.connect(os.environ["STORE"])'),
        ("app.py", 'db = sqlite3.connect(os.environ.get("STORE"))'),
        ("db.js", "const db = new Database(process.env.STORE)"),
        ("main.go", 'db, err := sql.Open("sqlite3", os.Getenv("STORE"))'),
    ],
)
def test_a_database_that_a_variable_names(tmp_path: Path, name: str, text: str) -> None:
    [item] = found(tmp_path, {name: text}, f"{HEAD}ENV STORE=data/shop.db\n")
    assert (item.path, item.what, item.file) == ("/app/data/shop.db", "a SQLite database", name)
    # Without a value it may be anywhere
    assert found(tmp_path, {name: text}, HEAD) == []


def test_files_that_do_not_reach_the_image_say_nothing(tmp_path: Path) -> None:
    assert (
        found(tmp_path, {"other/app.py": 'open("/data/x", "w")', "app.py": ""}, HEAD.replace(". .", "app.py .")) == []
    )


def test_what_is_decided(tmp_path: Path) -> None:
    """A volume that is there needs no word; one on the application's own directory would hide it."""
    files = {"a.py": 'open("/data/x", "w")', "b.py": 'open("/logs/x.log", "w")', "c.py": 'open("x.db", "w")'}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    facts = gather(parse(Source(HEAD + 'VOLUME ["/logs"]\n')), Context(tmp_path, None))
    assert [(d.subject, d.reason) for d in state.decisions(facts)] == [
        ("/data/x", "a.py:1 keeps a file here, and it goes with the container: VOLUME /data, or a mount, keeps it"),
        (
            "/app/x.db",
            (
                "c.py:1 keeps a file here, and it goes with the container: a directory of its own and VOLUME there "
                "(VOLUME /app would hide the application) keeps it"
            ),
        ),
    ]
