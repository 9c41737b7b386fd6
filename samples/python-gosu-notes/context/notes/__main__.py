"""Notes, one a row."""

import os
import pwd
import sqlite3

from bottle import Bottle, request, run

app = Bottle()
database = sqlite3.connect(os.environ["NOTES_FILE"])
database.execute("create table if not exists note (id integer primary key, text text not null)")


@app.get("/")
def index():
    return f"{os.environ['NOTES_TITLE']}: ask /notes, or add one: /add?text=…\n"


@app.get("/add")
def add():
    with database:
        number = database.execute("insert into note (text) values (?)", (request.query.getunicode("text"),)).lastrowid
    return f"note {number}\n"


@app.get("/notes")
def notes():
    return "".join(f"{text}\n" for (text,) in database.execute("select text from note order by id"))


@app.get("/whoami")
def whoami():
    user = pwd.getpwuid(os.getuid())
    return f"{user.pw_name} {os.getuid()}:{os.getgid()} {os.environ.get('HOME')}\n"


run(app, host="0.0.0.0", port=20251)
