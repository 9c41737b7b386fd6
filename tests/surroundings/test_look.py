"""What stands around a Dockerfile: each row is a file of a repository and the line that the new image breaks."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from minify import api
from minify.plan import Decision, Options, Outcome, Rung
from minify.planner import Wish
from minify.surroundings import Surroundings, look
from minify.surroundings.repository import root_of

PYTHON = """\
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends curl procps
WORKDIR /app
COPY app.py .
EXPOSE 8000
CMD ["python", "app.py"]
"""
NODE = """\
FROM node:22-slim
WORKDIR /app
COPY server.js .
CMD ["node", "server.js"]
"""
SOURCES = {"app.py": "print('hello')\n", "server.js": "require('http').createServer().listen(8000)\n"}


def around(folder: Path, files: dict[str, str], dockerfile: str = PYTHON, **options: Any) -> Surroundings:
    """Put the files below a folder that is a repository, and look."""
    for name, text in {"Dockerfile": dockerfile, **SOURCES, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    (folder / ".git").mkdir(exist_ok=True)
    outcome = api.fix(folder / "Dockerfile", wish=Wish(options=Options(**options)))
    assert outcome.plan.runtime is not None, outcome.plan.refusals
    found = api.look_around(outcome).around
    assert found is not None
    return found


def said(found: Surroundings) -> list[str]:
    """The findings as `file:line subject: reason`."""
    return [f"{f.file}:{f.line} {f.subject}: {f.reason}{'' if f.certain else ' (?)'}" for f in found.findings]


LACKS_CURL = "starts curl, which the final image lacks (curl brings it)"
NO_SHELL = "runs in a shell, and the final image has none"

FOUND = [
    pytest.param(
        "compose.yaml",
        """\
        services:
          web:
            build: .
            healthcheck:
              test: ["CMD", "curl", "-f", "http://localhost:8000/"]
        """,
        [f"compose.yaml:5 the health check of the service web: {LACKS_CURL}"],
        id="a health check by curl",
    ),
    pytest.param(
        "compose.yaml",
        """\
        services:
          web:
            build: {context: ., dockerfile: Dockerfile}
            healthcheck:
              test: curl -f http://localhost:8000/ || exit 1
        """,
        [f"compose.yaml:5 the health check of the service web: {NO_SHELL}"],
        id="a text is for a shell",
    ),
    pytest.param(
        "compose.yaml",
        """\
        services:
          web:
            build: .
            command: sh -c "python app.py"
            entrypoint: ["bash", "-c", "sleep 5 && python app.py"]
        """,
        [
            "compose.yaml:5 the entrypoint of the service web: starts bash, and the final image has no shell",
        ],
        id="a command behind an entrypoint is its arguments",
    ),
    pytest.param(
        "docker/compose.dev.yml",
        """\
        services:
          web:
            build: ..
            command: sh -c 'python app.py'
          other:
            image: postgres:16
            command: sh -c 'true'
            healthcheck:
              test: pg_isready
        """,
        ["docker/compose.dev.yml:4 the command of the service web: starts sh, and the final image has no shell"],
        id="another image is another matter",
    ),
    pytest.param(
        "compose.yaml",
        """\
        services:
          web:
            build: .
            command: gunicorn --bind 0.0.0.0:$$PORT app
            healthcheck:
              test: ["CMD", "python", "-c", "import app"]
        """,
        [],
        id="what needs no shell",
    ),
    pytest.param(
        "compose.yaml",
        """\
        services:
          web:
            build: {context: ., target: "0"}
        """,
        [
            "compose.yaml:3 the target 0: stage 0 is what builds the application now: the final stage is the one after it"
        ],
        id="a stage by its number",
    ),
    pytest.param(
        "compose.yaml",
        """\
        services:
          web:
            build: ./other
            command: sh -c true
        """,
        [],
        id="another build context",
    ),
    pytest.param(
        "k8s/web.yaml",
        """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          template:
            spec:
              containers:
              - name: web
                image: acme/web:1.4
                command: ["/bin/sh", "-c"]
                args: ["python app.py"]
                livenessProbe:
                  exec:
                    command: [curl, -f, "http://localhost:8000/live"]
                lifecycle:
                  preStop:
                    exec:
                      command: ["sh", "-c", "sleep 10"]
              - name: proxy
                image: envoyproxy/envoy:v1
                command: ["sh"]
        """,
        [
            "k8s/web.yaml:10 the command of the container web: starts /bin/sh, and the final image has no shell",
            f"k8s/web.yaml:14 the livenessProbe of the container web: {LACKS_CURL}",
            "k8s/web.yaml:18 the preStop hook of the container web: starts sh, and the final image has no shell",
        ],
        id="a deployment",
    ),
    pytest.param(
        "k8s/web.yaml",
        """\
        kind: Pod
        spec:
          containers:
          - image: registry.example.org/acme/web
            command: [sh]
        """,
        ["k8s/web.yaml:5 the command of the container : starts sh, and the final image has no shell (?)"],
        id="the same name in a registry may be another image",
    ),
    pytest.param(
        "scripts/shell.sh",
        """\
        #!/bin/sh
        # docker run --rm acme/web sh
        docker run --rm -it -p 8000:8000 --name box acme/web:latest bash
        docker run --entrypoint sh acme/web -c 'ls'
        docker exec -it box ps aux
        docker exec other ps aux
        docker run acme/web python -c 'print(1)'
        """,
        [
            "scripts/shell.sh:3 docker run --rm -it -p 8000:8000: starts bash, and the final image has no shell",
            "scripts/shell.sh:4 docker run --entrypoint sh acme/web -c: starts sh, and the final image has no shell",
            "scripts/shell.sh:5 docker exec -it box ps aux: starts ps, which the final image lacks (procps brings it)",
        ],
        id="a script",
    ),
    pytest.param(
        ".gitlab-ci.yml",
        """\
        test:
          image: acme/web:latest
          script: [pytest]
        """,
        [".gitlab-ci.yml:2 the image of a job: its steps run in a shell of the image, and the final image has none"],
        id="a job that runs in the image",
    ),
    pytest.param(
        ".devcontainer/devcontainer.json",
        """\
        {
          // the editor's
          "build": {"dockerfile": "../Dockerfile"}
        }
        """,
        [
            ".devcontainer/devcontainer.json:3 the devcontainer: works in a shell of the image, and the final image has none"
        ],
        id="a devcontainer",
    ),
    pytest.param(
        "Jenkinsfile",
        "pipeline {\n  agent { dockerfile true }\n}\n",
        ["Jenkinsfile:2 an agent of the pipeline: its steps run in a shell of the image, and the final image has none"],
        id="a pipeline that runs in the image",
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), FOUND)
def test_what_is_found(tmp_path: Path, name: str, text: str, expected: list[str]) -> None:
    files = {name: text, "Makefile": "IMAGE ?= acme/web\nbuild:\n\tdocker build -t $(IMAGE):1 .\n"}
    assert said(around(tmp_path, files)) == expected


BUILDS = [
    pytest.param(
        "skaffold.yaml", "apiVersion: skaffold/v4beta1\nbuild:\n  artifacts:\n  - image: acme/web\n", id="skaffold"
    ),
    pytest.param("compose.yaml", "services:\n  web: {build: ., image: 'acme/web:${TAG:-1}'}\n", id="compose"),
    pytest.param("docker-bake.hcl", 'target "web" {\n  context = "."\n  tags = ["acme/web:1"]\n}\n', id="bake"),
    pytest.param(
        "build.sh", "IMAGE=acme/web\ndocker buildx build --push \\\n  --tag $IMAGE:1 \\\n  .\n", id="a script"
    ),
    pytest.param(
        ".github/workflows/ci.yml",
        "env: {NAME: acme/web}\njobs:\n  a:\n    steps:\n    - uses: docker/build-push-action@v6\n      with:\n        context: .\n"
        "        tags: |\n          ${{ env.NAME }}:latest\n",
        id="a workflow",
    ),
]


@pytest.mark.parametrize(("name", "text"), BUILDS)
def test_who_builds_the_image_names_it(tmp_path: Path, name: str, text: str) -> None:
    pod = "kind: Pod\nspec: {containers: [{name: web, image: acme/web, command: [sh]}]}\n"
    found = said(around(tmp_path, {name: text, "pod.yaml": pod}))
    assert found == ["pod.yaml:2 the command of the container web: starts sh, and the final image has no shell"]
    assert said(around(tmp_path, {name: text.replace(".\n", "./other\n"), "pod.yaml": "a: 1"})) == []


def test_another_stage_keeps_its_shell(tmp_path: Path) -> None:
    """What `target` names is built as before, unless it is the last stage."""
    dockerfile = PYTHON.replace("slim\n", "slim AS app\n").replace("FROM", "FROM python:3.12 AS dev\nFROM", 1)
    compose = "services:\n  a: {{build: {{context: ., target: {}}}, command: bash}}\n"
    assert said(around(tmp_path, {"compose.yaml": compose.format("dev")}, dockerfile)) == []
    assert len(said(around(tmp_path, {"compose.yaml": compose.format("app")}, dockerfile))) == 1


@pytest.mark.parametrize(
    "builds",
    [
        "docker build -t acme/web:dev --target dev .\ndocker build -t acme/web:app .\n",
        "docker build -t acme/web:app --target app .\ndocker build --target dev -t acme/web:dev .\n",
    ],
)
def test_a_tag_of_another_stage_is_another_image(tmp_path: Path, builds: str) -> None:
    dockerfile = PYTHON.replace("slim\n", "slim AS app\n").replace("FROM", "FROM python:3.12 AS dev\nFROM", 1)
    runs = "docker run acme/web:dev bash\n"
    assert said(around(tmp_path, {"ci.sh": builds + runs}, dockerfile)) == []
    found = said(around(tmp_path, {"ci.sh": builds + runs.replace(":dev", ":app")}, dockerfile))
    assert found == ["ci.sh:3 docker run acme/web:app bash: starts bash, and the final image has no shell"]


def test_a_workflow_s_tag_of_another_stage_is_another_image(tmp_path: Path) -> None:
    dockerfile = PYTHON.replace("slim\n", "slim AS app\n").replace("FROM", "FROM python:3.12 AS dev\nFROM", 1)
    step = "    - uses: docker/build-push-action@v6\n      with: {{context: ., target: {0}, tags: 'acme/web:{0}'}}\n"
    text = f"jobs:\n  a:\n    steps:\n{step.format('dev')}{step.format('app')}    - run: docker run acme/web:dev bash\n"
    assert said(around(tmp_path, {".github/workflows/ci.yml": text}, dockerfile)) == []
    text = text.replace("run acme/web:dev", "run acme/web:app")
    assert len(said(around(tmp_path, {".github/workflows/ci.yml": text}, dockerfile))) == 1


def test_helm_values_are_put_in(tmp_path: Path) -> None:
    files = {
        "chart/Chart.yaml": "name: web\n",
        "chart/values.yaml": "image:\n  repository: acme/web\n  tag: 1\n",
        "chart/templates/deployment.yaml": """\
            spec:
              {{- if .Values.x }}
              containers:
                - name: {{ .Chart.Name }}
                  image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default "1" }}"
                  {{- with .Values.resources }}
                  resources: {{- toYaml . | nindent 10 }}
                  {{- end }}
                  command: ["sh", "-c", "python app.py"]
              {{- end }}
            """,
        "Makefile": "build:\n\tdocker build -t acme/web .\n",
    }
    found = around(tmp_path, files)
    assert [(f.file, f.line, f.certain, f.edit) for f in found.findings] == [
        ("chart/templates/deployment.yaml", 9, True, None)
    ]


def test_the_entrypoint_script_of_node_is_gone(tmp_path: Path) -> None:
    """It gave a file to node; a program that is named is found as before."""
    compose = "services:\n  a: {build: ., command: node worker.js}\n  b: {build: ., command: worker.js}\n"
    found = around(tmp_path, {"compose.yaml": compose}, NODE)
    assert [(f.line, f.instead) for f in found.findings] == [(3, '["/nodejs/bin/node", "worker.js"]')]


def test_the_change_is_a_diff_of_its_own(tmp_path: Path) -> None:
    """Comments, other services and the style of the rest stay; what others share is not changed."""
    compose = """\
        x-check: &check
          healthcheck: {test: curl -f http://localhost:8000/}
        services:
          web:
            build: .   # ours
            healthcheck:
              test:
                - CMD-SHELL
                - curl -f http://localhost:$${PORT:-8000}/health || exit 1
              interval: 5s  # often
            command: sh -c "exec python app.py"
          two:
            <<: *check
            build: .
        """
    pod = """\
        spec:
          containers:
          - image: web
            readinessProbe:
              exec:
                command:
                - curl
                - -f
                - http://localhost:8000/ready
              periodSeconds: 3
        """
    found = around(tmp_path, {"compose.yaml": compose, "pod.yaml": pod, "b.sh": "docker build -t web .\n"})
    assert [f.line for f in found.findings if f.edit is None] == [2]
    after = {Path(p.after.path).name: p.after.text for p in found.patches}
    assert after["pod.yaml"] == dedent("""\
        spec:
          containers:
          - image: web
            readinessProbe:
              httpGet: {path: "/ready", port: 8000}
              periodSeconds: 3
        """)
    lines = after["compose.yaml"].splitlines()
    assert lines[4] == "    build: .   # ours"
    assert lines[6].startswith('      test: ["CMD", "/usr/local/bin/python", "-c", "import ')
    assert "$" not in lines[6] or "$$" in lines[6]
    assert lines[7:9] == ["      interval: 5s  # often", '    command: ["python", "app.py"]']


def test_a_user_without_roots_rights(tmp_path: Path) -> None:
    """Only what the new user changes: a file that had its user before keeps what it could do."""
    compose = "services:\n  web:\n    build: .\n    ports: ['8080:80', '8000']\n    volumes: ['data:/data', './etc:/etc/app:ro']\n"
    found = around(tmp_path, {"compose.yaml": compose}, user="65532:65532")
    assert [(f.line, f.subject) for f in found.findings] == [
        (4, "a port of the service web"),
        (5, "a volume of the service web"),
    ]
    assert said(around(tmp_path, {"compose.yaml": compose})) == []


def test_nothing_outside_of_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {build: ./inner, command: sh}}\n")
    assert said(around(tmp_path / "inner", {})) == []


def test_files_that_are_no_yaml(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  web: [\n",
        "b.yaml": "services: &a [*a]\n",
        "c.yml": "services: {\xe9: &b {x: *b}, image: 1}\n",
    }
    assert said(around(tmp_path, files)) == []


def test_the_slim_rung_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian:13\nRUN apt-get update && apt-get install curl\nCMD echo $X\n")
    (tmp_path / "compose.yaml").write_text("services: {web: {build: ., command: sh}}\n")
    found = api.look_around(api.fix(tmp_path / "Dockerfile")).around
    assert found is not None
    assert found.findings == ()


def test_the_root_of_sources_without_a_repository(tmp_path: Path) -> None:
    folder = tmp_path / "far" / "shop" / "services" / "api"
    folder.mkdir(parents=True)
    assert root_of(folder, folder) == folder
    (tmp_path / "far" / "compose.yaml").touch()
    assert root_of(folder, folder) == folder, "too far above"
    (tmp_path / "far" / "shop" / "docker-compose.yml").touch()
    assert root_of(folder, folder) == tmp_path / "far" / "shop"
    (tmp_path / ".git").mkdir()
    assert root_of(folder, folder) == tmp_path


LAUNCHED = """\
FROM python:3.12-slim
WORKDIR /app
COPY app.py start.sh ./
ENTRYPOINT ["/app/start.sh"]
CMD ["python", "app.py"]
"""
START = '#!/bin/sh\nset -e\nif [ -n "$WAIT" ]; then\n  echo "waiting for $WAIT"\n  sleep "$WAIT"\nfi\nexec "$@"\n'


def test_a_script_that_became_a_launcher(tmp_path: Path) -> None:
    """Who starts the script by its name starts the launcher instead; nothing may be mounted over it."""
    compose = """\
        services:
          web:
            build: .
            entrypoint: [/app/start.sh, python, other.py]
            volumes:
              - .:/app
              - /usr/local/bin
        """
    (tmp_path / "start.sh").write_text(START)
    (tmp_path / "start.sh").chmod(0o755)
    found = around(tmp_path, {"compose.yaml": compose}, LAUNCHED)
    assert [(f.line, f.instead) for f in found.findings] == [
        (4, '["/usr/local/bin/python", "-I", "/usr/local/bin/start.py", "python", "other.py"]'),
        (7, ""),
    ]
    assert "hides /usr/local/bin/start.py" in found.findings[1].reason


def test_a_slimmer_base_lacks_programs(tmp_path: Path) -> None:
    """The slim rung keeps the shell; what only the larger base had goes."""
    (tmp_path / "Dockerfile").write_text('FROM python:3.12\nCMD ["bash"]\n')
    (tmp_path / "compose.yaml").write_text(
        "services:\n  a: {build: ., healthcheck: {test: [CMD, curl, localhost]}}\n  b: {build: ., command: sh -c true}\n"
    )
    outcome = api.look_around(api.fix(tmp_path / "Dockerfile"))
    assert [applied.fix.code for applied in outcome.applied] == ["slim-base"]
    assert outcome.around is not None
    assert [(f.line, f.reason) for f in outcome.around.findings] == [
        (2, "starts curl, which the final image lacks (python:3.12 has it)")
    ]


def test_a_whole_root_lacks_what_was_left_out(tmp_path: Path) -> None:
    """Its shell stays."""
    (tmp_path / "Dockerfile").write_text(
        'FROM debian:13\nRUN apt-get update && apt-get install -y curl\nCMD ["bash"]\n'
    )
    (tmp_path / "run.sh").write_text("docker build -t web .\ndocker run web curl localhost\ndocker run web sh -c ls\n")
    outcome = api.fix(tmp_path / "Dockerfile")
    left = Decision(subject="curl, wget", outcome=Outcome.DROPPED, reason="network tools")
    plan = outcome.plan._replace(rung=Rung.PRUNED, decisions=(left,), fixes=())
    assert [(f.line, f.reason) for f in look([(outcome.facts, plan)]).findings] == [
        (2, "starts curl, which the final image lacks (it is left out)")
    ]


@pytest.mark.parametrize(("folder", "expected"), [("", 1), ("elsewhere/", 0)])
def test_a_manifest_beside_it_that_starts_a_script_of_its(tmp_path: Path, folder: str, expected: int) -> None:
    manifest = """\
        kind: Pod
        spec:
          containers:
          - name: web
            image: somebody.example/other-name:1.5
            command: ["/home/reload.sh"]
          - name: other
            image: somebody.example/third
            command: ["/docker-entrypoint.sh"]
    """
    copies = PYTHON.replace("EXPOSE", "COPY reload.sh /home/\nEXPOSE")
    files = {f"{folder}pod.yaml": manifest, "reload.sh": "#!/bin/sh\necho reload\n"}
    found = around(tmp_path, files, copies)
    assert [f.line for f in found.findings] == [6] * expected
    assert not any(f.certain for f in found.findings)


def test_a_variable_that_nothing_reads_any_more(tmp_path: Path) -> None:
    files = {
        "pom.xml": "<project><artifactId>spring-boot-maven-plugin</artifactId></project>",
        "src/main/java/A.java": "class A { public static void main(String[] arguments) {} }\n",
        "compose.yaml": "services:\n  app:\n    build: .\n    environment:\n      JAVA_OPTS: -Xmx1g\n      MODE: x\n"
        "  other:\n    image: other\n    environment:\n      JAVA_OPTS: -Xmx2g\n",
        "compose.test.yaml": 'services:\n  app:\n    build: .\n    environment:\n      - "JAVA_OPTS=-Xmx1g -Xss1m"\n',
    }
    dockerfile = "FROM eclipse-temurin:17-jre\nCOPY target/app.jar /app.jar\nCMD java $JAVA_OPTS -jar /app.jar\n"
    found = around(tmp_path, files, dockerfile, java_options=True)
    subject, reason = (
        "the environment of the service app",
        "sets JAVA_OPTS, which nothing reads any more: JDK_JAVA_OPTIONS is read",
    )
    assert [(f.file, f.line, f.subject, f.reason, f.instead) for f in found.findings] == [
        ("compose.test.yaml", 5, subject, reason, "JDK_JAVA_OPTIONS=-Xmx1g -Xss1m"),
        ("compose.yaml", 5, subject, reason, "JDK_JAVA_OPTIONS"),
    ]
    [patch] = found.patches
    assert patch.after.text == files["compose.yaml"].replace(
        "      JAVA_OPTS: -Xmx1g", "      JDK_JAVA_OPTIONS: -Xmx1g"
    )
