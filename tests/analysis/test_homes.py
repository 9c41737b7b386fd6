"""The home of a user: what the file's own commands, the image and the system say, and what nobody says."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.analysis.homes import home

DEBIAN, NODE, ALPINE, DNF = "debian:12", "node:22", "alpine:3.22", "almalinux:9"


def found(tmp_path: Path, base: str, lines: str, user: str, env: dict[str, str] | None = None) -> str | None:
    (tmp_path / "passwd").write_text("")
    (tmp_path / "Dockerfile").write_text(f'FROM {base}\n{lines}CMD ["x"]\n')
    return home(api.fix(tmp_path / "Dockerfile").facts, env or {}, user)


@pytest.mark.parametrize(
    ("base", "lines", "user", "place"),
    [
        pytest.param(DEBIAN, "", "", "/root", id="nobody is named"),
        pytest.param(DEBIAN, "", "root:root", "/root", id="root"),
        pytest.param(DEBIAN, "RUN useradd -m app\n", "app", "/home/app", id="where homes are made"),
        pytest.param(DEBIAN, "RUN useradd -m app\n", "app:app", "/home/app", id="with a group"),
        pytest.param(DEBIAN, "RUN useradd -m -u 1000 app\n", "1000", "/home/app", id="by number"),
        pytest.param(DEBIAN, "RUN useradd -d /srv/web/ -m app\n", "app", "/srv/web", id="a home of its own"),
        pytest.param(DEBIAN, "RUN useradd --home-dir=/srv/web app\n", "app", "/srv/web", id="in one word"),
        pytest.param(DEBIAN, "RUN useradd -b /srv -m app\n", "app", "/srv/app", id="another directory of homes"),
        pytest.param(DEBIAN, "RUN adduser --home /data --system app\n", "app", "/data", id="adduser of Debian"),
        pytest.param(ALPINE, "RUN adduser -D -h /data app\n", "app", "/data", id="adduser of busybox"),
        pytest.param(DNF, "RUN adduser -b /srv app\n", "app", "/srv/app", id="adduser of Red Hat"),
        pytest.param(DEBIAN, "RUN useradd app && usermod -d /opt/x -m app\n", "app", "/opt/x", id="moved"),
        pytest.param(DEBIAN, "RUN useradd a && useradd b && usermod -d /x a\n", "b", "/home/b", id="another one's is moved"),
        pytest.param(DEBIAN, "RUN useradd app && echo app:x | chpasswd\n", "app", "/home/app", id="a password"),
        pytest.param(DEBIAN, "RUN useradd app && usermod -aG sudo app\n", "app", "/home/app", id="groups"),
        pytest.param(NODE, "", "node", "/home/node", id="the image's user"),
        pytest.param(NODE, "RUN usermod -d /srv -m node\n", "node", "/srv", id="the image's user, moved"),
        pytest.param(DEBIAN, "", "www-data", "/var/www", id="a user of the system"),
        pytest.param(ALPINE, "", "nobody", "/", id="a user of the system without a home"),
        pytest.param(ALPINE, "", "www-data", None, id="a user that the system lacks"),
        pytest.param(DEBIAN, "", "1001", "/", id="a number that nobody has"),
        pytest.param(DEBIAN, "RUN useradd app\n", "1001", None, id="a number that somebody may have"),
        pytest.param("example.org/own:1", "", "1001", None, id="a number in an image that is not known"),
        pytest.param("example.org/own:1", "", "app", None, id="a name in an image that is not known"),
        pytest.param(DEBIAN, "COPY passwd /etc/passwd\nRUN useradd app\n", "app", None, id="accounts of the context"),
        pytest.param(DEBIAN, "COPY passwd /etc/\nRUN useradd app\n", "app", None, id="accounts of the context, below"),
        pytest.param(DEBIAN, "RUN useradd app && sed -i s/x/y/ /etc/passwd\n", "app", None, id="accounts that are edited"),
        pytest.param(DEBIAN, "RUN useradd -D -b /srv && useradd app\n", "app", None, id="another default"),
    ],
)  # fmt: skip
def test_home(tmp_path: Path, base: str, lines: str, user: str, place: str | None) -> None:
    assert found(tmp_path, base, lines, user) == place


def test_what_is_said_is_home(tmp_path: Path) -> None:
    assert found(tmp_path, DEBIAN, "RUN useradd app\n", "app", {"HOME": "/data/"}) == "/data"


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        pytest.param("RUN touch ~/a $HOME/b\n", ["/root/a", "/root/b"], id="of root"),
        pytest.param("ENV HOME=/srv\nRUN touch ~/a\n", ["/srv/a"], id="as ENV says"),
        pytest.param("RUN export HOME=/srv && touch ~/a\n", ["/srv/a"], id="as the script says"),
        pytest.param("USER www-data\nRUN touch ~/a\n", [], id="of another user"),
        pytest.param("RUN su www-data -c 'touch ~/a'\n", [], id="behind su"),
        pytest.param("RUN gosu www-data sh -c 'touch ~/a'\n", [], id="behind gosu"),
        pytest.param("RUN sudo -u www-data touch ~/a\n", ["/root/a"], id="before sudo"),
    ],
)
def test_what_a_command_means_by_its_home(tmp_path: Path, lines: str, written: list[str]) -> None:
    (tmp_path / "Dockerfile").write_text(f'FROM debian:12\n{lines}CMD ["x"]\n')
    footprint = api.fix(tmp_path / "Dockerfile").facts.footprint
    assert [w.path for w in footprint.written if w.path] == written
    assert bool(footprint.unknown) is (not written)
