"""The build context that other files of a repository name, each with its line; what cannot be known claims nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from minify.batch import git
from minify.batch.evidence import READERS, choose, claims
from minify.batch.evidence.commands import build
from minify.batch.trees import CommitTree, FolderTree
from tests.batch.generate import repository, write

COPIES = b"FROM a\nCOPY package.json src/ /app/\n"

# source file, its text → (Dockerfile, context, line) for each claim
SAID: list[tuple[str, str, list[tuple[str, str, int | None]]]] = [
    # compose: short form, long form, variables, merges; the Dockerfile's path starts at the context
    ("compose.yaml", "services:\n  a:\n    build: ./api\n", [("api/Dockerfile", "api", 3)]),
    (
        "deploy/docker-compose.prod.yml",
        "x-b: &b\n  context: ../api\n  dockerfile: docker/D\nservices:\n  a:\n    build:\n      <<: *b\n",
        [("api/docker/D", "api", 2)],
    ),
    (
        "docker-compose.yml",
        'services:\n  a:\n    build: {context: "${DIR:-web}", dockerfile: ../D}\n',
        [("D", "web", 3)],
    ),
    ("compose.yml", "services:\n  a: {image: x}\n  b: {build: $DIR}\n  c: {build: 'https://x/y.git'}\n", []),
    ("compose.yml", "services:\n  a:\n    build: ../../elsewhere\n", []),
    ("compose.yml", "services: [1, {\n", []),
    ("compose.yml", "[" * 5000, []),
    ("compose.yml", "- " * 5000, []),
    # bake: HCL with comments and inheritance, JSON; computed values are not known
    (
        "docker-bake.hcl",
        'target "base" {\n  context = "api" # {\n}\ntarget "app" {\n  inherits = ["base"]\n  dockerfile = "a.Dockerfile"\n}\n',
        [("api/Dockerfile", "api", 1), ("api/a.Dockerfile", "api", 4)],
    ),
    ("docker-bake.hcl", 'target "x" { context = "${DIR}" }\ntarget "y" { args = { context = "z" } }\n', []),
    ("docker-bake.json", '{"target": {"app": {"context": "web", "dockerfile": "D"}}}', [("web/D", "web", None)]),
    ("docker-bake.json", "[]", []),
    # CI: the action's file starts at the root; scripts with cd, subshells, continued lines, working directories
    (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: api\n          file: api/ci/D\n",
        [("api/ci/D", "api", 6)],
    ),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - run: |\n          make\n          cd web && docker build -t x:${{ github.sha }} \\\n            -f D .\n          (cd lib; docker build .)\n          docker build tools\n",
        [("web/D", "web", 6), ("web/lib/Dockerfile", "web/lib", 8), ("web/tools/Dockerfile", "web/tools", 9)],
    ),
    (
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n      - run: docker buildx build --push -t a -f D .\n        working-directory: web\n",
        [("web/D", "web", 4)],
    ),
    (
        ".gitlab-ci.yml",
        'b:\n  script:\n    - /kaniko/executor --context "$CI_PROJECT_DIR/api" --dockerfile "$CI_PROJECT_DIR/api/D" --destination x\n    - !reference [a, b]\n',
        [("api/D", "api", 3)],
    ),
    (
        "cloudbuild.yaml",
        "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -t, x, -f, api/D, api]\n- name: gcr.io/cloud-builders/docker\n  dir: web\n  args: ['build', '.']\n",
        [("api/D", "api", 3), ("web/Dockerfile", "web", 6)],
    ),
    (
        "app/cloudbuild.yaml",
        "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, .]\n",
        [("app/Dockerfile", "app", 3), ("Dockerfile", "", 3)],
    ),
    (
        "azure-pipelines.yml",
        "steps:\n- task: Docker@2\n  inputs:\n    Dockerfile: api/D\n",
        [("api/D", "api", 2)],
    ),
    ("Jenkinsfile", "node {\n  sh 'docker build -f ci/D .'\n}\n", [("ci/D", "", 2)]),
    (".github/workflows/ci.yml", "a: docker build $(somewhere)\nb: cd $X && docker build .\nc: docker build -\n", []),
    # make: variables of the file, a shell for each line, where the Makefile is
    (
        "Makefile",
        "D ?= docker\nDIR := api\nimage:\n\t@$(D) build -t x \\\n\t  -f $(DIR)/D .\n\tcd web && docker build .\n\tdocker build tools\n",
        [("api/D", "", 4), ("web/Dockerfile", "web", 6), ("tools/Dockerfile", "tools", 7)],
    ),
    ("web/Makefile", "image:\n\tpodman build -fD $(CURDIR)\n", [("web/D", "web", 2)]),
    (
        "Makefile",
        "x:\n\tdocker build -t a:$(shell git describe $(OF)) -t `id` api\n\tcd $(UNKNOWN) && docker build .\n",
        [("api/Dockerfile", "api", 2)],
    ),
    ("Makefile", "image:\n\tdocker build $(UNKNOWN)\n\tdocker build 'unbalanced\n", []),
    # skaffold: relative to its own folder; other builders are none
    (
        "k8s/skaffold.yaml",
        "build:\n  artifacts:\n  - image: a\n    context: ../api\n    docker: {dockerfile: D}\n  - image: b\n    jib: {}\n",
        [("api/D", "api", 3)],
    ),
    # Tilt
    ("Tiltfile", "docker_build('x', 'web', dockerfile='web/D')\ndocker_build('y', path)\n", [("web/D", "web", 1)]),
    ("Tiltfile", "docker_build(\n", []),
]


@pytest.mark.parametrize(("path", "text", "wanted"), SAID, ids=[f"{n}-{row[0]}" for n, row in enumerate(SAID)])
def test_what_is_said(path: str, text: str, wanted: list[tuple[str, str, int | None]]) -> None:
    readers = [reader for reader in READERS if reader.paths.search(path)]
    assert len(readers) == 1
    found = [(claim.dockerfile, claim.context, claim.line) for claim in readers[0].read(path, text)]
    assert found == wanted


BUILDS: list[tuple[str, tuple[str, str | None] | None]] = [
    ("docker build .", (".", None)),
    ("sudo DOCKER_BUILDKIT=1 docker --debug build --no-cache --pull -t a -t b --file=x/D ctx", ("ctx", "x/D")),
    ("docker image build -f D --build-arg A=b .", (".", "D")),
    ("buildah bud --layers -f D dir", ("dir", "D")),
    ("docker run build .", None),
    ("docker-compose build .", None),
    ("echo build .", None),
    ("docker build", None),
]


@pytest.mark.parametrize(("command", "wanted"), BUILDS)
def test_a_build_command(command: str, wanted: tuple[str, str | None] | None) -> None:
    found = build(command.split())
    assert (found and found[:2]) == wanted


def test_claims_about_what_is_not_there_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path, {"compose.yaml": b"services:\n  a: {build: gone}\n  b: {build: api}\n", "api/Dockerfile": b"FROM a\n"}
    )
    tree = FolderTree(tmp_path, is_work_tree=False)
    found = claims(tree, list(tree.files("")))
    assert list(found) == ["api/Dockerfile"]
    assert found["api/Dockerfile"][0].said == "compose.yaml:3 (compose)"


def test_compose_reads_the_variables_beside_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "deploy/compose.yaml": b"services:\n  a:\n    build: {context: '${ROOT}', dockerfile: ${API}/Dockerfile}\n",
            "deploy/.env": b"# where\nROOT=..\nSRC = 'src' # all\nAPI=${SRC}/api\n",
            "src/api/Dockerfile": COPIES,
        },
    )
    tree = FolderTree(tmp_path, is_work_tree=False)
    found = claims(tree, list(tree.files("")))
    assert [(c.dockerfile, c.context, c.line) for c in found["src/api/Dockerfile"]] == [("src/api/Dockerfile", "", 3)]


def test_the_best_claim_wins_and_the_others_are_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": b"services:\n  b:\n    build: {context: ., dockerfile: api/Dockerfile}\n",
            "Makefile": b"x:\n\tdocker build api\n",
            "api/Dockerfile": COPIES,
        },
    )
    tree = FolderTree(tmp_path, is_work_tree=False)
    found = claims(tree, list(tree.files("")))
    chosen = choose(tree, "api/Dockerfile", COPIES, found["api/Dockerfile"])
    assert chosen == ("", ("compose.yaml:3 (compose)", "Makefile:2 (Makefile) says api"))


NEAREST = [
    # own folder, the root, a folder in between, nowhere, nothing copied
    ("api/Dockerfile", ["api/package.json", "api/src/a"], COPIES, "api"),
    ("docker/api/Dockerfile", ["package.json", "src/a"], COPIES, ""),
    ("web/docker/Dockerfile", ["web/package.json", "web/src/a", "package.json"], COPIES, "web"),
    ("docker/Dockerfile", ["package.json"], COPIES, ""),
    ("docker/Dockerfile", ["README"], COPIES, "docker"),
    ("docker/Dockerfile", ["app.py"], b"FROM a\nCOPY . .\n", "docker"),
    ("docker/Dockerfile", ["app.py"], b"FROM a\nCOPY $X /\nADD https://x/y /\nCOPY --from=b /c /d\n", "docker"),
    ("docker/Dockerfile", ["a"], b"not one\n", "docker"),
]


@pytest.mark.parametrize(("dockerfile", "files", "text", "wanted"), NEAREST)
@pytest.mark.parametrize("git_too", [False, True])
def test_the_nearest_folder_that_fits(
    dockerfile: str, files: list[str], text: bytes, wanted: str, git_too: bool, tmp_path: Path
) -> None:
    held = {**dict.fromkeys(files, b"1"), dockerfile: text}
    if git_too:
        with git.Objects(repository(tmp_path / "r", held)) as objects:
            tree = CommitTree.at(objects, "HEAD")
            assert tree is not None
            assert choose(tree, dockerfile, text, ()).context == wanted
        return
    write(tmp_path, held)
    chosen = choose(FolderTree(tmp_path, is_work_tree=False), dockerfile, text, ())
    assert chosen.context == wanted
    assert chosen.evidence[0]
