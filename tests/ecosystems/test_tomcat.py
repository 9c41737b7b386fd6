"""Tomcat: what stops it, and what comes along: Java and its folder as they are, with the command written down."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from minify import api
from minify.plan import Outcome, Rung

PAGE = "<html><%= 6 * 7 %></html>\n"
SHOP = "COPY shop /usr/local/tomcat/webapps/shop\n"
IMAGE = "FROM tomcat:10.1-jdk17\n"

# Dockerfile, files of the context, the reason
STOPPED = [
    pytest.param(
        IMAGE + SHOP + "COPY setenv.sh bin/\n",
        {"setenv.sh": "# options\nexport JAVA_OPTS=-Xmx1g\nexport JAVA_OPTS=\"$JAVA_OPTS -Dhost=$HOSTNAME\"\n"},
        "catalina.sh reads /usr/local/tomcat/bin/setenv.sh when the container starts",
        id="setenv.sh",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV JAVA_OPTS=-Xmx1g\nCOPY setenv.sh bin/\n",
        {"setenv.sh": "JAVA_OPTS=-Xss2m\n"},
        "catalina.sh reads /usr/local/tomcat/bin/setenv.sh when the container starts",
        id="setenv.sh beside a variable that it may overwrite",
    ),
    pytest.param(
        IMAGE + SHOP + "RUN echo 'JAVA_OPTS=-Xmx1g' > /usr/local/tomcat/bin/setenv.sh\n",
        {},
        "catalina.sh reads /usr/local/tomcat/bin/setenv.sh when the container starts",
        id="setenv.sh of a RUN",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV CATALINA_BASE=/srv/base\n",
        {},
        "CATALINA_BASE makes catalina.sh put its command together in another way",
        id="a variable that the script asks",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV JAVA_OPTS='-Dname=\"two words\"'\n",
        {},
        "only a shell can read what JAVA_OPTS says",
        id="options that only a shell can read",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV CATALINA_OPTS=-Djava.io.tmpdir=/data\n",
        {},
        "catalina.sh sets what CATALINA_OPTS says once more",
        id="options that the script sets too",
    ),
    pytest.param(
        IMAGE + SHOP + "ENV CATALINA_OPTS=-Xmx1g JDK_JAVA_OPTIONS=-Xss2m\n",
        {},
        "JDK_JAVA_OPTIONS and JAVA_OPTS or CATALINA_OPTS are set",
        id="both variables",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY server.xml conf/\n",
        {"server.xml": '<Listener className="org.apache.catalina.security.SecurityListener"/>'},
        "server.xml has Tomcat check its umask, which only a shell can set",
        id="a check of the umask",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/run.jsp": '<html>\n<% Runtime.getRuntime().exec("ls"); %>\n'},
        "shop/run.jsp:2 starts a program or loads a library (Runtime.getRuntime().exec)",
        id="a page that starts a program",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/run.jsp": '<html>\n<% Runtime rt = Runtime.getRuntime();\nProcess p = rt.exec("ls"); %>\n'},
        "shop/run.jsp:3 starts a program or loads a library (.exec)",
        id="a page that starts a program by a name of its own for it",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY web.xml conf/\n",
        {"web.xml": "<web-app>\n<servlet-class>org.apache.catalina.servlets.CGIServlet</servlet-class></web-app>\n"},
        "web.xml has Tomcat start programs for those who ask (CGI or SSI)",
        id="CGI",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/WEB-INF/web.xml": "<web-app><servlet-class>org.apache.catalina.ssi.SSIServlet</servlet-class></web-app>\n"},
        "shop/WEB-INF/web.xml has Tomcat start programs for those who ask (CGI or SSI)",
        id="SSI of an application's own",
    ),
    pytest.param(
        IMAGE + SHOP + "RUN sed -i '/CGIServlet/,+3d' conf/web.xml\n",
        {},
        "line 3 has Tomcat start programs for those who ask (CGI or SSI)",
        id="a command that changes what is said of CGI",
    ),
    pytest.param(
        IMAGE + SHOP + "ADD https://example.org/releases/geo.war webapps/geo.war\n",
        {},
        "what https://example.org/releases/geo.war calls is not known: it is not in the build context",
        id="a war of the network",
    ),
    pytest.param(
        IMAGE + SHOP + "RUN curl -L https://example.org/geo.tar.gz | tar xz -C webapps\n",
        {},
        "what https://example.org/geo.tar.gz calls is not known: it is not in the build context",
        id="an application that a command fetches and unpacks",
    ),
    pytest.param(
        "FROM debian:13 AS fetch\nRUN apt-get update && apt-get install -y curl && curl -fsSLo /a.war https://example.org/a.war\nRUN mv /a.war /b.war\n"
        + IMAGE + SHOP + "COPY --from=fetch /b.war webapps/\n",
        {},
        "what https://example.org/a.war calls is not known: it is not in the build context",
        id="a war that another stage fetches",
    ),
    pytest.param(
        "FROM maven:3 AS build\nRUN git clone https://example.org/a . && mvn package\n"
        + IMAGE + SHOP + "COPY --from=build /target/a.war webapps/\n",
        {"pom.xml": "<project/>", "src/A.java": "class A {}"},
        "what https://example.org/a calls is not known: it is not in the build context",
        id="a war that is built of a clone",
    ),
    pytest.param(
        "FROM eclipse-temurin:21 AS jar\nCOPY . .\nRUN git clone https://example.org/a && jar --create --file /a.war -C a .\n"
        + IMAGE + SHOP + "COPY --from=jar /a.war webapps/\n",
        {"src/A.java": "class A {}"},
        "what https://example.org/a calls is not known: it is not in the build context",
        id="packed of a clone",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY --from=example/geo /geo webapps/geo\n",
        {},
        "what /geo calls is not known: it is not in the build context",
        id="an application of another image",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY ROOT.xml conf/Catalina/localhost/\nADD https://example.org/a.zip /opt/a/\n",
        {"ROOT.xml": '<Context docBase="/opt/a"/>'},
        "what https://example.org/a.zip calls is not known: it is not in the build context",
        id="where a setting says that an application is",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/WEB-INF/classes/shop/Run.class": "\xca\xfe java/lang/ProcessBuilder"},
        "shop/WEB-INF/classes/shop/Run.class: the class shop.Run starts a program",
        id="a class beside pages",
    ),
    pytest.param(
        IMAGE + SHOP,
        {"shop/WEB-INF/lib/zt-exec-1.12.jar": ""},
        "shop/WEB-INF/lib/zt-exec-1.12.jar: zt-exec starts other programs",
        id="a library beside pages",
    ),
    pytest.param(
        IMAGE + SHOP + "ADD https://repo1.maven.org/maven2/x/zt-exec-1.12.jar lib/\n",
        {},
        "line 3: zt-exec starts other programs",
        id="a library of the network by its name",
    ),
    pytest.param(
        "FROM tomcat:9-jdk8\n" + SHOP, {}, "Java 8 reads no file of arguments", id="Java 8"
    ),
    pytest.param(
        "FROM tomcat:9.0.65\n" + SHOP, {}, "which Java tomcat:9.0.65 has, and where, is not known", id="an old release"
    ),
    pytest.param(
        "FROM tomcat:9-jdk11-openjdk\n" + SHOP,
        {},
        "which Java tomcat:9-jdk11-openjdk has, and where, is not known",
        id="another Java",
    ),
    pytest.param(IMAGE + SHOP + "CMD catalina.sh start && tail -f logs/catalina.out\n", {}, "CMD needs a shell", id="start"),
    pytest.param(IMAGE + SHOP + 'CMD ["catalina.sh", "jpda", "run"]\n', {}, "catalina.sh is a shell script", id="jpda"),
]  # fmt: skip

# Dockerfile, files of the context, lines of the result, lines that it has not
TAKEN = [
    pytest.param(
        IMAGE + SHOP,
        {},
        (
            "UMASK=0022 JRE_HOME=/tmp/jre /usr/local/tomcat/bin/catalina.sh run > /usr/local/tomcat/bin/java.args; ",
            "COPY --from=build /opt/java/openjdk /opt/java/openjdk\nCOPY --from=build /usr/local/tomcat /usr/local/tomcat\n",
            "LD_LIBRARY_PATH=/usr/local/tomcat/native-jni-lib ",
            'WORKDIR /usr/local/tomcat\nEXPOSE 8080\nCMD ["java", "@/usr/local/tomcat/bin/java.args"]\n',
        ),
        ("JDK_JAVA_OPTIONS=",),
        id="the command of the image",
    ),
    pytest.param(
        IMAGE + SHOP + "COPY setenv.sh bin/setenv.sh\n",
        {"setenv.sh": "#!/bin/sh\nJAVA_OPTS=-Xms64m\nexport CATALINA_OPTS=\"$CATALINA_OPTS -Xmx1g -Dshop=/data\"\n"},
        ("/usr/local/tomcat/bin/catalina.sh run > /usr/local/tomcat/bin/java.args; ", "rm -rf /usr/local/tomcat/bin/*.sh "),
        (),
        id="a setenv.sh that says the same wherever it is read",
    ),
    pytest.param(
        IMAGE + SHOP + 'ENTRYPOINT ["/usr/local/tomcat/bin/catalina.sh"]\nCMD ["run"]\n',
        {},
        ('ENTRYPOINT ["java", "@/usr/local/tomcat/bin/java.args"]\n',),
        ("CMD ",),
        id="the script in ENTRYPOINT",
    ),
    pytest.param(
        IMAGE + 'ENV JAVA_OPTS="-Xms64m" CATALINA_OPTS="-Xmx1g -Dspring.profiles.active=docker"\n' + SHOP + "CMD catalina.sh run\n",
        {},
        (
            "UMASK=0022 JAVA_OPTS='' CATALINA_OPTS='' JRE_HOME=/tmp/jre ",
            'JDK_JAVA_OPTIONS="-Xms64m -Xmx1g -Dspring.profiles.active=docker"\n',
        ),
        (),
        id="options move to the variable that Java reads",
    ),
    pytest.param(
        "FROM tomcat:9-jre17\n" + SHOP + "ENV JDK_JAVA_OPTIONS=-Xmx1g\n",
        {},
        ("UMASK=0022 JDK_JAVA_OPTIONS='' JRE_HOME=/tmp/jre ", "ENV JDK_JAVA_OPTIONS=-Xmx1g\n"),
        ("jmods",),
        id="the variable that Java reads stays",
    ),
    pytest.param(
        "FROM tomcat:11.0.3-jdk21-temurin-noble\n" + SHOP + "COPY server.xml conf/server.xml\n",
        {"server.xml": '<Certificate certificateKeystoreFile="/etc/keys/shop.p12"/>'},
        ("if [ -e /etc/keys/shop.p12 ]; then cp -a --parents",),
        (),
        id="what the configuration names",
    ),
]  # fmt: skip


# What is deployed, files of the context
KNOWN = [
    pytest.param("ADD https://repo1.maven.org/maven2/org/postgresql/postgresql-42.7.4.jar lib/\n", {}, id="a driver"),
    pytest.param("ADD https://example.org/logo.png webapps/ROOT/\n", {}, id="a picture"),
    pytest.param("COPY --from=tomcat:10.1-jdk17 /usr/local/tomcat/webapps.dist/manager webapps/manager\n", {}, id="Tomcat's own"),
    pytest.param("COPY --from=maven /src/target/a.war webapps/\n", {"pom.xml": "<project/>", "src/A.java": ""}, id="built of the context"),
    pytest.param("COPY --from=jar /a.war webapps/\n", {"src/A.java": ""}, id="packed where no command is seen to write"),
    pytest.param("COPY --from=node /src/dist webapps/a\n", {"package.json": "{}"}, id="a site that is built"),
    pytest.param(
        "COPY web.xml conf/\n",
        {"web.xml": "<web-app><!-- <servlet-class>org.apache.catalina.servlets.CGIServlet</servlet-class> --></web-app>"},
        id="CGI in a comment, as in the image's own",
    ),
    pytest.param("", {"shop/s.jsp": "<% Runtime rt = Runtime.getRuntime(); rt.freeMemory(); %> <script>/a/.exec(b)</script>"}, id="a page of memory"),
]  # fmt: skip
BUILDS = (
    "FROM maven:3 AS maven\nWORKDIR /src\nCOPY . .\nRUN curl -L https://example.org/tool.tgz | tar xz -C /opt && mvn package\n"
    "FROM eclipse-temurin:21 AS jar\nWORKDIR /src\nCOPY . .\nRUN javac -d c src/*.java && jar --create --file /a.war -C c .\n"
    "FROM node:22 AS node\nWORKDIR /src\nCOPY package.json* .\nRUN npm run build\n"
)


@pytest.mark.parametrize(("deployed", "files"), KNOWN)
def test_what_is_known(tmp_path: Path, deployed: str, files: dict[str, str]) -> None:
    outcome = fix(tmp_path, BUILDS + IMAGE + SHOP + deployed, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals


NAMED = [
    pytest.param("RUN ln -s ../webapps.dist/manager webapps/manager\n", {}, True, id="a link"),
    pytest.param("COPY m.xml conf/Catalina/localhost/\n", {"m.xml": '<Context docBase="${catalina.home}/webapps.dist/m"/>'}, True, id="a setting"),
    pytest.param("RUN cp -r webapps.dist/manager webapps/\n", {}, False, id="a copy is made by the build"),
    pytest.param("RUN rm -rf webapps.dist\n", {}, False, id="it goes"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "files", "stays"), NAMED)
def test_the_manager_stays_where_something_names_it(
    tmp_path: Path, line: str, files: dict[str, str], stays: bool
) -> None:
    outcome = fix(tmp_path, IMAGE + SHOP + line, files)
    assert outcome.plan.rung is Rung.DISTROLESS, outcome.plan.refusals
    assert ("/usr/local/tomcat/include /usr/local/tomcat/webapps.dist" in outcome.patch.after.text) is not stays


def fix(tmp_path: Path, dockerfile: str, files: dict[str, str]) -> api.Outcome:
    for name, text in {"shop/index.jsp": PAGE, **files}.items():
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
    written = outcome.patch.after.text.removeprefix(dockerfile.partition("\n")[0])
    final = written.partition("\nFROM ")[2]
    assert [line for line in has if line not in written] == []
    assert [line for line in has_not if line in final] == []


def test_a_war_is_read(tmp_path: Path) -> None:
    data = BytesIO()
    with ZipFile(data, "w") as war:
        war.writestr("index.jsp", '<%\nnew ProcessBuilder("ls").start(); %>')
    (tmp_path / "app.war").write_bytes(data.getvalue())
    outcome = fix(tmp_path, IMAGE + "COPY app.war webapps/ROOT.war\n", {})
    assert outcome.plan.rung < Rung.DISTROLESS
    said = [r.reason for r in outcome.plan.refusals if r.rung is Rung.DISTROLESS]
    assert said == ["app.war!/index.jsp:2 starts a program or loads a library (ProcessBuilder)"]


def test_what_the_script_did_is_said(tmp_path: Path) -> None:
    outcome = fix(tmp_path, IMAGE + SHOP, {})
    checks = [d.subject for d in outcome.plan.decisions if d.outcome is Outcome.CHECK]
    assert checks == ["JAVA_OPTS and CATALINA_OPTS", "umask 0022"]


def test_a_health_check_by_curl_comes_along(tmp_path: Path) -> None:
    outcome = fix(tmp_path, IMAGE + SHOP + "HEALTHCHECK CMD curl -f http://localhost:8080/shop/ || exit 1\n", {})
    assert outcome.plan.rung is Rung.DISTROLESS


def test_the_result_is_left_alone(tmp_path: Path) -> None:
    outcome = fix(tmp_path, IMAGE + SHOP, {})
    (tmp_path / "Dockerfile").write_text(outcome.patch.after.text)
    assert api.fix(tmp_path / "Dockerfile").patch.empty
