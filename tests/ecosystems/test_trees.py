"""What of a build stage the final image takes: a path that a RUN takes away again is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api

HEAD = (
    "FROM python:3.13 AS wheels\nRUN pip wheel -w /wheels six\n\nFROM python:3.13\nCOPY --from=wheels /wheels /wheels\n"
)
TAIL = 'WORKDIR /app\nCOPY app.py .\nCMD ["python", "app.py"]\n'
INSTALL = "pip install --no-index --find-links /wheels six"

REMOVED = [
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels\n", False, id="in the RUN that needs it"),
    pytest.param(f"RUN {INSTALL}\nRUN rm -r /wheels\n", False, id="later"),
    pytest.param(f"RUN set -eux; {INSTALL}; rm -rf /wheels\n", False, id="commands that all have to work"),
    pytest.param(f"RUN {INSTALL}\n", True, id="never"),
    pytest.param(f"RUN {INSTALL}; rm -rf /wheels\n", True, id="perhaps not reached"),
    pytest.param(f"RUN {INSTALL} || rm -rf /wheels\n", True, id="when something fails"),
    pytest.param(f'RUN if [ -n "$SLIM" ]; then rm -rf /wheels; fi && {INSTALL}\n', True, id="under a condition"),
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels/*.whl\n", True, id="what is in it"),
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels\nCOPY --from=wheels /wheels /wheels\n", True, id="copied again"),
    pytest.param(f"RUN {INSTALL} && rm -rf /wheels && cp -r /tmp/a /wheels\n", True, id="copied again in one line"),
    pytest.param("RUN rm -rf /wheels && mkdir /wheels && touch /wheels/a\n", True, id="made again in one line"),
    pytest.param("RUN rm -rf /wheels && curl -L example.com/a | tar xz -C /wheels\n", True, id="unpacked again"),
    pytest.param("RUN rm -rf /wheels && git clone https://example.com/a /wheels\n", True, id="cloned again"),
    pytest.param("WORKDIR /work\nRUN rm -rf /wheels && python build.py\n", True, id="the project may write there"),
    pytest.param("RUN cp -r /wheels /opt/w && rm -rf /wheels\n", False, id="after it was read in one line"),
    pytest.param('RUN set -e; test "$SLIM" = 1 && rm -rf /wheels; true\n', True, id="a list that may end early"),
    pytest.param('RUN set -e; test "$SLIM" = 1 | rm -rf /wheels; true\n', True, id="in a pipe"),
    pytest.param("RUN set -e; rm -rf /wheels & true\n", True, id="in the background"),
    pytest.param("RUN set +e; false; rm -rf /wheels; true\n", True, id="where failing ends nothing"),
    pytest.param("RUN true && exit 0 && rm -rf /wheels\n", True, id="behind the end"),
    pytest.param('RUN <<EOF\ntest "$SLIM" = 1 && rm -rf /wheels\ntrue\nEOF\n', True, id="in a here-document"),
    pytest.param("RUN <<EOF\nset -e\nrm -rf /wheels\nEOF\n", True, id="alone in a here-document"),
    pytest.param("RUN --mount=type=tmpfs,target=/wheels rm -rf /wheels\n", True, id="what is mounted there"),
]


@pytest.mark.parametrize(("lines", "taken"), REMOVED)
def test_what_is_taken_away_again_is_not_taken(tmp_path: Path, lines: str, taken: bool) -> None:
    (tmp_path / "app.py").write_text("import six\nprint(six)\n")
    outcome = api.fix_text((HEAD + lines + TAIL).encode(), context=tmp_path)
    assert outcome.plan.runtime is not None and not outcome.plan.runtime.whole, outcome.plan.refusals
    assert any(tree.path == "/wheels" for tree in outcome.plan.runtime.trees) is taken


@pytest.mark.parametrize(
    ("dest", "taken"),
    [("/srv", ["/srv"]), ("/var/www", ["/var/www"]), ("/srv/site", ["/srv/site"]), ("/opt", None), ("/", None)],
)
def test_a_directory_that_is_spread_is_taken_with_what_it_comes_into(
    tmp_path: Path, dest: str, taken: list[str] | None
) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    web = "FROM node:22 AS web\nWORKDIR /web\nCOPY . .\nRUN mkdir -p dist/js && npm run build\n\n"
    text = f"{web}FROM python:3.13\nCOPY --from=web /web/dist {dest}\n{TAIL}"
    plan = api.fix_text(text.encode(), context=tmp_path).plan
    trees = [tree.path for tree in plan.runtime.trees] if plan.runtime is not None and not plan.runtime.whole else None
    assert (trees is None) is (taken is None), plan.refusals
    assert taken is None or trees is None or [path for path in trees if path.startswith(dest)] == taken
    spread = [r.reason for r in plan.refusals if r.reason.startswith("what /web/dist holds comes below")]
    assert bool(spread) is (taken is None)


DEBIAN = 'FROM debian:trixie\nRUN apt-get update && apt-get install -y --no-install-recommends perl\n{copy}\nENTRYPOINT ["/usr/local/bin/tides"]\n'


@pytest.mark.parametrize("copy", ["COPY rootfs /", "COPY rootfs/ /", "COPY rootfs/usr /usr/"])
def test_a_root_of_the_context_is_taken_by_the_names_in_it(tmp_path: Path, copy: str) -> None:
    for name, text in (
        ("usr/local/bin/tides", "#!/usr/bin/perl\nprint 1;\n"),
        ("usr/share/tides/a.txt", "1\n"),
        ("usr/local/share/x", "\n"),
        ("usr/lib/x86_64-linux-gnu/tides.conf", "\n"),
    ):
        file = tmp_path / "rootfs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    (tmp_path / "rootfs/usr/local/lib/empty").mkdir(parents=True)
    plan = api.fix_text(DEBIAN.format(copy=copy).encode(), context=tmp_path).plan
    assert plan.runtime is not None and not plan.runtime.whole, plan.refusals
    trees = {tree.path for tree in plan.runtime.trees}
    wanted = {"/usr/local/bin/tides", "/usr/share/tides", "/usr/local/share/x", "/usr/local/lib/empty"}
    wanted.add("/usr/lib/x86_64-linux-gnu/tides.conf")
    assert trees & {*wanted, "/usr", "/usr/local", "/usr/share", "/usr/lib/x86_64-linux-gnu"} == wanted


def test_files_at_the_root_that_are_another_users_are_no_directories(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / "state").mkdir()
    text = 'FROM python:3.13\nCOPY --chown=1000 . /\nUSER 1000\nCMD ["python", "/app.py"]\n'
    outcome = api.fix_text(text.encode(), context=tmp_path)
    after = outcome.patch.after.text
    assert "COPY --from=build /app.py /app.py" in after
    assert "/runtime/app.py" not in after
    assert (
        'install -d -o "$(stat -c %u /state)" -g "$(stat -c %g /state)" -m "$(stat -c %a /state)" /runtime/state'
        in after
    )


def test_a_text_of_the_context_is_not_asked_for_libraries(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    (tmp_path / "tool").write_bytes(b"\x7fELF\0")
    after = api.fix_text(b'FROM python:3.13\nCOPY . .\nCMD ["python", "app.py"]\n', context=tmp_path).patch.after.text
    assert "find /usr/local /tool -type f" in after
    assert "COPY --from=build /.gitignore /.gitignore" in after
