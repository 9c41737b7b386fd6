"""A directory that COPY --from spreads over one of the base's has no name there: `COPY --from=b /out /`."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung


def rung(tmp_path: Path, builds: str, copies: str) -> tuple[Rung, list[str]]:
    (tmp_path / "app.py").write_text("print('hello')\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.txt").write_text("x")
    text = f"""\
FROM debian:12 AS b
{builds}
FROM python:3.12-slim
{copies}
WORKDIR /app
COPY app.py .
CMD ["python", "app.py"]
"""
    (tmp_path / "Dockerfile").write_text(text)
    plan = api.fix(tmp_path / "Dockerfile").plan
    return plan.rung, [refusal.reason for refusal in plan.refusals]


@pytest.mark.parametrize(
    ("builds", "copies"),
    [
        ("RUN mkdir -p /out/etc/app && echo x > /out/etc/app/x", "COPY --from=b /out /"),
        ("RUN mkdir /out && ./build.sh", "COPY --from=b /out /"),
        ("COPY data /out", "COPY --from=b /out /usr"),
        ("WORKDIR /out\nRUN ./build.sh", "COPY --from=b /out /"),
        ("RUN ./build.sh", "COPY --from=b /out /"),
        ("RUN ./build.sh", "COPY --from=b /out/ /"),
    ],
)
def test_a_directory_is_not_looked_for_under_its_own_name(tmp_path: Path, builds: str, copies: str) -> None:
    found, reasons = rung(tmp_path, builds, copies)
    assert found is Rung.PRUNED
    assert any("names that are not known" in reason or "writes to is not known" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("builds", "copies"),
    [
        # Files: what is made there, what lies where programs do, what has an ending
        ("RUN echo x > /note", "COPY --from=b /note /"),
        ("COPY data/x.txt /note", "COPY --from=b /note /"),
        ("RUN ./build.sh", "COPY --from=b /settings.ini /etc/"),
        # A name of its own
        ("RUN mkdir -p /out/a", "COPY --from=b /out /opt/out"),
        # /usr/local comes as a whole with Python
        ("RUN mkdir -p /install/share", "COPY --from=b /install /usr/local"),
    ],
)
def test_files_and_directories_with_a_name_come_along(tmp_path: Path, builds: str, copies: str) -> None:
    found, reasons = rung(tmp_path, builds, copies)
    assert found is Rung.DISTROLESS, reasons
