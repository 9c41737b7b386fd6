#!/usr/bin/python3
"""Sums orders and says what the system is like; exits with the number of orders."""
import argparse
import csv
import ctypes
import ctypes.util
import datetime
import getpass
import json
import locale
import os
import sqlite3
import ssl
import sys
import tempfile
from zoneinfo import ZoneInfo

import dateutil.parser
import psycopg2
import yaml

parser = argparse.ArgumentParser()
parser.add_argument("--zone", default="UTC")
parser.add_argument("orders")
options = parser.parse_args()

with open("settings.yaml", encoding="utf-8") as file:
    settings = yaml.safe_load(file)
with open(options.orders, encoding="utf-8", newline="") as file:
    orders = list(csv.DictReader(file))
database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE orders (amount REAL)")
database.executemany("INSERT INTO orders VALUES (?)", [(o["amount"],) for o in orders])
with tempfile.NamedTemporaryFile() as scratch:
    directory = os.path.dirname(scratch.name)
magic = ctypes.CDLL("libmagic.so.1")
locale.setlocale(locale.LC_ALL, "")
shipped = dateutil.parser.parse(orders[0]["shipped"]).replace(tzinfo=datetime.timezone.utc)
print(json.dumps({
    "total": database.execute("SELECT sum(amount) FROM orders").fetchone()[0],
    "currency": settings["currency"],
    "shipped": shipped.astimezone(ZoneInfo(options.zone)).isoformat(),
    "user": getpass.getuser(),
    "home": os.path.expanduser("~"),
    "temporary": directory,
    "certificates": len(ssl.create_default_context().get_ca_certs()) > 50,
    "locale": locale.getlocale(),
    "encoding": sys.getfilesystemencoding(),
    "magic": magic.magic_version() > 500,
    "postgres": psycopg2.__libpq_version__ > 0,
    "c": ctypes.util.find_library("c"),
}, indent=1, ensure_ascii=False))
sys.exit(len(orders))
