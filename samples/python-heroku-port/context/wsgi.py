import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index() -> str:
    status = os.system("test -d /code")
    return f"{status}\n"
