"""What `docker run` sees: the same, changed for a reason that can be checked here or was decided, or different."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from minify.plan import Decision, Outcome
from minify.verify import contract
from minify.verify.argv import Place, equal, interpret, plain
from minify.verify.engine import Configuration, Healthcheck
from minify.verify.users import Identity, identity, of_image, writable
from minify.verify.verdict import Finding, Section, Verdict
from tests.verify.archives import File, Folder, Link, Members, filesystem, program, script

PATH = "/usr/local/bin:/usr/bin:/bin"
PASSWD = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\nother:x:1001:50::/home/other:/bin/sh\n"
GROUP = "root:x:0:\napp:x:1000:\nstaff:x:50:other\nvideo:x:44:app,other\n"
FILES: Members = {
    "/bin/sh": program(),
    "/tmp": Folder(0o1777),
    "/root": Folder(0o700),
    "/home/app": Folder(0o755, uid=1000, gid=1000),
    "/etc/passwd": PASSWD,
    "/etc/group": GROUP,
    "/usr/local/bin/gunicorn": script("/usr/local/bin/python3"),
    "/usr/local/bin/python3": program(),
    "/usr/local/bin/python": Link("python3"),
    "/usr/bin/env": program(),
    "/report/report.py": script("/usr/bin/env python3"),
    "/go/bin/roots": program(),
}
BASE = Configuration(env={"PATH": PATH}, cmd=("gunicorn", "app:app"))


def compare(
    old: Configuration | None = None,
    new: Configuration | None = None,
    before: Members = FILES,
    after: Members = FILES,
    decisions: tuple[Decision, ...] = (),
    base: Configuration | None = None,
) -> Section:
    old = old or BASE
    return contract.compare(old, new or old, filesystem(before), filesystem(after), decisions, base=base)


def change(**settings: Any) -> Section:
    return compare(BASE, replace(BASE, **settings))


def finding(section: Section, what: str) -> Finding:
    found = [finding for finding in section.findings if finding.what == what]
    assert len(found) == 1, [finding.what for finding in section.findings]
    return found[0]


def decided(subject: str, outcome: Outcome = Outcome.REPLACED) -> Decision:
    return Decision(subject=subject, outcome=outcome, reason="because")


def env(**variables: str) -> Configuration:
    return replace(BASE, env={"PATH": PATH, **variables})


def test_the_same() -> None:
    section = compare()
    assert (section.verdict, section.summary) == (Verdict.SAME, "every setting is the same")
    assert {finding.verdict for finding in section.findings} == {Verdict.SAME}


@pytest.mark.parametrize(
    ("setting", "value", "what", "keyword"),
    [
        ("workdir", "/srv", "workdir", "WORKDIR"),
        ("exposed", ("80/tcp",), "ports", "EXPOSE"),
        ("volumes", ("/data",), "volumes", "VOLUME"),
        ("labels", {"a": "b"}, "label a", "LABEL"),
        ("stop_signal", "SIGINT", "stop signal", "STOPSIGNAL"),
        ("onbuild", ("RUN make",), "onbuild", "ONBUILD"),
        ("user", "app", "user", "USER"),
        ("entrypoint", ("tini", "--"), "entrypoint", "ENTRYPOINT"),
        ("cmd", ("gunicorn", "other:app"), "cmd", "CMD"),
        ("healthcheck", Healthcheck(test=("CMD", "python3", "-c", "1")), "healthcheck", "HEALTHCHECK"),
    ],
)
def test_another_setting(setting: str, value: Any, what: str, keyword: str) -> None:
    """Different without a decision, whichever image has it; changed with one that names the instruction."""
    other = replace(BASE, **{setting: value})
    for old, new in ((BASE, other), (other, BASE)):
        assert finding(compare(old, new), what).verdict is Verdict.DIFFERENT
        subject = f"{keyword} a=b" if keyword == "LABEL" else f"{keyword} ..."
        for outcome, verdict in [
            (Outcome.REPLACED, Verdict.CHANGED),
            (Outcome.DROPPED, Verdict.CHANGED),
            (Outcome.MOVED, Verdict.DIFFERENT),
            (Outcome.KEPT, Verdict.DIFFERENT),
            (Outcome.CHECK, Verdict.DIFFERENT),
        ]:
            found = finding(compare(old, new, decisions=(decided(subject, outcome),)), what)
            assert found.verdict is verdict, outcome
            assert (found.detail == "because") is (verdict is Verdict.CHANGED)
        elsewhere = finding(compare(old, new, decisions=(decided("ADD ..."),)), what)
        assert elsewhere.verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"workdir": ""}, {"workdir": "/"}),
        ({"workdir": "/srv"}, {"workdir": "/srv/"}),
        ({"user": ""}, {"user": "0"}),
        ({"user": "root"}, {"user": "0:0"}),
        ({"user": "app"}, {"user": "app:1000"}),
        ({"stop_signal": None}, {"stop_signal": "SIGTERM"}),
        ({"stop_signal": "15"}, {"stop_signal": "term"}),
        ({"volumes": ("/b", "/a")}, {"volumes": ("/a", "/b")}),
        ({"labels": {}}, {"labels": {"io.buildah.version": "1.43"}}),
    ],
)
def test_two_ways_of_saying_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    section = compare(replace(BASE, **old), replace(BASE, **new))
    different = [f.what for f in section.findings if f.verdict is not Verdict.SAME]
    # `app` alone is in the group video as well
    assert different == (["user"] if new.get("user") == "app:1000" else [])


# ENTRYPOINT and CMD


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("roots 2 9 16", ("roots", "2", "9", "16")),
        ("exec node server.js", ("node", "server.js")),
        ("python -c 'print(1); exit()'", ("python", "-c", "print(1); exit()")),
        ("node -e \"f('x')\"", ("node", "-e", "f('x')")),
        ("  a   b  ", ("a", "b")),
        ("a=b", None),
        ("PORT=1 run", None),
        ("gunicorn -b $PORT", None),
        ('echo "$HOME"', None),
        ('echo "`id`"', None),
        ('echo "a\\nb"', None),
        ("echo a\\ b", None),
        ("a && b", None),
        ("a; b", None),
        ("a | b", None),
        ("a > b", None),
        ("ls *", None),
        ("ls ~", None),
        ("(a)", None),
        ("a &", None),
        ("a\nb", None),
        ("a 'b", None),
        ("exec", None),
        ("", None),
    ],
)
def test_plain_words(text: str, words: tuple[str, ...] | None) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            ("/bin/sh", "-c", "gunicorn -w 2 app:app"),
            ("/usr/local/bin/gunicorn", "-w", "2", "app:app"),
            "without a shell",
        ),
        (("/bin/sh", "-c", "exec gunicorn 'a b'"), ("gunicorn", "a b"), "without a shell"),
        (("/bin/bash", "-c", "gunicorn x"), ("gunicorn", "x"), "without a shell"),
        (("gunicorn", "x"), ("/usr/local/bin/gunicorn", "x"), "by its path"),
        (("./gunicorn", "x"), ("/usr/local/bin/gunicorn", "x"), "by its path"),
        (("python", "x"), ("/usr/local/bin/python3", "x"), "by its path"),
        (("./report.py", "-v"), ("/usr/local/bin/python3", "./report.py", "-v"), "own interpreter"),
        (("/report/report.py",), ("python3", "/report/report.py"), "own interpreter"),
        (("/bin/sh", "-c", "./report.py x"), ("python3", "./report.py", "x"), "own interpreter"),
        # Other words, another program, another order, or none at all
        (("/bin/sh", "-c", "gunicorn x"), ("gunicorn", "y"), None),
        (("/bin/sh", "-c", "gunicorn x"), ("python3", "x"), None),
        (("/bin/sh", "-c", "gunicorn $X"), ("gunicorn", "$X"), None),
        (("/bin/sh", "-c", "gunicorn x", "y"), ("gunicorn", "x"), None),
        (("/bin/sh", "-e", "gunicorn x"), ("gunicorn", "x"), None),
        (("/bin/sh", "-c", "cd x"), ("cd", "x"), None),
        (("gunicorn", "a", "b"), ("gunicorn", "b", "a"), None),
        (("gunicorn",), ("gunicorn", "x"), None),
        (("gunicorn",), (), None),
        ((), ("gunicorn",), None),
        (("none", "x"), ("/opt/none", "x"), None),
        (("./report.py",), ("python3", "report2.py"), None),
        (("python3", "./report.py"), ("python3", "/report/report.py"), None),
    ],
)
def test_the_same_program_with_the_same_arguments(
    old: tuple[str, ...], new: tuple[str, ...], reason: str | None
) -> None:
    files = filesystem(FILES)
    folder = "/usr/local/bin" if old[:1] == ("./gunicorn",) else "/report"
    place = Place(files, replace(BASE, workdir=folder))
    found = equal(old, place, new, place)
    assert (reason in found) if reason is not None and found is not None else found is reason
    for what in ("entrypoint", "cmd"):
        before, after = (replace(BASE, workdir=folder, **{"cmd": (), what: line}) for line in (old, new))
        verdict = finding(compare(before, after), what).verdict
        assert verdict is (Verdict.DIFFERENT if reason is None else Verdict.CHANGED)


def test_the_program_is_another_one_in_the_new_image() -> None:
    """The same name, found in another place: its own path does not name it."""
    after: Members = {**FILES, "/opt/bin/gunicorn": program()}
    old = replace(BASE, cmd=("/bin/sh", "-c", "gunicorn x"))
    new = replace(BASE, cmd=("gunicorn", "x"), env={"PATH": f"/opt/bin:{PATH}"})
    assert finding(compare(old, new, after=after), "cmd").verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/usr/bin/env python3", ("/usr/local/bin/python3", "/x", "a")),
        ("/bin/sh -eu", ("/bin/sh", "-eu", "/x", "a")),
        ("/bin/sh", ("/bin/sh", "/x", "a")),
        ("/usr/bin/env -S python3 -u", None),
        ("/usr/bin/env none", None),
    ],
)
def test_what_the_kernel_makes_of_a_script(line: str, expected: tuple[str, ...] | None) -> None:
    place = Place(filesystem({**FILES, "/x": script(line)}), BASE)
    assert interpret(("/x", "a"), place) == expected


def test_a_base_images_entrypoint_goes_only_by_decision() -> None:
    old = replace(BASE, entrypoint=("docker-entrypoint.sh",))
    dropped = decided("ENTRYPOINT docker-entrypoint.sh", Outcome.DROPPED)
    assert finding(compare(old, BASE), "entrypoint").verdict is Verdict.DIFFERENT
    assert finding(compare(old, BASE, decisions=(dropped,)), "entrypoint").verdict is Verdict.CHANGED


def test_the_program_is_not_in_the_new_image() -> None:
    after = {path: member for path, member in FILES.items() if path != "/usr/local/bin/gunicorn"}
    found = finding(compare(after=after), "program")
    assert (found.verdict, found.after) == (Verdict.DIFFERENT, "missing")
    assert found.repair == ("/usr/local/bin/gunicorn",)
    # A decision says what changed, not that a container without its program starts
    new = replace(BASE, cmd=("/opt/start",))
    section = compare(BASE, new, decisions=(decided("CMD gunicorn"),))
    assert finding(section, "cmd").verdict is Verdict.CHANGED
    assert finding(section, "program").verdict is Verdict.DIFFERENT


def test_a_program_that_never_was_there_is_no_difference() -> None:
    nothing = replace(BASE, cmd=("none",))
    assert compare(nothing, nothing).verdict is Verdict.SAME


def test_a_shell_form_in_an_image_without_a_shell() -> None:
    shell = replace(BASE, cmd=("/bin/sh", "-c", "gunicorn $X"))
    after = {path: member for path, member in FILES.items() if path != "/bin/sh"}
    assert finding(compare(shell, shell, after=after), "program").repair == ("/bin/sh",)


def test_capabilities_that_are_lost() -> None:
    server = File(b"x", mode=0o755, capabilities=True)
    old = replace(BASE, cmd=("/server",))
    bare: Members = {**FILES, "/server": replace(server, capabilities=False)}
    section = compare(old, old, before={**FILES, "/server": server}, after=bare)
    assert finding(section, "capabilities of /server").verdict is Verdict.DIFFERENT


def test_what_is_started() -> None:
    check = Healthcheck(test=("CMD-SHELL", "curl -f $X || exit 1"))
    configuration = replace(BASE, entrypoint=("/e",), cmd=("/bin/sh", "-c", "exec a 'b c'"), healthcheck=check)
    assert contract.started(configuration) == ("/e", "a", "b c", "curl -f $X || exit 1")


def test_what_an_interpreter_reads_is_not_started() -> None:
    configuration = replace(BASE, entrypoint=("/nodejs/bin/node",), cmd=("--no-warnings", "bin/www", "www"))
    assert contract.started(configuration) == ("/nodejs/bin/node", "--no-warnings", "www")


# HEALTHCHECK


def health(*test: str, **times: Any) -> Configuration:
    return replace(BASE, healthcheck=Healthcheck(test=test, **times))


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (health("CMD-SHELL", "python3 -c '1'"), health("CMD", "python3", "-c", "1"), Verdict.CHANGED),
        (health("CMD-SHELL", "python3 -c 1 || exit 1"), health("CMD", "python3", "-c", "1"), Verdict.DIFFERENT),
        (health("CMD", "python3"), health("CMD", "python3"), Verdict.SAME),
        (health("CMD-SHELL", "true $X"), health("CMD-SHELL", "true $X"), Verdict.SAME),
    ],
)
def test_health(old: Configuration, new: Configuration, verdict: Verdict) -> None:
    assert finding(compare(old, new), "healthcheck").verdict is verdict


def test_health_checks_with_other_times() -> None:
    old, new = health("CMD", "python3", interval=30.0), health("CMD", "python3")
    assert compare(old, new).verdict is Verdict.SAME, "30 seconds are the engine's default"
    later = health("CMD", "python3", interval=300.0, retries=2)
    found = finding(compare(old, later), "healthcheck times")
    assert found.verdict is Verdict.DIFFERENT
    assert found.after == "interval 300, timeout 30, start_period 0, retries 2"


def test_a_health_check_whose_program_is_gone() -> None:
    after = {path: member for path, member in FILES.items() if path != "/bin/sh"}
    check = health("CMD-SHELL", "python3 -c $X")
    assert finding(compare(check, check, after=after), "healthcheck program").repair == ("/bin/sh",)


def test_the_shell_of_a_health_check_is_the_images() -> None:
    old = replace(health("CMD-SHELL", "python3 -c 1"), shell=("/bin/bash", "-c"))
    found = finding(compare(old, health("CMD", "python3", "-c", "1")), "healthcheck")
    assert (found.verdict, found.before) == (Verdict.CHANGED, '/bin/bash -c "python3 -c 1"')


# ENV


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ({"A": "1"}, {"A": "1"}, None),
        ({"A": "1"}, {"A": "2"}, Verdict.DIFFERENT),
        ({"A": "1"}, {}, Verdict.DIFFERENT),
        ({}, {"A": "1"}, Verdict.DIFFERENT),
        ({"PYTHON_VERSION": "3.12.1"}, {}, Verdict.CHANGED),
        ({"PYTHON_GET_PIP_SHA256": "ab"}, {}, Verdict.CHANGED),
        ({"GPG_KEY": "AB"}, {}, Verdict.CHANGED),
        ({"NODE_VERSION": "22.1"}, {"NODE_VERSION": "22.2"}, Verdict.CHANGED),
        ({}, {"JAVA_VERSION": "17"}, Verdict.CHANGED),
        ({"GOTOOLCHAIN": "local"}, {}, Verdict.CHANGED),
        ({"GOTOOLCHAIN": "local"}, {"GOTOOLCHAIN": "auto"}, Verdict.DIFFERENT),
        # The application's own, whatever they end in
        ({"APP_VERSION": "1"}, {}, Verdict.DIFFERENT),
        ({"VERSION": "1"}, {}, Verdict.DIFFERENT),
        ({"DATABASE_URL": "x"}, {}, Verdict.DIFFERENT),
        ({"NODE_ENV": "production"}, {}, Verdict.DIFFERENT),
        ({"MY_PYTHON_VERSION": "x"}, {}, Verdict.DIFFERENT),
        ({}, {"SSL_CERT_FILE": "/etc/passwd"}, Verdict.CHANGED),
        ({}, {"SSL_CERT_FILE": "/not/there"}, Verdict.DIFFERENT),
        ({}, {"LD_LIBRARY_PATH": "/usr/local/bin:/bin"}, Verdict.CHANGED),
        ({"LD_LIBRARY_PATH": "/bin"}, {}, Verdict.DIFFERENT),
    ],
)
def test_variables(old: dict[str, str], new: dict[str, str], verdict: Verdict | None) -> None:
    section = compare(env(**old), env(**new))
    name = next(iter({**old, **new}))
    if verdict is None:
        assert finding(section, "env").detail == "A"
    else:
        assert finding(section, f"env {name}").verdict is verdict


def test_a_variable_that_is_empty_is_set() -> None:
    told = finding(compare(env(A=""), env()), "env A")
    assert (told.before, told.after) == ("(empty)", "")


def test_a_toolchain_that_is_still_there_reads_its_variables() -> None:
    with_go: Members = {**FILES, "/usr/local/go/bin/go": program()}
    section = compare(env(GOPATH="/go"), env(), after=with_go)
    assert finding(section, "env GOPATH").verdict is Verdict.DIFFERENT


@pytest.mark.parametrize(
    ("old", "new", "subject", "outcome", "verdict"),
    [
        ({"A": "1"}, {}, "ENV A", Outcome.DROPPED, Verdict.CHANGED),
        ({"A": "1"}, {}, "ENV A=1", Outcome.DROPPED, Verdict.CHANGED),
        ({"A": "1"}, {}, "ENV AB", Outcome.DROPPED, Verdict.DIFFERENT),
        ({"A": "1"}, {}, "ENV A", Outcome.ADDED, Verdict.DIFFERENT),
        ({"A": "1"}, {}, "A", Outcome.DROPPED, Verdict.DIFFERENT),
        ({}, {"A": "1"}, "ENV A", Outcome.ADDED, Verdict.CHANGED),
        ({}, {"A": "1"}, "ENV A=1", Outcome.ADDED, Verdict.CHANGED),
        ({}, {"A": "1"}, "ENV A", Outcome.DROPPED, Verdict.DIFFERENT),
        ({"A": "1"}, {"A": "2"}, "ENV A", Outcome.REPLACED, Verdict.CHANGED),
    ],
)
def test_decisions_about_variables(
    old: dict[str, str], new: dict[str, str], subject: str, outcome: Outcome, verdict: Verdict
) -> None:
    section = compare(env(**old), env(**new), decisions=(decided(subject, outcome),))
    assert finding(section, "env A").verdict is verdict


def test_what_the_base_image_is_known_to_set() -> None:
    """A version that the Dockerfile itself sets is the application's, also when it is called like a base image's."""
    old, base = env(NODE_VERSION="my own"), env(NODE_VERSION="22.1")
    assert finding(compare(old, BASE, base=base), "env NODE_VERSION").verdict is Verdict.DIFFERENT
    assert finding(compare(base, BASE, base=base), "env NODE_VERSION").verdict is Verdict.CHANGED


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("/a:/b", "/a:/b", Verdict.SAME),
        ("/a:/none:/b", "/a:/b", Verdict.CHANGED),
        ("/empty:/a:/b", "/a:/b", Verdict.CHANGED),
        ("/a:/b", "/b:/a", Verdict.CHANGED),
        ("/a:/c", "/c:/a", Verdict.DIFFERENT),
        ("/a:/b", "/a", Verdict.DIFFERENT),
        ("/a", "/a:/b", Verdict.CHANGED),
        ("/a", "/c:/a", Verdict.DIFFERENT),
        ("/link:/b", "/a:/b", Verdict.CHANGED),
        ("/a:relative", "/a", Verdict.CHANGED),
    ],
)
def test_path(old: str, new: str, verdict: Verdict) -> None:
    """By what is found: /a and /c both have a program x."""
    files: Members = {
        **FILES,
        "/a/x": program(b"1"),
        "/b/y": program(b"2"),
        "/c/x": program(b"3"),
        "/b/readme": File(b"x"),
        "/empty": Folder(),
        "/link": Link("a"),
    }
    place = {"cmd": (), "entrypoint": ()}
    before, after = (replace(BASE, env={"PATH": value}, **place) for value in (old, new))
    found = finding(compare(before, after, before=files, after=files), "env PATH")
    assert found.verdict is verdict
    assert ("no longer finds" in found.detail) is (verdict is Verdict.DIFFERENT)


def test_a_path_that_loses_a_program_is_different_whatever_was_decided() -> None:
    old = replace(BASE, env={"PATH": f"/go/bin:{PATH}"})
    section = compare(old, BASE, decisions=(decided("ENV PATH"),))
    found = finding(section, "env PATH")
    assert (found.verdict, found.detail) == (Verdict.DIFFERENT, "no longer finds roots")


def test_no_path_is_the_engines() -> None:
    default = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    section = compare(replace(BASE, env={}), replace(BASE, env={"PATH": default}))
    assert finding(section, "env PATH").verdict is Verdict.SAME


# Users


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", Identity(uid=0, gid=0, groups=frozenset(), home="/root")),
        ("app", Identity(uid=1000, gid=1000, groups=frozenset({44}), home="/home/app")),
        ("1000", Identity(uid=1000, gid=1000, groups=frozenset({44}), home="/home/app")),
        # A group that is the user's own is no further one
        ("other", Identity(uid=1001, gid=50, groups=frozenset({44}), home="/home/other")),
        ("app:staff", Identity(uid=1000, gid=50, groups=frozenset(), home="/home/app")),
        ("app:77", Identity(uid=1000, gid=77, groups=frozenset(), home="/home/app")),
        ("5000", Identity(uid=5000, gid=0, groups=frozenset(), home="/")),
        (":50", Identity(uid=0, gid=50, groups=frozenset(), home="/root")),
        ("nobody", None),
        ("app:nogroup", None),
    ],
)
def test_identity(user: str, expected: Identity | None) -> None:
    assert identity(user, PASSWD, GROUP) == expected


def test_broken_lines_of_passwd_are_passed_over() -> None:
    assert identity("app", "app\napp:x:a:b::/:\n\n" + PASSWD, "x\n" + GROUP) == identity("app", PASSWD, GROUP)


def test_a_user_that_the_new_image_does_not_know() -> None:
    app = replace(BASE, user="app")
    after: Members = {path: member for path, member in FILES.items() if path != "/etc/passwd"}
    found = finding(compare(app, app, after=after), "user")
    assert (found.verdict, found.repair) == (Verdict.DIFFERENT, ("/etc/passwd", "/etc/group"))


def test_the_same_name_with_another_number() -> None:
    app = replace(BASE, user="app")
    after: Members = {**FILES, "/etc/passwd": PASSWD.replace("1000:1000", "999:999")}
    found = finding(compare(app, app, after=after), "user")
    assert (found.verdict, found.detail) == (Verdict.DIFFERENT, "1000:1000 with groups 44, then 999:999 with groups 44")


def test_what_the_user_that_gosu_changed_to_could_not_write_either() -> None:
    root, app = replace(BASE, workdir="/data"), replace(BASE, user="app", workdir="/data")
    said = (decided("USER app"), decided("gosu app"))
    theirs: Members = {**FILES, "/data": Folder(0o755, uid=1000)}
    roots: Members = {**FILES, "/data": Folder(0o755)}
    assert finding(compare(root, app, roots, roots, said), "writable /data").verdict is Verdict.CHANGED
    # It could before
    assert finding(compare(root, app, theirs, roots, said), "writable /data").verdict is Verdict.DIFFERENT
    assert finding(compare(root, app, roots, roots, said[:1]), "writable /data").verdict is Verdict.DIFFERENT


def test_another_home() -> None:
    app = replace(BASE, user="1000")
    after: Members = {**FILES, "/etc/passwd": PASSWD.replace("/home/app", "/srv")}
    assert finding(compare(app, app, after=after), "home of the user").verdict is Verdict.DIFFERENT
    with_home = replace(app, env={"PATH": PATH, "HOME": "/home/app"})
    assert compare(with_home, with_home, after=after).verdict is Verdict.SAME


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (Folder(0o755, uid=1000), True),
        (Folder(0o555, uid=1000), False),
        (Folder(0o775, gid=1000), True),
        (Folder(0o775, gid=44), True),
        (Folder(0o755, gid=1000), False),
        (Folder(0o777), True),
        (Folder(0o755), False),
        (Folder(0o705, gid=1000), False),
        (File(b"x", mode=0o666), False),
    ],
)
def test_writable(folder: Folder | File, expected: bool) -> None:
    files = filesystem({**FILES, "/data": folder})
    who = of_image(files, "app")
    assert who is not None
    assert writable(files, "/data", who) is expected


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (Folder(0o755, uid=1000), None),
        (Folder(0o777), None),
        (Folder(0o755), "no: 755, of 0:0"),
        (None, "missing"),
    ],
)
@pytest.mark.parametrize("setting", ["workdir", "volumes"])
def test_a_directory_that_the_process_wrote_to(setting: str, after: Folder | None, told: str | None) -> None:
    app = replace(BASE, user="app", **{setting: "/data" if setting == "workdir" else ("/data",)})
    before: Members = {**FILES, "/data": Folder(0o755, uid=1000)}
    members: Members = FILES if after is None else {**FILES, "/data": after}
    section = compare(app, app, before=before, after=members)
    if told is None:
        assert section.verdict is Verdict.SAME
    else:
        found = finding(section, "writable /data")
        assert (found.verdict, found.after, found.repair) == (Verdict.DIFFERENT, told, ("/data",))


def test_root_makes_what_it_lacks_but_tmp() -> None:
    root = replace(BASE, workdir="/data")
    before: Members = {**FILES, "/data": Folder()}
    assert compare(root, root, before=before).verdict is Verdict.SAME
    after: Members = {path: member for path, member in FILES.items() if path != "/tmp"}
    assert finding(compare(root, root, after=after), "writable /tmp").repair == ("/tmp",)


# Labels, time zone, locale


def test_labels_of_the_base_image() -> None:
    name, version = "org.opencontainers.image.ref.name", "org.opencontainers.image.version"
    old = replace(BASE, labels={name: "ubuntu", version: "22.04"})
    system: Members = {**FILES, "/etc/os-release": 'ID=ubuntu\nVERSION_ID="22.04"\n'}
    section = compare(old, BASE, before=system)
    assert finding(section, f"label {name}").verdict is Verdict.CHANGED
    assert finding(section, f"label {version}").verdict is Verdict.CHANGED
    own = replace(old, labels={name: "shop", version: "1.2"})
    assert finding(compare(own, BASE, before=system), f"label {version}").verdict is Verdict.DIFFERENT
    assert finding(compare(own, BASE, base=own), f"label {version}").verdict is Verdict.CHANGED


ZONES: Members = {
    "/usr/share/zoneinfo/Europe/Berlin": b"TZif" * 500,
    "/usr/share/zoneinfo/Etc/UTC": b"TZif",
}


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({}, {}, Verdict.SAME),
        ({"/etc/localtime": Link("/usr/share/zoneinfo/Etc/UTC"), **ZONES}, {}, Verdict.SAME),
        ({"/etc/localtime": b"TZif2" * 20}, {}, Verdict.SAME),
        ({"/etc/localtime": Link("/usr/share/zoneinfo/Europe/Berlin"), **ZONES}, {}, Verdict.DIFFERENT),
        ({"/etc/localtime": b"TZif2" * 400}, {}, Verdict.DIFFERENT),
        ({"/etc/localtime": b"TZif2" * 400}, {"/etc/localtime": b"TZif2" * 400}, Verdict.SAME),
    ],
)
def test_time_zone(before: Members, after: Members, verdict: Verdict) -> None:
    section = compare(before={**FILES, **before}, after={**FILES, **after})
    assert finding(section, "time zone").verdict is verdict


@pytest.mark.parametrize(
    ("name", "value", "file"),
    [
        ("TZ", "Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"),
        ("TZ", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"),
        ("LANG", "de_DE.UTF-8", "/usr/lib/locale/de_DE.utf8"),
        ("LC_ALL", "de_DE.UTF-8", "/usr/lib/locale/locale-archive"),
    ],
)
def test_what_the_c_library_looks_up(name: str, value: str, file: str) -> None:
    there: Members = {**FILES, file: b"x"}
    found = finding(compare(env(**{name: value}), before=there), f"env {name}={value}")
    assert (found.verdict, found.repair) == (Verdict.DIFFERENT, (file,))
    assert compare(env(**{name: value}), before=there, after=there).verdict is Verdict.SAME
    assert compare(env(**{name: value})).verdict is Verdict.SAME, "missing in both"


def test_the_locale_that_needs_no_file() -> None:
    there: Members = {**FILES, "/usr/lib/locale/C.utf8/LC_CTYPE": b"x"}
    assert compare(env(LANG="C.UTF-8"), before=there).verdict is Verdict.SAME


def test_another_architecture() -> None:
    old, new = replace(BASE, architecture="amd64"), replace(BASE, architecture="arm64")
    assert finding(compare(old, new), "architecture").verdict is Verdict.DIFFERENT
    assert compare(BASE, new).verdict is Verdict.SAME, "one engine does not tell"


def test_the_summary_names_what_is_wrong() -> None:
    section = change(stop_signal="SIGINT", exposed=("80/tcp",))
    assert section.summary == "ports, stop signal differ"
    assert compare(env(GPG_KEY="x"), BASE).summary == "1 setting changed for a reason"
    assert compare(env(GPG_KEY="x", NODE_VERSION="1"), BASE).summary == "2 settings changed for a reason"


def test_values_that_would_steer_a_terminal() -> None:
    section = change(labels={"a\x1b[2J": "b\x1b[2J"}, exposed=("8" * 500,))
    for found in section.findings:
        assert (found.what + found.before + found.after + found.detail).isprintable()
        assert len(found.after) <= 80
