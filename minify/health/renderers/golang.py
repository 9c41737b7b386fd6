"""A plan as a Go program of one file, standard library only: `CGO_ENABLED=0 go build -o /health health.go`."""

from __future__ import annotations

from minify.health.plan import Check, Contains, FileCheck, HealthPlan, HttpCheck
from minify.health.renderers.statuses import unhealthy
from minify.health.text import Environment, Text

_VARIABLE = """
// variable is $name, or its fallback.
func variable(name, fallback string, whenEmpty bool) string {
	value, found := os.LookupEnv(name)
	if !found || (value == "" && whenEmpty) {
		return fallback
	}
	return value
}
"""
_PATIENT = """
// patient is a connection of which no read may take longer.
type patient struct {
	net.Conn
	wait time.Duration
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(p.wait)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}
"""
_FAIL = """
// fail ends the program: the check is unhealthy.
func fail(why interface{}) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
"""


def go(plan: HealthPlan) -> str:
    """The source of a program without arguments whose exit code is 0 when all checks succeed.

    >>> from minify.health.read import read
    >>> go(read("nc -z localhost 5432")).splitlines()[1]
    'package main'
    """
    imports = ["os"]
    body: list[str] = []
    for check in plan.checks:
        body += _check(check, imports)
    source = "\n".join(body)
    helpers = ""
    if "variable(" in source:
        helpers += _VARIABLE
    if "patient{" in source:
        helpers += _PATIENT
    if "fail(" in source:
        imports.append("fmt")
        helpers += _FAIL
    used = sorted(set(imports))
    if "os." not in source + helpers:
        used.remove("os")
    lines = ["// Asks what HEALTHCHECK asked: exit code 0 is healthy.", "package main", ""]
    lines += ["import (", *(f'\t"{name}"' for name in used), ")", "", "func main() {"]
    lines += [f"\t{line}" if line else "" for line in body]
    return "\n".join([*lines, "}", ""]) + helpers


def _check(check: Check, imports: list[str]) -> list[str]:
    # Each in a block of its own: names are used again
    if isinstance(check, FileCheck):
        return _file(check, imports)
    if isinstance(check, HttpCheck):
        lines = _http(check, imports)
    else:
        imports.append("net")
        address = f"net.JoinHostPort({_text(check.host)}, {_text(check.port)})"
        lines = [f'if _, err := net.Dial("tcp", {address}); err != nil {{', "\tfail(err)", "}"]
    if check.total is None:
        return ["{", *(f"\t{line}" for line in lines), "}"]
    imports.append("time")
    timer = f'timer := time.AfterFunc({_duration(check.total)}, func() {{ fail("it took too long") }})'
    return ["{", f"\t{timer}", *(f"\t{line}" for line in lines), "\ttimer.Stop()", "}"]


def _http(check: HttpCheck, imports: list[str]) -> list[str]:
    imports.append("net/http")
    body = "nil"
    if check.body is not None:
        imports.append("strings")
        body = f"strings.NewReader({_text(check.body)})"
    # No proxy is set, so none of the environment is used
    transport = ["DisableCompression: true"]
    if not check.verifies:
        imports.append("crypto/tls")
        transport.append("TLSClientConfig: &tls.Config{InsecureSkipVerify: true}")
    if check.idle is not None:
        imports += ["context", "net", "time"]
    lines = [f"transport := &http.Transport{{{', '.join(transport)}}}"]
    if check.idle is not None:
        lines += [
            "transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {",
            f"\tconnection, err := (&net.Dialer{{Timeout: {_duration(check.idle, ' * ')}}}).DialContext(ctx, network, address)",
            f"\treturn patient{{connection, {_duration(check.idle, ' * ')}}}, err",
            "}",
        ]
    made = f"http.NewRequest(method, {_text(check.url)}, {body})"
    if not check.get_on:
        made = made.replace("method", _string(check.method), 1)
    request = [f"request, err := {made}", "if err != nil {", "\tfail(err)", "}"]
    for name, value in check.headers:
        if name.lower() == "host":
            request.append(f"request.Host = {_text(value, ' + ')}")
        else:
            request.append(f"request.Header.Set({_string(name)}, {_text(value)})")
    if check.redirects:
        imports.append("errors")
        lines += [
            "client := &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {",
            f"\tif len(via) > {check.redirects} {{",
            '\t\treturn errors.New("too many redirects")',
            "\t}",
            "\treturn nil",
            "}}",
        ]
    send = "client.Do(request)" if check.redirects else "transport.RoundTrip(request)"
    asked = [*request, f"response, err := {send}", "if err != nil {", "\tfail(err)", "}"]
    answered = _answer(check, imports)
    if not check.get_on:
        return [*lines, *asked, *answered]
    again = " || ".join(f"response.StatusCode == {code}" for code in check.get_on)
    return [
        *lines,
        'for _, method := range []string{"HEAD", "GET"} {',
        *(f"\t{line}" for line in asked),
        f'\tif method == "HEAD" && ({again}) {{',
        "\t\tcontinue",
        "\t}",
        *(f"\t{line}" for line in answered),
        "\tbreak",
        "}",
    ]


def _answer(check: HttpCheck, imports: list[str]) -> list[str]:
    wrong = unhealthy(check.statuses, "response.StatusCode")
    lines = [f"if {wrong} {{", "\tfail(response.Status)", "}"] if wrong else []
    if not check.reads_body and check.contains is None:
        return lines or ["_ = response"]
    imports += ["bytes"]
    lines += [
        "var body bytes.Buffer",
        "if _, err := body.ReadFrom(response.Body); err != nil {",
        "\tfail(err)",
        "}",
    ]
    if check.contains is not None:
        lines += [f"if {_misses(check.contains)} {{", '\tfail("the answer is another")', "}"]
    return lines


def _misses(contains: Contains) -> str:
    if contains.whole:
        return f'string(bytes.TrimRight(body.Bytes(), "\\n")) != {_string(contains.texts[0])}'
    body = "bytes.ToLower(body.Bytes())" if contains.ignore_case else "body.Bytes()"
    texts = [text.lower() if contains.ignore_case else text for text in contains.texts]
    return " && ".join(f"!bytes.Contains({body}, []byte({_string(text)}))" for text in texts)


def _file(check: FileCheck, imports: list[str]) -> list[str]:
    path = _text(check.path)
    conditions = {
        "e": "err == nil",
        "f": "err == nil && info.Mode().IsRegular()",
        "d": "err == nil && info.IsDir()",
        "s": "err == nil && info.Size() > 0",
    }
    if check.kind == "newer":
        imports.append("time")
        condition = f"err == nil && time.Since(info.ModTime()) < {_duration(check.seconds)}"
    elif check.kind in conditions:
        condition = conditions[check.kind]
    else:
        imports.append("syscall")
        mode = {"r": 4, "w": 2, "x": 1}[check.kind]
        access = f"syscall.Access({path}, {mode})"
        comparison = "==" if check.negated else "!="
        return [f"if {access} {comparison} nil {{", f"\tfail({path})", "}"]
    info = "info" if "info" in condition else "_"
    negation = condition if check.negated else f"!({condition})"
    return [f"if {info}, err := os.Stat({path}); {negation} {{", f"\tfail({path})", "}"]


def _duration(seconds: float, times: str = "*") -> str:
    if seconds == int(seconds):
        return f"{int(seconds)}{times}time.Second"
    return f"{round(seconds * 1000)}{times}time.Millisecond"


def _text(text: Text, plus: str = "+") -> str:
    # gofmt wants no white space between arguments
    return plus.join(_part(part) for part in text.parts) or '""'


def _part(part: str | Environment) -> str:
    if isinstance(part, str):
        return _string(part)
    if not part.fallback:
        return f"os.Getenv({_string(part.name)})"
    return f"variable({_string(part.name)}, {_string(part.fallback)}, {str(part.when_empty).lower()})"


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
