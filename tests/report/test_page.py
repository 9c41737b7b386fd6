"""The HTML page in a real Chromium: what it shows, what it lets through, and the patch that it gives."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minify.api import fix, fix_text
from minify.edit import Safety
from minify.planner import Wish
from minify.report.html import page, stream
from minify.report.page_data import data, refused
from minify.review.changes import Change, changes_of
from minify.review.compose import compose
from minify.syntax import Source
from minify.verify.verdict import Part, Section, Verdict, Verification
from tests.report.browser import Browser, chromium, missing
from tests.report.dockerfiles import CRLF, HOSTILE, SEVERAL, page_data
from tests.samples import SAMPLES

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"{', '.join(missing())} is not here: no page is opened")

SAMPLE = SAMPLES / "python-flask-postgres" / "context" / "Dockerfile"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    """`shown([page_data(…)])` opens the page of these files; nothing in it may complain."""

    def show(files: list[dict[str, Any]], title: str = "dockminify") -> Browser:
        path = tmp_path / "page.html"
        path.write_text(page(files, title), "utf-8")
        browser.scheme("light")
        browser.open(path)
        return browser

    yield show
    assert browser.complaints() == []


def choose(browser: Browser, change: str, value: bool) -> None:
    """Press Accept or Reject of a change."""
    name = f"{change}:{'true' if value else 'false'}"
    browser.run(
        "for (const d of document.querySelectorAll('details')) d.open = true;"
        "const b = document.querySelector(`[data-choice='${arguments[0]}']`); if (b.disabled) throw 'disabled'; b.click()",
        name,
    )


def conversion() -> dict[str, Any]:
    outcome = fix(SAMPLE)
    return data(outcome, changes_of(outcome, Wish()))


def test_it_shows_the_diff_with_its_reasons(shown: Any) -> None:
    browser = shown([conversion()])
    text = browser.run("return document.querySelector('main').innerText")
    assert "python:3.11 → gcr.io/distroless/static-debian13" in text
    assert "compiler: nothing calls it at run time" in text
    # The reason stands right below the line that it is about
    below = (
        "return [...document.querySelectorAll('tr.note')].map(r => [r.previousElementSibling.innerText, r.innerText])"
    )
    notes = browser.run(below)
    assert any("apt-get install" in line and "gcc" in note for line, note in notes)
    assert any("COPY --from=build /usr/local" in line and "the interpreter" in note for line, note in notes)


def test_words_that_differ_are_marked(shown: Any) -> None:
    browser = shown([page_data(SEVERAL)])
    marked = browser.run("return [...document.querySelectorAll('td ins')].map(e => e.textContent)")
    assert [" ".join(words.split()) for words in marked] == ["&& rm -rf /var/lib/apt/lists/*", "--no-cache-dir"]


def test_a_line_that_goes_on_stands_beside_what_it_was_with_the_note_below_both(shown: Any) -> None:
    text = b"FROM node:22-slim\nCOPY . .\nRUN npm install\nCMD apt-get update; node a.js\n"
    browser = shown([page_data(text)])
    rows = browser.run("return [...document.querySelectorAll('table.diff tbody tr')].map(r => r.innerText)")
    changed = next(place for place, row in enumerate(rows) if "npm cache clean" in row)
    assert rows[changed].count("RUN npm install") == 2
    assert "npm-cache" in rows[changed + 1]


def test_what_comes_from_a_dockerfile_is_text(shown: Any) -> None:
    """Tags, scripts, handlers, bytes that are no UTF-8, and characters that turn the text around."""
    path = "<img src=x onerror='window.broken=8'>/Dockerfile"
    files = [page_data(HOSTILE, path), refused("</script><script>window.broken=9</script>", "<b>no</b>")]
    browser = shown(files, title="</title><script>window.broken=10</script>")
    assert browser.run("return window.broken") is None
    assert (
        browser.run("return document.querySelectorAll('#page img, #page svg, #page script, #page iframe').length") == 0
    )
    text = browser.run("return document.querySelector('table.diff').textContent")
    assert "</script><script>window.broken = 1</script> <!-- <img src=x onerror=" in text
    assert "U+202E" in text and "U+200B" in text and "byte ff" in text
    assert "\u202e" not in text
    assert browser.run("return document.querySelector('#file-name').textContent") == path
    browser.run("document.querySelectorAll('ul.list button')[1].click()")
    assert "<b>no</b>" in browser.run("return document.querySelector('main').textContent")
    assert browser.run("return document.title").startswith("</script><script>")
    assert browser.run("return window.broken") is None


def test_nothing_but_its_own_script_could_run() -> None:
    """The policy names the checksum of the one script and of the one style sheet: no other, and no network."""
    text = page([page_data(HOSTILE)])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"unsafe|http|\*", policy[1])
    assert text.count("<script>") == 1
    assert not re.search(r"(src|href)=[\"']?https?:", text)


def test_of_many_files_only_the_list_is_held() -> None:
    made = iter(page_data(SEVERAL, f"{number}/Dockerfile") for number in range(3))
    pieces = stream(made)
    said = ""
    while '"0/Dockerfile"' not in said:
        said += next(pieces)
    # The first is written before the others are made
    assert next(made)["path"] == "1/Dockerfile"
    assert "".join([said, *pieces]) == page([page_data(SEVERAL, f"{number}/Dockerfile") for number in (0, 2)])


def subsets(text: bytes) -> tuple[Source, list[tuple[tuple[Change, ...], set[str]]]]:
    outcome = fix_text(text)
    changes = changes_of(outcome, Wish())
    keys = [change.key for change in changes]
    chosen = itertools.chain.from_iterable(itertools.combinations(keys, n) for n in range(len(keys) + 1))
    return outcome.facts.dockerfile.source, [(changes, set(some)) for some in chosen]


NOT_UTF8 = SEVERAL + "# 🐳 ".encode() + b"\xff\xfe caf\xe9 \xed\xa0\x80\n"


@pytest.mark.parametrize("text", [SEVERAL, CRLF, NOT_UTF8], ids=["plain", "crlf", "not utf-8"])
def test_the_patch_is_exactly_what_is_accepted(text: bytes, shown: Any, tmp_path: Path) -> None:
    """Every way to decide: the saved patch applied by `patch` gives what the library composes, byte for byte."""
    source, ways = subsets(text)
    assert len(ways) == 16
    browser = shown([page_data(text)])
    for number, (changes, accepted) in enumerate(ways):
        for change in changes:
            choose(browser, change.key, change.key in accepted)
        expected = compose(source, changes, accepted).patch.after.encode()
        if expected == text:
            assert browser.run("return document.getElementById('patch').disabled")
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "Dockerfile").write_bytes(text)
        patch = browser.downloaded("#patch")
        subprocess.run(["patch", "-p1", "-s", "--binary"], input=patch, cwd=folder, check=True)
        assert (folder / "Dockerfile").read_bytes() == expected
        (folder / "Dockerfile").write_bytes(text)
        subprocess.run(["git", "apply", "-p1"], input=patch, cwd=folder, check=True)
        assert (folder / "Dockerfile").read_bytes() == expected


def test_the_patch_names_the_file_from_here(shown: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    browser = shown([page_data(SEVERAL, str(tmp_path / "a" / "Dockerfile"))])
    assert browser.downloaded("#patch").startswith(b"--- a/a/Dockerfile\n+++ b/a/Dockerfile\n@@ -1,6 +1,6 @@\n")


def test_a_rejected_conversion_offers_what_comes_in_its_place(shown: Any) -> None:
    outcome = fix(SAMPLE)
    changes = changes_of(outcome, Wish())
    whole, *instead = changes
    assert whole.fix.code == "multi-stage" and all(change.instead_of == whole.key for change in instead)
    browser = shown([data(outcome, changes)])
    disabled = "return document.querySelector(`[data-choice='${arguments[0]}:true']`).disabled"
    assert browser.run(disabled, instead[0].key)
    choose(browser, whole.key, False)
    assert not browser.run(disabled, instead[0].key)
    assert browser.run("return document.getElementById('patch').disabled")
    choose(browser, instead[0].key, True)
    patch = browser.downloaded("#patch").decode()
    assert "--no-cache-dir" in patch and "AS build" not in patch
    # The conversion taken again shuts the other one out
    choose(browser, whole.key, True)
    assert "AS build" in browser.downloaded("#patch").decode()
    assert browser.run(disabled, instead[0].key)


def test_decisions_stay_when_the_page_is_opened_again(shown: Any) -> None:
    browser = shown([page_data(SEVERAL)])
    key = changes_of(fix_text(SEVERAL), Wish())[0].key
    choose(browser, key, False)
    browser.driver.refresh()
    assert browser.run(f"return document.querySelector('[data-choice=\"{key}:false\"]').ariaPressed") == "true"


def test_the_whole_file_can_be_saved_and_unfolded(shown: Any) -> None:
    text = SEVERAL.replace(b"WORKDIR /app\n", b"WORKDIR /app\n" + b"".join(b"ENV V%d=1\n" % n for n in range(40)))
    browser = shown([page_data(text)])
    assert browser.downloaded("main .actions button:nth-child(3)") == fix_text(text).patch.after.encode()
    rows = "return document.querySelectorAll('table.diff tbody tr:not(.note)').length"
    before = browser.run(rows)
    browser.run("document.querySelector('tr.fold button').click()")
    assert browser.run(rows) == 46 > before


def test_keys_do_all_of_it(shown: Any) -> None:
    """Next file, next change, reject, search: without a pointer; and what happens is said to those who do not see it."""
    from selenium.webdriver.common.action_chains import ActionChains

    browser = shown([page_data(SEVERAL, f"{number}/Dockerfile") for number in range(3)])

    def press(keys: str) -> None:
        ActionChains(browser.driver).send_keys(keys).perform()

    press("j")
    assert browser.run("return document.querySelector('#file-name').textContent") == "1/Dockerfile"
    press("n")
    focused = "return document.activeElement.getAttribute('aria-label')"
    assert browser.run(focused) == "Accept apt-lists"
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press("n")
    press("r")
    assert browser.run(focused) == "Reject pip-no-cache"
    assert "--no-cache-dir" not in browser.downloaded("#patch").decode()
    browser.run("document.querySelector('[aria-label=\"Reject pip-no-cache\"]').focus()")
    press("a")
    said = browser.driver.execute_async_script(
        "const done = arguments[0]; setTimeout(() => done(document.querySelector('[aria-live]').textContent), 150)"
    )
    assert said == "pip-no-cache accepted: the patch adds 2 and removes 2 lines"
    press("u")
    assert browser.run("return document.querySelector('table.diff').className") == "diff unified"
    press("/")
    press("2/Dock")
    assert browser.run("return document.activeElement.id") == "search"


def test_the_list_is_filtered(shown: Any) -> None:
    files = [
        page_data(SEVERAL, "one/Dockerfile"),
        conversion(),
        page_data(b'FROM scratch\nCMD ["/a"]\n', "none/Dockerfile"),
        refused("win/Dockerfile", "is a Windows image"),
    ]
    browser = shown(files)
    names = "return [...document.querySelectorAll('ul.list .path')].map(e => e.textContent)"

    def filtered(label: str, value: str) -> list[str]:
        browser.run(
            "const s = document.querySelector(`[aria-label='${arguments[0]}']`); s.value = arguments[1]; s.dispatchEvent(new Event('change'))",
            label,
            value,
        )
        found: list[str] = browser.run(names)
        return found

    assert len(browser.run(names)) == 4
    assert filtered("State", "refused") == ["win/Dockerfile"]
    assert filtered("State", "unchanged") == ["none/Dockerfile"]
    assert filtered("State", "") and filtered("Language", "python") == [str(SAMPLE)]
    assert filtered("Language", "") and filtered("Rung", "slim") == ["one/Dockerfile"]
    assert filtered("Rung", "") and len(browser.run(names)) == 4
    assert filtered("Order", "saved")[0] == str(SAMPLE)


def test_one_patch_of_all_files(shown: Any, tmp_path: Path) -> None:
    browser = shown([page_data(SEVERAL, f"{number}/Dockerfile") for number in range(3)])
    key = changes_of(fix_text(SEVERAL, path="0/Dockerfile"), Wish())[0].key
    choose(browser, key, False)
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "Dockerfile").write_bytes(SEVERAL)
    subprocess.run(["patch", "-p1", "-s"], input=browser.downloaded("#all"), cwd=tmp_path, check=True)
    found = [(tmp_path / str(number) / "Dockerfile").read_bytes() for number in range(3)]
    assert [b"rm -rf /var" in text for text in found] == [False, True, True]
    assert all(b"--no-cache-dir" in text for text in found)


VERIFICATION = Verification(
    engine="docker 28",
    sections=(
        Section.of("size", "100 MB → 25 MB", []),
        Section(name="behaviour", verdict=Verdict.SAME, summary="the same"),
    ),
    parts=(Part(what="/usr/lib", before=75_000_000, after=0), Part(what="/app", before=25_000_000, after=25_000_000)),
)


def test_the_picture_is_to_scale_and_says_whether_it_was_measured(shown: Any) -> None:
    outcome = fix(SAMPLE)
    browser = shown([data(outcome, changes_of(outcome, Wish()), VERIFICATION)])
    widths = browser.run(
        "return [...document.querySelectorAll('.bar > span')].map(e => e.getBoundingClientRect().width)"
    )
    assert len(widths) == 3
    assert widths[0] / widths[1] == pytest.approx(3, rel=0.05)
    assert widths[1] == pytest.approx(widths[2], rel=0.02)
    text = browser.run("return document.querySelector('figure').textContent")
    assert "Measured" in text and "25.0 MB" in text and "Estimates" not in text
    estimated = shown([conversion()])
    assert "Estimates" in estimated.run("return document.querySelector('figure').textContent")
    assert estimated.run("return document.querySelector('.left').textContent").startswith("gcc")


def test_five_hundred_files_stay_usable(shown: Any) -> None:
    outcomes = [fix(path) for path in sorted(SAMPLES.glob("*/context/Dockerfile"))]
    made = [data(outcome, changes_of(outcome, Wish())) for outcome in outcomes]
    files = [{**made[n % len(made)], "path": f"repo-{n}/Dockerfile"} for n in range(500)]
    browser = shown(files)
    paint = "const done = arguments[0]; const ask = () => { const [p] = performance.getEntriesByName('first-contentful-paint'); p ? done(p.startTime) : setTimeout(ask, 20); }; ask()"
    assert browser.driver.execute_async_script(paint) < 2000
    took = """
    const started = performance.now();
    const search = document.getElementById("search");
    search.value = arguments[0]; search.dispatchEvent(new Event("input"));
    const done = arguments[1];
    setTimeout(() => requestAnimationFrame(() => done([performance.now() - started, document.querySelectorAll("ul.list li").length])), 70);
    """
    milliseconds, count = browser.driver.execute_async_script(took, "repo-49")
    assert count == 11
    assert milliseconds < 1000
    switching = "const t = performance.now(); document.querySelectorAll('ul.list button')[5].click(); document.body.offsetHeight; return performance.now() - t"
    assert browser.run(switching) < 500


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 480], ids=["wide", "narrow"])
def test_nothing_keeps_anybody_out(scheme: str, width: int, shown: Any) -> None:
    """axe finds no violation of WCAG 2 AA, contrast included, in either scheme; nothing is wider than the window."""
    from axe_core_python.base import AXE_FILE_PATH

    files = [conversion(), page_data(HOSTILE, "b/Dockerfile"), refused("c", "no")]
    browser = shown(files)
    browser.scheme(scheme)
    browser.size(width, 1000)
    choose(browser, changes_of(fix(SAMPLE), Wish())[0].key, False)
    dark = browser.run("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
    browser.run(Path(AXE_FILE_PATH).read_text("utf-8"))
    found = browser.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'best-practice']}).then(done, e => done({violations: [{id: String(e), nodes: []}]}))"
    )
    violations = [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found["violations"]]
    browser.size(1400, 1000)
    assert violations == []


def test_a_scheme_can_be_chosen(shown: Any) -> None:
    browser = shown([page_data(SEVERAL)])
    browser.run(
        "const s = document.querySelector('[aria-label=Colours]'); s.value = 'dark'; s.dispatchEvent(new Event('change'))"
    )
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"


def test_safety_is_said(shown: Any) -> None:
    browser = shown([page_data(SEVERAL)])
    tags = browser.run("return [...document.querySelectorAll('.change .tag')].map(e => e.textContent)")
    assert tags == ["inferred", "inferred", "may break", "may break"]
    assert Safety.DISPLAY.name == "DISPLAY"
