"""Jetty: what stops it, and what comes along: Java, its two folders, and the command that start.jar puts together."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify import api
from minify.plan import Outcome, Rung

PAGE = "<html><body>shop</body></html>\n"
SHOP = "COPY shop webapps/shop\n"
IMAGE = "FROM jetty:12.0-jdk17\n"

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(IMAGE + SHOP + 'CMD ["--help"]\n', {}, "/docker-entrypoint.sh is a shell script", id="words without a program"),
    pytest.param(
        IMAGE + SHOP + 'CMD ["java", "-jar", "/usr/local/jetty/start.jar", "--list-config"]\n',
        {},
        "start.jar ends after --list-config, and starts no server",
        id="no server",
    ),
    pytest.param(IMAGE + SHOP + 'CMD ["jetty.sh", "run"]\n', {}, "/docker-entrypoint.sh is a shell script", id="jetty.sh"),
    pytest.param(IMAGE + SHOP + 'CMD ["java", "-jar", "app.jar"]\n', {}, "/docker-entrypoint.sh is a shell script", id="another archive"),
    pytest.param(
        IMAGE + SHOP + "ENV JETTY_START=/run/jetty.start\n",
        {},
        "JETTY_START makes docker-entrypoint.sh put its command together in another way",
        id="a variable that the script asks",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV JAVA_OPTIONS='-Dhost=$HOSTNAME'\n",
        {},
        "what JAVA_OPTIONS says depends on what the shell finds when the container starts",
        id="options that only a shell can read",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV JAVA_OPTIONS=-agentpath:/opt/agent.so\n",
        {},
        "JAVA_OPTIONS loads a native library or runs a command line",
        id="an agent",
    ),
    pytest.param(IMAGE + "ENV JETTY_BASE=/srv/base\n" + SHOP, {}, "the file moves Java or Jetty to another place", id="another folder"),
    pytest.param(
        IMAGE + SHOP + "COPY docker-entrypoint.sh /\n",
        {"docker-entrypoint.sh": "#!/bin/sh\nexec java -jar /usr/local/jetty/start.jar\n"},
        "/docker-entrypoint.sh is another than the image's",
        id="a script of the file's own under the same name",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY jetty.start /var/lib/jetty/\n",
        {"jetty.start": "exec java -version\n"},
        "/var/lib/jetty/jetty.start is not made by the image's own script",
        id="a command that is written by hand",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY run.xml etc/\n",
        {"run.xml": '<Configure><Call class="java.lang.Runtime" name="getRuntime"/></Configure>'},
        "run.xml has Jetty start programs",
        id="a configuration that starts a program",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/WEB-INF/web.xml": "<web-app><servlet-class>org.eclipse.jetty.ee10.servlets.CGI</servlet-class></web-app>\n"},
        "shop/WEB-INF/web.xml has Jetty start programs",
        id="CGI",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/run.jsp": '<html>\n<% Runtime.getRuntime().exec("ls"); %>\n'},
        "shop/run.jsp:2 starts a program or loads a library (Runtime.getRuntime().exec)",
        id="a page that starts a program",
    ),
    pytest.param(
        IMAGE + "ADD https://example.org/releases/geo.war webapps/geo.war\n",
        {},
        "what https://example.org/releases/geo.war calls is not known: it is not in the build context",
        id="a war of the network",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY geo.xml webapps/\nADD https://example.org/a.zip /opt/geo/\n",
        {"geo.xml": '<Configure><Set name="war">/opt/geo</Set></Configure>'},
        "what https://example.org/a.zip calls is not known: it is not in the build context",
        id="where a file beside the applications says that one is",
    ),
    pytest.param("FROM jetty:9.4-jdk8\n" + SHOP, {}, "Java 8 reads no file of arguments", id="Java 8"),
    pytest.param("FROM jetty:9.4.12\n" + SHOP, {}, "which Java jetty:9.4.12 has, and where, is not known", id="an old release"),
    pytest.param(
        "FROM jetty:12-jdk21-amazoncorretto\n" + SHOP,
        {},
        "which Java jetty:12-jdk21-amazoncorretto has, and where, is not known",
        id="another Java",
    ),
]  # fmt: skip

# Dockerfile, files of the context, lines of the result
TAKEN = [
    pytest.param(
        IMAGE + SHOP,
        {},
        (
            "if [ ! -f /var/lib/jetty/jetty.start ] || [ /var/lib/jetty/start.d -nt /var/lib/jetty/jetty.start ]; then ",
            "/generate-jetty-start.sh java -jar /usr/local/jetty/start.jar; fi",
            "FROM gcr.io/distroless/java17-debian13\n",
            "COPY --from=build /usr/local/jetty /usr/local/jetty\nCOPY --from=build /var/lib/jetty /var/lib/jetty\n",
            "TMPDIR=/tmp/jetty",
            "USER jetty\n",
            'ENTRYPOINT []\nCMD ["java", "-Duser.country=US", "@/usr/local/jetty/java.args"]\n',
        ),
        id="the command of the image",
    ),
    pytest.param(
        IMAGE + 'RUN java -jar "$JETTY_HOME/start.jar" --add-modules=ee10-deploy\n' + SHOP
        + 'CMD ["java", "-jar", "/usr/local/jetty/start.jar", "--module=gzip", "jetty.http.port=9000", "shop.name=a b"]\n',
        {},
        ("/generate-jetty-start.sh java -jar /usr/local/jetty/start.jar --module=gzip jetty.http.port=9000 'shop.name=a b'; fi",),
        id="words for start.jar",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV JAVA_OPTIONS=-Xmx1g\nRUN /generate-jetty-start.sh\n", {}, ("ENV JAVA_OPTIONS=-Xmx1g\n",), id="options"
    ),
    pytest.param("FROM jetty:12.0.15-jre21-alpine\n" + SHOP, {}, ("FROM gcr.io/distroless/java21-debian13\n",), id="Alpine"),
    pytest.param(
        IMAGE + SHOP + "COPY https.ini start.d/\nCOPY shop.p12 /etc/keys/\n",
        {"https.ini": "--module=https\njetty.sslContext.keyStorePath=/etc/keys/shop.p12\n", "shop.p12": ""},
        ("COPY --from=build /etc/keys/shop.p12 /etc/keys/",),
        id="a key store",
    ),
    pytest.param(
        IMAGE + SHOP + "HEALTHCHECK CMD curl -f http://localhost:8080/shop/ || exit 1\n",
        {},
        ("FROM gcr.io/distroless/static-debian13\n", "COPY --from=build /opt/java/openjdk /opt/java/openjdk\n"),
        id="curl for a health check, with its own libraries and the image's own Java",
    ),
]  # fmt: skip


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in {"shop/index.html": PAGE, **files}.items():
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


@pytest.mark.parametrize(("dockerfile", "files", "has"), TAKEN)
def test_what_comes_along(tmp_path: Path, dockerfile: str, files: dict[str, str], has: tuple[str, ...]) -> None:
    outcome = fix(tmp_path, dockerfile, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert [line for line in has if line not in outcome.patch.after.text] == [], outcome.patch.after.text


def test_what_the_script_did_is_said(tmp_path: Path) -> None:
    outcome = fix(tmp_path, IMAGE + SHOP, {})
    checks = [d.subject for d in outcome.plan.decisions if d.outcome is Outcome.CHECK]
    assert checks == ["JAVA_OPTIONS, JETTY_PROPERTIES, START_OPTIONS", "modules and properties of Jetty"]


def test_the_result_is_left_alone(tmp_path: Path) -> None:
    outcome = fix(tmp_path, IMAGE + SHOP, {})
    (tmp_path / "Dockerfile").write_text(outcome.patch.after.text)
    assert api.fix(tmp_path / "Dockerfile").patch.empty
