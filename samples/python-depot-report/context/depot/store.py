"""Deliveries in SQLite; the file is made and filled when it is not there."""

import csv
import os
import sqlite3
from pathlib import Path

DATABASE = os.environ["DEPOT_DB_PATH"]
SEED = Path(__file__).with_name("deliveries.csv")


def connect():
    connection = sqlite3.connect(DATABASE)
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS delivery (id TEXT PRIMARY KEY, at INTEGER, goods TEXT, cents INTEGER)")
        if not connection.execute("SELECT 1 FROM delivery LIMIT 1").fetchone():
            with SEED.open(encoding="utf-8", newline="") as file:
                rows = [(row["id"], int(row["at"]), row["goods"], int(row["cents"])) for row in csv.DictReader(file)]
            connection.executemany("INSERT OR IGNORE INTO delivery VALUES (?, ?, ?, ?)", rows)
    return connection


def deliveries():
    connection = connect()
    try:
        return connection.execute("SELECT id, at, goods, cents FROM delivery ORDER BY at").fetchall()
    finally:
        connection.close()
