from starlette.testclient import TestClient

from board.app import app


def test_departures_by_name() -> None:
    rows = TestClient(app).get("/departures", params={"to": "zür"}).json()
    # clocks go forward on that night
    assert rows[0]["arrives"] == "2026-03-29T10:17:00+02:00"
