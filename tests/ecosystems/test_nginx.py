"""nginx: what it is, what stops it, what comes along, and what the entrypoint script of its image did."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

PLAIN = "server { listen 80; }\n"
LISTENS = "RUN /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh\n"

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(
        "FROM nginx:1.30\nCOPY site.conf /etc/nginx/templates/default.conf.template\n",
        {"site.conf": "server { listen ${PORT}; }\n"},
        "/etc/nginx/templates/default.conf.template is filled in with the environment when the container starts, by a shell script",
        id="a template",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY 40-env.sh /docker-entrypoint.d/\n",
        {"40-env.sh": "#!/bin/sh\n"},
        "the entrypoint script runs what is in /docker-entrypoint.d",
        id="a script of its own",
    ),
    pytest.param(
        "FROM nginx:1.30\nENV NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE=1\n",
        {},
        "NGINX_ENTRYPOINT_WORKER_PROCESSES_AUTOTUNE makes the entrypoint script change the configuration when the container starts",
        id="a variable that the scripts ask",
    ),
    pytest.param(
        "FROM nginx:1.30-perl\nCOPY nginx.conf /etc/nginx/nginx.conf\n",
        {"nginx.conf": "user nginx;\nload_module modules/ngx_http_perl_module.so;\n"},
        "nginx.conf:2 loads ngx_http_perl_module, and what that needs is not known",
        id="a module with an interpreter",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY site.conf /etc/nginx/conf.d/site.conf\n",
        {"site.conf": "server {\n  include /opt/rules/all.conf;\n}\n"},
        "site.conf:2 includes /opt/rules/all.conf, and what that says is not known",
        id="an include that nothing writes",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY --from=example/settings /nginx.conf /etc/nginx/nginx.conf\n",
        {},
        "what /etc/nginx/nginx.conf says is not known: it comes from example/settings",
        id="a configuration of another image",
    ),
    pytest.param(
        "FROM nginx:1.30\nADD https://example.org/site.conf /etc/nginx/conf.d/site.conf\n",
        {},
        "what https://example.org/site.conf says is not known",
        id="a configuration of the network",
    ),
    pytest.param(
        "FROM nginx:1.30\nHEALTHCHECK CMD curl -f http://localhost:$PORT/ || exit 1\n",
        {},
        "HEALTHCHECK runs curl, and nothing in the final image could ask the same",
        id="a health check",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY conf /etc/nginx/conf.d\n",
        {},
        "conf is not in the build context, so what the application needs is not known",
        id="a configuration that is not in the context",
    ),
]

# Dockerfile, files of the context, lines of the result, lines that it has not
TAKEN = [
    pytest.param(
        "FROM nginx:1.30\nWORKDIR /work\nCOPY build.js .\nRUN node build.js /site /more\nCOPY site.conf /etc/nginx/conf.d/default.conf\n",
        {"site.conf": "server { root /site; location /x/ { alias /more/$host/; } }\n", "build.js": ""},
        ("for path in /var/cache/nginx /var/log/nginx /var/lib/nginx /site /more; do",),
        ("COPY --from=build /work",),
        id="a site that a build puts where nothing tells",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY dist /usr/share/nginx/html\n",
        {},
        ("COPY --from=build /usr/share/nginx/html /usr/share/nginx/html\n", "EXPOSE 80\nSTOPSIGNAL SIGQUIT\n", LISTENS),
        ("modules/",),
        id="a site is no program: it may be missing from the context",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY nginx.conf /etc/nginx/nginx.conf\n",
        {
            "nginx.conf": "load_module modules/ngx_http_js_module.so;\n# load_module modules/x.so;\nhttp { server { root /srv/a; } }\n"
        },
        (
            "COPY --from=build /usr/lib/nginx/modules/ngx_http_js_module.so /usr/lib/nginx/modules/ngx_http_js_module.so\n",
            "find /usr/sbin/nginx /usr/lib/nginx/modules/ngx_http_js_module.so -type f",
        ),
        (LISTENS, "x.so"),
        id="a module that is loaded, and the image's own site that no longer is",
    ),
    pytest.param(
        "FROM nginx:1.30\nRUN echo 'auth_basic_user_file /etc/secrets/users;' > /etc/nginx/conf.d/auth.conf\n",
        {},
        ("/var/lib/nginx /etc/secrets/users; do", LISTENS),
        (),
        id="a path that a RUN puts into the configuration",
    ),
    pytest.param(
        "FROM debian:trixie AS conf\nCOPY . /src\nFROM nginx:1.30\nCOPY --from=conf /src/site.conf /etc/nginx/conf.d/default.conf\n",
        {"site.conf": "server { ssl_certificate /usr/share/keys/site.pem; }\n"},
        ("/var/lib/nginx /usr/share/keys/site.pem; do",),
        (LISTENS,),
        id="a configuration that another stage copies from the context",
    ),
    pytest.param(
        'FROM nginx:1.30\nCOPY own.conf /app/own.conf\nCMD ["nginx", "-c", "/app/own.conf", "-g", "daemon off;"]\n',
        {"own.conf": "load_module modules/ngx_stream_module.so;\ninclude /app/more/*.conf;\n"},
        ("/usr/lib/nginx/modules/ngx_stream_module.so", 'CMD ["nginx", "-c", "/app/own.conf", "-g", "daemon off;"]\n'),
        (LISTENS,),
        id="a configuration by -c",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY . /work\nRUN cd /work && make\nCOPY site.conf /etc/nginx/conf.d/\nCOPY . /srv/site\nCOPY . /data\nCOPY . /root/tls\n",
        {"site.conf": "server { root /srv/site/public; location /x { alias /data; } }\n"},
        (
            "COPY --from=build /srv/site /srv/site\n",
            "COPY --from=build /data /data\n",
            "COPY --from=build /root/tls /root/tls\n",
        ),
        ("/work",),
        id="what no configuration names stays behind where something was built",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY . /work\nRUN cd /work && make\nRUN ln -s /work/public /usr/share/nginx/html/site\n",
        {"index.html": "x"},
        ("COPY --from=build /work /work\n",),
        (),
        id="what a link leads to comes along",
    ),
    pytest.param(
        "FROM nginx:1.30-alpine\nRUN rm /etc/nginx/conf.d/*\nCOPY site.conf /etc/nginx/conf.d/\n",
        {"site.conf": PLAIN},
        ("ldd /usr/sbin/nginx", "COPY --from=build /etc/passwd /etc/group /etc/\n"),
        (LISTENS, "libnss"),
        id="Alpine",
    ),
    pytest.param(
        "FROM alpine:3.22\nRUN apk add --no-cache nginx curl\nCOPY site.conf /etc/nginx/http.d/default.conf\n"
        'CMD ["nginx", "-g", "daemon off;"]\n',
        {"site.conf": PLAIN},
        ("/usr/lib/nginx/modules /var/www /var/lib/nginx /var/cache/nginx /var/log/nginx /run/nginx; do",),
        (LISTENS, "curl "),
        id="Alpine's package",
    ),
    pytest.param(
        "FROM nginx:1.30\nRUN touch /var/run/nginx.pid && chown nginx /var/run/nginx.pid && mkdir /var/cache/own\nUSER nginx\n"
        "COPY site.conf /etc/nginx/conf.d/site.conf\n",
        {"site.conf": "proxy_cache_path /var/cache/own keys_zone=a:1m;\n"},
        ("/var/lib/nginx /run/nginx.pid /var/cache/own; do", "ln -s /run/nginx.pid /runtime/var/run/"),
        (LISTENS,),
        id="files of the user: the user may not change the image's own site",
    ),
    pytest.param(
        'FROM nginx:1.30\nENTRYPOINT ["nginx", "-g", "daemon off;"]\n',
        {},
        ('ENTRYPOINT ["nginx", "-g", "daemon off;"]\n',),
        (LISTENS,),
        id="an ENTRYPOINT of its own: the image's script does not run",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY site.conf /etc/nginx/templates/site.conf.template\nCMD nginx -g 'daemon off;'\n",
        {"site.conf": PLAIN},
        ('CMD ["nginx", "-g", "daemon off;"]\n',),
        (LISTENS,),
        id="a shell form: the script looks for nginx, and is given /bin/sh",
    ),
    pytest.param(
        "FROM nginxinc/nginx-unprivileged:1.30\nCOPY dist /usr/share/nginx/html\n",
        {},
        (LISTENS, 'USER 101\nEXPOSE 8080\nSTOPSIGNAL SIGQUIT\nCMD ["nginx", "-g", "daemon off;"]\n'),
        (),
        id="an image for another user, who may change the site",
    ),
    pytest.param(
        "FROM nginx:1.18\nCOPY index.html /usr/share/nginx/html/\n",
        {"index.html": "x"},
        ('CMD ["nginx", "-g", "daemon off;"]\n',),
        (LISTENS, "STOPSIGNAL"),
        id="an image from before the script",
    ),
]


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, dockerfile: str, files: dict[str, str], reason: str) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals] == [reason]


@pytest.mark.parametrize(("dockerfile", "files", "held", "lacking"), TAKEN)
def test_what_is_written(
    tmp_path: Path, dockerfile: str, files: dict[str, str], held: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    # Lines of the file itself may say what no new line does
    new = outcome.patch.after.text.partition("# ")[2]
    assert [text for text in held if text not in new] == []
    assert [text for text in lacking if text in new] == []


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first = fix(tmp_path, "FROM nginx:1.30\nCOPY index.html /usr/share/nginx/html/\n", {"index.html": "x"})
    second = fix(tmp_path, first.patch.after.text, {})
    assert second.patch.after.text == first.patch.after.text


def test_where_ipv6_is_decided_is_said(tmp_path: Path) -> None:
    outcome = fix(tmp_path, "FROM nginx:1.30\nCOPY index.html /usr/share/nginx/html/\n", {"index.html": "x"})
    said = [d.subject for d in outcome.plan.decisions if d.outcome is Outcome.CHECK]
    assert said == ["/etc/nginx/conf.d/default.conf"]


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)
