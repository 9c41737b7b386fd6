"""Caddy: what it is, what stops it, and what comes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

SITE = ":80\nroot * /srv\nfile_server\n"
BUILDER = "FROM caddy:2-builder AS builder\nRUN xcaddy build {}\n\nFROM caddy:2\nCOPY --from=builder /usr/bin/caddy /usr/bin/caddy\nCOPY site /srv\n"

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(
        "FROM caddy:2\nCOPY Caddyfile /etc/caddy/\n",
        {"Caddyfile": "import /opt/rules/all.caddy\n"},
        "Caddyfile:1 imports /opt/rules/all.caddy, and what that says is not known",
        id="an import that nothing writes",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY Caddyfile /etc/caddy/\n",
        {"Caddyfile": "import {$RULES}/*.caddy\n"},
        "Caddyfile:1 imports {$RULES}/*.caddy, and what that says is not known",
        id="an import that a variable names",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY --from=example/settings /Caddyfile /etc/caddy/Caddyfile\n",
        {},
        "what /etc/caddy/Caddyfile says is not known: it comes from example/settings",
        id="a configuration of another image",
    ),
    pytest.param(
        BUILDER.format("--with github.com/abiosoft/caddy-exec"),
        {},
        "what Caddy's plugin github.com/abiosoft/caddy-exec starts is not known",
        id="a plugin that starts programs",
    ),
    pytest.param(
        BUILDER.format("--with github.com/caddy-dns/cloudflare=./cloudflare"),
        {},
        "what Caddy's plugin github.com/caddy-dns/cloudflare=./cloudflare starts is not known",
        id="a plugin of the file's own",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY caddy /usr/bin/caddy\n",
        {"caddy": ""},
        "what /usr/bin/caddy calls is not known: it is not the image's own, and no xcaddy builds it",
        id="a program of the file's own",
    ),
    pytest.param(
        "FROM caddy:2\nCMD caddy run --config /etc/caddy/$SITE\n", {}, "CMD needs a shell: caddy run", id="a variable"
    ),
]

# Dockerfile, files of the context, lines of the result, lines that it has not
TAKEN = [
    pytest.param(
        "FROM caddy:2.8-alpine\nCOPY Caddyfile /etc/caddy/Caddyfile\nCOPY dist /srv\n",
        {"Caddyfile": SITE, "dist/index.html": "", "dist/app.js": ""},
        (
            "FROM gcr.io/distroless/static-debian13\nCOPY --from=build /usr/bin/caddy /usr/bin/caddy\nCOPY --from=build /etc/caddy /etc/caddy\n",
            "COPY --from=build /config /config\nCOPY --from=build /data /data\nCOPY --from=build /etc/mime.types /etc/mime.types\nCOPY --from=build /srv /srv\n",
            "ENV XDG_CONFIG_HOME=/config \\\n    XDG_DATA_HOME=/data\n",
            "EXPOSE 80\nEXPOSE 443\nEXPOSE 443/udp\nEXPOSE 2019\n",
            'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]\n',
        ),
        ("/runtime", "/usr/share/caddy"),
        id="a site of its own",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY dist /usr/share/caddy\n",
        {},
        ("COPY --from=build /usr/share/caddy /usr/share/caddy\n",),
        (),
        id="the configuration of the image",
    ),
    pytest.param(
        BUILDER.format("v2.8.4 --with github.com/caddy-dns/cloudflare@v0.2.1 --with github.com/mholt/caddy-l4"),
        {},
        ("COPY --from=build /usr/bin/caddy /usr/bin/caddy\n", "COPY --from=build /config /config\n", 'CMD ["caddy", "run"'),
        ("/runtime",),
        id="plugins that xcaddy compiles in",
    ),
    pytest.param(
        BUILDER.format("").replace("RUN xcaddy", "ENV CGO_ENABLED=1\nRUN xcaddy"),
        {},
        ("ldd /usr/bin/caddy",),
        (),
        id="a program that may link libraries",
    ),
    pytest.param(
        "FROM alpine:3.22\nCOPY --from=caddy:2 /usr/bin/caddy /usr/local/bin/caddy\nCOPY Caddyfile /etc/caddy/\nCOPY dist /site\nCMD caddy run --config /etc/caddy/Caddyfile\n",
        {"Caddyfile": SITE, "dist/index.html": ""},
        ("COPY --from=build /usr/local/bin/caddy /usr/local/bin/caddy\n", "COPY --from=build /etc/caddy /etc/caddy\n", "COPY --from=build /site /site\n"),
        ("ldd", "XDG_", "EXPOSE"),
        id="the program of its image on another one",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY Caddyfile /etc/caddy/\nRUN caddy fmt --overwrite /etc/caddy/Caddyfile\nCOPY dist /srv\n",
        {"Caddyfile": SITE, "dist/index.html": ""},
        ("COPY --from=build /etc/caddy /etc/caddy\n",),
        (),
        id="a configuration that is formatted",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY . /etc/caddy\n",
        {"Caddyfile": "import sites/*.caddy\n(own) {\n}\nexample.org {\n  import own\n  tls /etc/certs/a.pem /etc/certs/a.key\n}\n", "sites/a.caddy": ""},
        ("for path in /etc/certs/a.pem /etc/certs/a.key; do",),
        (),
        id="what it names comes along if it is there",
    ),
    pytest.param(
        "FROM caddy:2\nWORKDIR /work\nCOPY . .\nRUN apk add nodejs && node build.js /site\nRUN mv Caddyfile /etc/caddy/Caddyfile\n",
        {"Caddyfile": ":80\nroot * /site\nfile_server\n", "build.js": ""},
        ("if [ -e /site ]; then cp -a --parents /site /runtime; fi",),
        ("COPY --from=build /work",),
        id="where it was built stays behind, and what was built comes along",
    ),
    pytest.param(
        "FROM caddy:2\nWORKDIR /work\nCOPY . .\nRUN apk add nodejs && node build.js\nRUN mv Caddyfile /etc/caddy/Caddyfile\nENV SITE=/work/dist\n",
        {"Caddyfile": ":80 {\n  root * {$SITE:/none}\n}\n:81 {\n  root * /srv/admin\n}\n", "build.js": ""},
        ("COPY --from=build /work /work\n",),
        (),
        id="a root that a variable names",
    ),
    pytest.param(
        "FROM caddy:2\nCOPY Caddyfile /etc/caddy/\n",
        {"Caddyfile": ":80\nroot * {$SITE:/opt/site}\ntls {$CERT:/etc/certs/a.pem}\nfile_server\n"},
        ("for path in /opt/site /etc/certs/a.pem; do",),
        (),
        id="the default of a variable",
    ),
    pytest.param(
        "FROM caddy:2\nWORKDIR /work\nCOPY . .\nRUN apk add nodejs && node build.js\nCMD caddy run --config /etc/caddy/c.json\n"
        "RUN mv c.json /etc/caddy/c.json\n",
        {"c.json": '{"handler": "file_server", "root": "/work"}', "build.js": ""},
        ("COPY --from=build /work /work\n",),
        (),
        id="a root in JSON",
    ),
    pytest.param(
        "FROM caddy:2\nWORKDIR /work\nCOPY . .\nRUN apk add nodejs && node build.js\nCMD caddy file-server --root dist\n",
        {"build.js": ""},
        ("COPY --from=build /work /work\n",),
        (),
        id="a site that the command names",
    ),
    pytest.param(
        "FROM debian:13\nRUN apt-get update && apt-get install -y caddy git\nCOPY Caddyfile /app/Caddyfile\nCMD caddy run --config /app/Caddyfile\n",
        {"Caddyfile": SITE},
        (
            "ldd /usr/bin/caddy",
            "COPY --from=build /etc/passwd /etc/group /etc/\n",
            'CMD ["caddy", "run", "--config", "/app/Caddyfile"]\n',
        ),
        ("XDG_",),
        id="a package",
    ),
]  # fmt: skip


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPPED)
def test_what_stops_it(tmp_path: Path, dockerfile: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert any(r.reason.startswith(reason) for r in outcome.plan.refusals), outcome.plan.refusals


@pytest.mark.parametrize(("dockerfile", "files", "has", "has_not"), TAKEN)
def test_what_comes_along(
    tmp_path: Path, dockerfile: str, files: dict[str, str], has: tuple[str, ...], has_not: tuple[str, ...]
) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    final = outcome.patch.after.text.removeprefix(dockerfile.partition("\n")[0])
    assert [line for line in has if line not in final] == []
    assert [line for line in has_not if line in final] == []


def test_other_packages_stay_behind(tmp_path: Path) -> None:
    outcome = fix(tmp_path, "FROM debian:13\nRUN apt-get update && apt-get install -y caddy git\nCMD caddy run\n", {})
    assert [(d.outcome, d.reason) for d in outcome.plan.decisions if d.subject == "git"] == [
        (Outcome.DROPPED, "Caddy starts no program")
    ]


def test_the_result_is_left_alone(tmp_path: Path) -> None:
    outcome = fix(tmp_path, "FROM caddy:2\nCOPY Caddyfile /etc/caddy/\nCOPY dist /srv\n", {"Caddyfile": SITE})
    (tmp_path / "Dockerfile").write_text(outcome.patch.after.text)
    assert api.fix(tmp_path / "Dockerfile").patch.empty
