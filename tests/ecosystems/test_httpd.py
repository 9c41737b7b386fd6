"""Apache's httpd: what stops it, and what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Rung

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(
        "FROM httpd:2.4\nCOPY httpd.conf /usr/local/apache2/conf/httpd.conf\n",
        {"httpd.conf": "# LoadModule cgi_module x\nLoadModule cgid_module modules/mod_cgid.so\n"},
        "httpd.conf:2 has httpd start programs (cgid_module)",
        id="CGI",
    ),
    pytest.param(
        "FROM httpd:2.4\nRUN sed -i 's/#LoadModule cgid_module/LoadModule cgid_module/' conf/httpd.conf\n",
        {},
        "line 2 has httpd start programs (cgid_module)",
        id="CGI that a RUN enables",
    ),
    pytest.param(
        "FROM httpd:2.4\nCOPY site.conf conf/extra/site.conf\n",
        {"site.conf": 'CustomLog "|/usr/bin/logger" common\n'},
        "site.conf:1 has httpd start programs (CustomLog)",
        id="a log that a program reads",
    ),
    pytest.param(
        "FROM httpd:2.4\nCOPY site.conf conf/extra/site.conf\n",
        {"site.conf": "RewriteMap users prg:/opt/map.pl\n"},
        "site.conf:1 has httpd start programs (prg:)",
        id="a map that is a program",
    ),
    pytest.param(
        "FROM httpd:2.4.29\nCOPY . htdocs/\n",
        {},
        "httpd 2.4.29 may not start again where a killed container left its pid file, which a shell script removes",
        id="a release that minds the pid file",
    ),
    pytest.param(
        "FROM httpd:2.4\nCOPY --from=other/image /x.conf conf/httpd.conf\n",
        {},
        "what /usr/local/apache2/conf/httpd.conf says is not known: it comes from other/image",
        id="a configuration of another image",
    ),
]

# Dockerfile, lines of the result
TAKEN = [
    pytest.param(
        "FROM httpd:2.4\nCOPY public/ /usr/local/apache2/htdocs/\n",
        ('CMD ["httpd", "-DFOREGROUND"]\n', "EXPOSE 80\nSTOPSIGNAL SIGWINCH\n", "PATH=/usr/local/apache2/bin:"),
        id="what the image starts by itself; the site may be missing",
    ),
    pytest.param(
        "FROM httpd:2.4\nRUN node build.js /site\nRUN sed -i 's#/usr/local/apache2/htdocs#/site#' conf/httpd.conf\n",
        ("if [ -e /site ]; then cp -a --parents /site /runtime; fi",),
        id="a site that a build puts where nothing tells",
    ),
    pytest.param(
        'FROM httpd:2.4\nRUN node build.js /site\nCOPY <<site.conf conf/extra/site.conf\nDocumentRoot "/site/html"\n# Alias /x /old\nsite.conf\n',
        ("if [ -e /site/html ]; then cp -a --parents /site/html /runtime; fi",),
        id="what a directive names",
    ),
    pytest.param(
        "FROM httpd:2.4.58\nCOPY public/ htdocs/\n",
        ('CMD ["httpd", "-DFOREGROUND"]\n',),
        id="a release that does not mind the pid file",
    ),
    pytest.param(
        'FROM httpd:2.4\nCMD ["httpd-foreground", "-X"]\n',
        ('CMD ["httpd", "-DFOREGROUND", "-X"]\n',),
        id="the image's script with an option",
    ),
    pytest.param(
        'FROM httpd:2.4-alpine\nENTRYPOINT ["httpd", "-D", "FOREGROUND"]\n',
        ('ENTRYPOINT ["httpd", "-D", "FOREGROUND"]\n', "-name httpd"),
        id="the program itself",
    ),
    pytest.param(
        "FROM httpd:2.4\nRUN mkdir /etc/sites\nCOPY sites /etc/sites\nRUN echo 'Include /etc/sites/*.conf' >> conf/httpd.conf\n",
        ("conf /etc/sites || rm", "COPY --from=build /etc/sites /etc/sites\n"),
        id="a module may be loaded outside of the server's folder",
    ),
]


@pytest.mark.parametrize(("dockerfile", "files", "reason"), STOPPED)
def test_what_stops_the_rung(tmp_path: Path, dockerfile: str, files: dict[str, str], reason: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    outcome = fix(tmp_path, dockerfile)
    assert outcome.plan.rung < Rung.DISTROLESS
    assert [refusal.reason for refusal in outcome.plan.refusals] == [reason]


@pytest.mark.parametrize(("dockerfile", "held"), TAKEN)
def test_what_is_written(tmp_path: Path, dockerfile: str, held: tuple[str, ...]) -> None:
    outcome = fix(tmp_path, dockerfile)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert [text for text in held if text not in outcome.patch.after.text] == []


def fix(tmp_path: Path, dockerfile: str) -> api.Outcome:
    path = tmp_path / "Dockerfile"
    path.write_text(dockerfile)
    return api.fix(path)
