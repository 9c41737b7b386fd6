"""`--server`: a plain static site gets another server where it stands; anything more is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.errors import RefusedError, UsageError
from minify.plan import Options, Outcome
from minify.planner import Wish

SITE = "FROM node:22 AS web\nRUN npm run build\n\n"
COPIED = "COPY --from=web /app/dist /usr/share/nginx/html\n"
SERVER = "server {{ listen 80; root /usr/share/nginx/html; {} }}\n"
KEPT = (
    "SERVER_CACHE_CONTROL_HEADERS=false \\\n    SERVER_IGNORE_HIDDEN_FILES=false \\\n    SERVER_DISABLE_SYMLINKS=false \\\n"
    "    SERVER_LOG_LEVEL=info\n"
)

# The last stage, the configuration, the last stage after
SERVED = [
    pytest.param(
        f"FROM nginx:1.30\n{COPIED}",
        "",
        f"ENV SERVER_ROOT=/usr/share/nginx/html \\\n    SERVER_PORT=80 \\\n    {KEPT}{COPIED}",
        id="the configuration of the image",
    ),
    pytest.param(
        f"FROM nginx:1.30\n# ours\nCOPY site.conf /etc/nginx/conf.d/default.conf\nRUN rm -rf /usr/share/nginx/html/*\n{COPIED}EXPOSE 80\nCMD [\"nginx\", \"-g\", \"daemon off;\"]\n",
        SERVER.format("location / { try_files $uri $uri/ /index.html; } error_page 500 502 /50x.html; gzip on;"),
        f"ENV SERVER_ROOT=/usr/share/nginx/html \\\n    SERVER_PORT=80 \\\n    SERVER_FALLBACK_PAGE=/usr/share/nginx/html/index.html \\\n    {KEPT}{COPIED}EXPOSE 80\n",
        id="the router of an application",
    ),
    pytest.param(
        "FROM nginx:1.30\nRUN rm /etc/nginx/conf.d/default.conf\nCOPY site.conf /etc/nginx/conf.d/site.conf\nCOPY --from=web /app/dist /site\n",
        "server { listen 8080 default_server; root /site; index home.html index.html; error_page 404 /404.html; location = /404.html { internal; } }\n",
        f"ENV SERVER_ROOT=/site \\\n    SERVER_PORT=8080 \\\n    SERVER_INDEX_FILES=home.html,index.html \\\n    SERVER_ERROR_PAGE_404=/site/404.html \\\n    {KEPT}EXPOSE 8080\nCOPY --from=web /app/dist /site\n",
        id="port, root, index files and the page of a 404",
    ),
    pytest.param(
        "FROM nginx:1.30\nCOPY site.conf /etc/nginx/conf.d/default.conf\nCOPY --from=web /app/dist /site\n",
        "server { location / { root /site; } listen 80; root /other; try_files $uri $uri/ /index.html; default_type application/octet-stream; location = /a.html { root /site/; } }\n",
        f"ENV SERVER_ROOT=/site \\\n    SERVER_PORT=80 \\\n    {KEPT}COPY --from=web /app/dist /site\n",
        id="what the location says counts, wherever it stands",
    ),
    pytest.param(
        f"FROM nginxinc/nginx-unprivileged:1.30\n{COPIED}",
        "",
        f"ENV SERVER_ROOT=/usr/share/nginx/html \\\n    SERVER_PORT=8080 \\\n    {KEPT}USER 101\nEXPOSE 8080\n{COPIED}",
        id="the user and the port of the image",
    ),
    pytest.param(
        "FROM httpd:2.4\nCOPY --from=web /app/dist/ htdocs/\n",
        "",
        f"ENV SERVER_ROOT=/usr/local/apache2/htdocs \\\n    SERVER_PORT=80 \\\n    {KEPT}WORKDIR /usr/local/apache2\nCOPY --from=web /app/dist/ htdocs/\n",
        id="httpd, whose image has a working directory",
    ),
]  # fmt: skip

CONFIGURED = f"FROM nginx:1.30\nCOPY site.conf /etc/nginx/conf.d/default.conf\n{COPIED}"
# The last stage, the configuration, the reason
REFUSED = [
    pytest.param(CONFIGURED, SERVER.format("location /api { proxy_pass http://api; }"), "site.conf:1 does more than serve files: location /api", id="a proxy"),
    pytest.param(CONFIGURED, SERVER.format("\n  add_header X-Frame-Options DENY;"), "site.conf:2 does more than serve files: add_header X-Frame-Options DENY", id="a header"),
    pytest.param(CONFIGURED, SERVER.format("location / { try_files $uri $uri.html =404; }"), "site.conf:1 does more than serve files: try_files $uri $uri.html =404", id="other files"),
    pytest.param(CONFIGURED, SERVER.format("location / { try_files $uri /index.html; }"), "site.conf:1 does more than serve files: try_files $uri /index.html", id="no index files of directories"),
    pytest.param(CONFIGURED, SERVER.format("location = /50x.html { root /other; }"), "site.conf:1 does more than serve files: root /other", id="a page that lies elsewhere"),
    pytest.param(CONFIGURED, SERVER.format("default_type text/plain;"), "site.conf:1 does more than serve files: default_type text/plain", id="a type for what has none"),
    pytest.param(CONFIGURED, SERVER.format("listen 443 ssl;"), "site.conf:1 does more than serve files: listen 443 ssl", id="TLS"),
    pytest.param(CONFIGURED, SERVER.format("") * 2, "site.conf:1 does more than serve files: a second server", id="two servers"),
    pytest.param(CONFIGURED, "server { listen 80; }", "site.conf:1 names no root", id="no root"),
    pytest.param(CONFIGURED, "server { listen 80; root /x", "site.conf:1 does more than serve files: text that is no configuration", id="no configuration"),
    pytest.param(f"FROM nginx:1.30\nCOPY site.conf /etc/nginx/conf.d/extra.conf\n{COPIED}", SERVER.format(""), "site.conf:1 is one more configuration, /etc/nginx/conf.d/extra.conf", id="beside the image's own"),
    pytest.param(f"FROM nginx:1.30\nCOPY site.conf /etc/nginx/templates/default.conf.template\n{COPIED}", SERVER.format(""), "/etc/nginx/templates/default.conf.template is filled in", id="a template"),
    pytest.param(f"FROM nginx:1.30\n{COPIED}RUN npm run build\n", "", "the last stage does more than copy a site", id="a build"),
    pytest.param(f"FROM nginx:1.30\n{COPIED}COPY --from=web /x /opt/x\n", "", "this puts files outside of the site, /usr/share/nginx/html", id="more files"),
    pytest.param(f"FROM nginx:1.30\n{COPIED}HEALTHCHECK CMD curl -f http://localhost/\n", "", "ghcr.io/static-web-server/static-web-server:2 has nothing that HEALTHCHECK could run", id="a health check"),
    pytest.param(f"FROM nginx:1.30\n{COPIED}USER nginx\n", "", "USER names a user that", id="a user by name"),
    pytest.param("FROM nginx:1.30\nEXPOSE 80\n", "", "nothing is copied to /usr/share/nginx/html", id="no site"),
    pytest.param('FROM node:22\nCMD ["node", "app.js"]\n', "", "what starts is no server of static files that is known", id="no server of files"),
]  # fmt: skip


def served(tmp_path: Path, last: str, configuration: str, name: str = "static-web-server") -> api.Outcome:
    (tmp_path / "site.conf").write_text(configuration)
    path = tmp_path / "Dockerfile"
    path.write_text(SITE + last)
    return api.fix(path, wish=Wish(options=Options(server=name)))


@pytest.mark.parametrize(("last", "configuration", "after"), SERVED)
def test_the_site_stays_and_its_server_goes(tmp_path: Path, last: str, configuration: str, after: str) -> None:
    outcome = served(tmp_path, last, configuration)
    assert outcome.patch.after.text == f"{SITE}FROM ghcr.io/static-web-server/static-web-server:2\n{after}"
    assert [d for d in outcome.plan.decisions if d.outcome is Outcome.CHECK and "headers" in d.reason]


@pytest.mark.parametrize(("last", "configuration", "reason"), REFUSED)
def test_more_than_files_is_refused(tmp_path: Path, last: str, configuration: str, reason: str) -> None:
    with pytest.raises(RefusedError) as error:
        served(tmp_path, last, configuration)
    assert error.value.message.startswith(f"--server static-web-server: {reason}")


def test_an_unknown_server_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no server is called thttpd"):
        served(tmp_path, f"FROM nginx:1.30\n{COPIED}", "", "thttpd")


def test_the_result_is_left_alone(tmp_path: Path) -> None:
    outcome = served(tmp_path, f"FROM nginx:1.30\n{COPIED}", "")
    path = tmp_path / "Dockerfile"
    path.write_text(outcome.patch.after.text)
    assert api.fix(path).patch.empty
    assert api.fix(path, wish=Wish(options=Options(server="static-web-server"))).patch.empty
