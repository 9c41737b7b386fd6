import os
import tempfile
import zoneinfo

import psycopg2
from flask import Flask, jsonify, render_template

app = Flask(__name__)


@app.get("/")
def index():
    return render_template("index.html", env=os.environ.get("APP_ENV", "development"))


@app.get("/health")
def health():
    with tempfile.NamedTemporaryFile() as scratch:
        scratch.write(b"x")
    return jsonify(
        status="ok",
        libpq=psycopg2.__libpq_version__ // 10000 > 9,
        zone=str(zoneinfo.ZoneInfo("Europe/Paris")),
    )
