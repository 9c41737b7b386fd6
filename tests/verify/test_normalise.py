"""Times, ids and addresses come to one form; nothing else does, and a second time changes nothing."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minify.verify.normalise import NAMES, Normaliser
from tests.verify import EXAMPLES

NOW = datetime.datetime(2026, 3, 1, 12, 0, 0, tzinfo=datetime.UTC).timestamp()


def normal(text: str, **known: str) -> str:
    return Normaliser(now=NOW, known=known)(text).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing to do", "nothing to do"),
        ("2026-03-01T12:00:41.123Z ready", "<now>Z ready"),
        ("2026-03-01 11:59:58,001 INFO", "<now> INFO"),
        ("2026/03/01 12:00:07 listening", "<now> listening"),
        ("Sun, 01 Mar 2026 12:01:00 GMT", "<now> GMT"),
        ("[01/Mar/2026:12:00:59 +0000]", "[<now> +0000]"),
        ("Sun Mar  1 12:00:10 2026", "<now>"),
        ("Sun Mar  1 13:00:10 CET 2026", "<now+01h00> CET"),
        ("started at 12:00:10", "started at <now>"),
        ("started at 12:00:10 PM", "started at <now>"),
        ("1772366404", "<now>"),
        ("1772366404123", "<now>"),
        ("1772366404.5", "<now>"),
    ],
)
def test_a_time_is_told_by_its_distance_from_now(text: str, expected: str) -> None:
    assert normal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("2026-03-01 14:00:03", "<now+02h00>", "a clock of another zone is told from one of this"),
        ("2026-03-01 17:30:03", "<now+05h30>", "also where zones are half hours off"),
        ("2026-03-01T14:00:03+02:00", "<now>+02:00", "the same instant, and the zone it is written in"),
        ("2019-07-04 12:00:00", "2019-07-04 12:00:00", "data, not a time of this run"),
        ("2026-02-31 12:00:00", "2026-02-31 12:00:00", "no such day"),
        ("2026-03-01", "2026-03-01", "a date alone is data as well"),
        ("version 12.00.10", "version 12.00.10", "no clock"),
        ("1234567890123456", "1234567890123456", "a number of something else"),
    ],
)
def test_what_a_time_says_is_not_lost(text: str, expected: str, why: str) -> None:
    assert normal(text) == expected, why


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        ("worker pid: 7 booted", "worker pid: 4711 booted", "process ids"),
        ("Started server process [1]", "Started server process [9]", "process ids"),
        ("[7] [INFO] Booting", "[1] [INFO] Booting", "process ids"),
        ("ready in 112 ms", "ready in 97 ms", "durations"),
        ("took 1.25s", "took 0.98s", "durations"),
        ('{"uptime": 12.3}', '{"uptime": 0.7}', "durations"),
        (
            "id 3f2b1d9e-0c1a-4b5d-8e7f-a1b2c3d4e5f6",
            "id 00000000-0c1a-4b5d-8e7f-a1b2c3d4e5f6",
            "uuids",
        ),
        ("host 3f2b1d9e0c1a", "host 77ab1d9e0c1a", "host names of containers"),
        ("<object at 0x7f1a2b3c4d5e>", "<object at 0x7f1a2b300000>", "memory addresses"),
        ("from 172.18.0.2", "from 172.19.0.2", "network addresses"),
        ("127.0.0.1:51234 - GET /", "127.0.0.1:49999 - GET /", "ports"),
        ("172.18.0.1:51234 - GET /", "172.19.0.1:49999 - GET /", "ports"),
        ("wrote /tmp/tmpa1b2c3 twice", "wrote /tmp/tmpzzzzzz twice", "temporary names"),
        ("> shop@1.0.0 start\n> node server.js\n\nready\n", "ready\n", "banners of package managers"),
        ('  File "/usr/lib/a.py", line 3, in f\n    g()\nKeyError: 1\n', "KeyError: 1\n", "stack frames"),
        ("Error: x\n    at f (/app/a.js:1:2)\n", "Error: x\n    at g (/app/b.js:9:9)\n", "stack frames"),
    ],
)
def test_two_runs_come_to_one_form(one: str, other: str, name: str) -> None:
    first, second = Normaliser(now=NOW)(one), Normaliser(now=NOW)(other)
    assert first.text == second.text
    assert name in (*first.changed, *second.changed)
    assert name in NAMES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("listening on 0.0.0.0:8000", "listening on 0.0.0.0:8001"),
        ("Python 3.11.2", "Python 3.12.0"),
        ("3 rows", "4 rows"),
        ("timeout 30 s", "timeout 10 s"),
        ("KeyError: 'A'", "KeyError: 'B'"),
        ("sha256 e3b0c44298fc1c149afbf4c8996fb924", "sha256 00b0c44298fc1c149afbf4c8996fb924"),
        ("file /app/a.txt", "file /app/b.txt"),
        ("at 14:00:03", "at 12:00:03"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_a_containers_own_names_are_known() -> None:
    assert normal("usage: ./bin/app FILE", **{"./bin/app": "app"}) == normal(
        "usage: /srv/bin/app FILE", **{"/srv/bin/app": "app"}
    )


_PIECES = st.sampled_from(
    [
        "2026-03-01T12:00:41.123Z", "2026-03-01", "12:00:07", "Sun, 01 Mar 2026 12:01:00 GMT", "[01/Mar/2026:12:00:59 +0000]",
        "1772366404", "pid", "pid: ", "7", "[7]", "[INFO]", "process [", "]", "in ", "12 ms", "1.5s", "took 3 seconds",
        "uptime", ": ", "3f2b1d9e-0c1a-4b5d-8e7f-a1b2c3d4e5f6", "3f2b1d9e0c1a", "0x7f1a2b3c4d5e", "172.18.0.2", "127.0.0.1",
        ":51234", "/tmp/", "/tmp/x1", "\n", " ", "> a@1 b\n> c\n", "    at f (a.js:1:2)\n", '  File "a.py", line 3, in f\n',
        "    g()\n", "Node.js v22.1.0\n", "npm warn x\n", "<now>", "<pid>", "<duration>", "<", ">", "+02:00", "-", "a", "0",
    ]
)  # fmt: skip


@settings(max_examples=EXAMPLES)
@given(st.lists(st.one_of(_PIECES, st.text(max_size=4)), max_size=12).map("".join))
def test_a_second_time_changes_nothing(text: str) -> None:
    normaliser = Normaliser(now=NOW)
    once = normaliser(text)
    assert normaliser(once.text) == (once.text, ())
