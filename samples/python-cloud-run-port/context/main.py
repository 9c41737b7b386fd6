import os

from flask import Flask, request

app = Flask(__name__)


@app.route("/")
def index() -> str:
    return f"process {os.getppid()} on port {os.environ['PORT']}\n"


@app.route("/echo")
def echo() -> dict[str, str]:
    return dict(request.args)
