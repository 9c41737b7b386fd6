"""A plan as a Java class of one file, for Java 8 and later, with nothing but java.base: `javac -d out Healthcheck.java`.

Of a name with several addresses the next one is asked where nothing listens at the first, as curl does; the properties
of proxies are not looked at, and redirects are followed by hand, since Java follows none from HTTP to HTTPS, and no 308.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from minify.health.plan import Check, Contains, FileCheck, HealthPlan, HttpCheck, Obstacle
from minify.health.renderers.statuses import unhealthy
from minify.health.text import Environment, Text

NAME: Final = "Healthcheck"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")
# To Java these are the address of the machine's own name, where a server may not listen
_ANY: Final = {"0.0.0.0": "127.0.0.1", "0": "127.0.0.1", "::": "::1"}

_ASK: Final = """
  // Where nothing listens at the first address of a name, the next one is asked
  static HttpURLConnection ask(URL url, int left, String method, String data, String... headers) throws Exception {
    Iterator<InetAddress> addresses = Arrays.asList(InetAddress.getAllByName(url.getHost())).iterator();
    while (true) {
      String address = addresses.next().getHostAddress();
      URL there = new URL(url.getProtocol(), address, url.getPort(), url.getFile());
      HttpURLConnection answer = (HttpURLConnection) there.openConnection(Proxy.NO_PROXY);
      answer.setRequestMethod(method);
      answer.setRequestProperty("Host", url.getAuthority());
      answer.setRequestProperty("Accept", "*/*");
      for (int i = 0; i < headers.length; i += 2) answer.setRequestProperty(headers[i], headers[i + 1]);
      answer.setInstanceFollowRedirects(false);
      answer.setConnectTimeout(IDLE);
      answer.setReadTimeout(IDLE);
      if (answer instanceof HttpsURLConnection) trust((HttpsURLConnection) answer);
      answer.setDoOutput(data != null);
      try {
        answer.connect();
      } catch (ConnectException refused) {
        if (addresses.hasNext()) continue;
        throw refused;
      }
      if (data != null) answer.getOutputStream().write(data.getBytes("UTF-8"));
      String place = left < 0 ? null : answer.getHeaderField("Location");
      if (place != null && Arrays.asList(301, 302, 303, 307, 308).contains(answer.getResponseCode())) {
        if (left == 0) fail("too many redirects");
        return ask(new URL(url, place), left - 1, method, data, headers);
      }
      return answer;
    }
  }
"""
_TRUST: Final = """
  // Any certificate will do
  static void trust(HttpsURLConnection connection) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new X509ExtendedTrustManager() {
      public void checkClientTrusted(X509Certificate[] chain, String type) {}
      public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}
      public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
      public void checkServerTrusted(X509Certificate[] chain, String type) {}
      public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}
      public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}
      public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }}, null);
    connection.setSSLSocketFactory(context.getSocketFactory());
    connection.setHostnameVerifier((name, session) -> true);
  }
"""
_READ: Final = """
  // The text of an answer, which must not be cut short
  static String read(HttpURLConnection answer) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    InputStream input = answer.getResponseCode() < 400 ? answer.getInputStream() : answer.getErrorStream();
    for (int next; input != null && (next = input.read()) >= 0; ) text.write(next);
    if (input != null && text.size() < answer.getContentLengthLong()) throw new EOFException();
    return text.toString("ISO-8859-1");
  }
"""
_CONNECT: Final = """
  // Connects to the first address of a name where something listens
  static void connect(String name, int port) throws IOException {
    IOException refused = null;
    for (InetAddress address : InetAddress.getAllByName(name)) {
      try (Socket socket = new Socket(address, port)) {
        return;
      } catch (ConnectException e) {
        refused = e;
      }
    }
    throw refused;
  }
"""
_VARIABLE: Final = """
  static String variable(String name, String fallback, boolean whenEmpty) {
    String value = System.getenv(name);
    return value == null || whenEmpty && value.isEmpty() ? fallback : value;
  }
"""
_LIMIT: Final = """
  // Ends with 1 after so many milliseconds, unless it is cancelled
  static Timer limit(long time) {
    Timer timer = new Timer(true);
    timer.schedule(new TimerTask() { public void run() { fail("it took too long"); } }, time);
    return timer;
  }
"""
_FAIL: Final = """
  static void fail(String why) {
    System.err.println(why);
    Runtime.getRuntime().halt(1);
  }
"""
_PACKAGES: Final = {
    "java.io": ("IOException", "InputStream", "EOFException"),
    "java.net": ("URL", "InetAddress", "Socket"),
    "java.nio.file": ("Files.",),
    "java.security.cert": ("X509Certificate",),
    "java.util": ("Arrays", "Timer", "Iterator"),
    "javax.net.ssl": ("SSLContext",),
}


def java(plan: HealthPlan) -> str | Obstacle:
    """The source of a class without arguments whose exit code is 0 when all checks succeed.

    >>> from minify.health.read import read
    >>> print(java(read("nc -z localhost 5432")).splitlines()[6])
        connect("localhost", 5432);
    """
    requests = [check for check in plan.checks if isinstance(check, HttpCheck)]
    for request in requests:
        if (obstacle := _obstacle(request)) is not None:
            return obstacle
    body: list[str] = []
    for check in plan.checks:
        body += _timed(check, requests, alone=len(plan.checks) == 1)
    if requests:
        # Java would not let Host be set
        body.insert(0, 'System.setProperty("sun.net.http.allowRestrictedHeaders", "true");')
    text = "\n".join(f"    {line}" for line in body)
    text = f"  public static void main(String[] arguments) throws Exception {{\n{text}\n  }}\n" + _helpers(
        text, requests
    )
    imports = [f"import {name}.*;" for name, parts in _PACKAGES.items() if any(part in text for part in parts)]
    return "\n".join(
        [*imports, "", "// Asks what HEALTHCHECK asked: exit code 0 is healthy.", f"class {NAME} {{", text + "}", ""]
    ).lstrip("\n")


def _helpers(body: str, requests: list[HttpCheck]) -> str:
    found = ""
    for name, helper in (
        ("ask", _asking(requests)), ("trust", _TRUST), ("read", _READ), ("connect", _CONNECT),
        ("variable", _VARIABLE), ("limit", _LIMIT), ("fail", _FAIL),
    ):  # fmt: skip
        if re.search(rf"(?<![\w.]){name}\(", body + found):
            found += helper
    return found


def _asking(requests: list[HttpCheck]) -> str:
    """The method that asks, with no more than these requests take."""
    lines = _ASK.splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if "String place" in line)
    if not any(check.redirects for check in requests):
        del lines[first : first + 5]
    for word, used in (
        ("trust(", any(not check.verifies for check in requests)),
        ("data", any(check.body is not None for check in requests)),
        ("headers", any(check.headers for check in requests)),
        ("IDLE", any(check.idle is not None for check in requests)),
    ):
        if not used:
            lines = [line for line in lines if word not in line or "ask(" in line]
    idle = max((check.idle or 0 for check in requests), default=0)
    text = "".join(lines).replace("IDLE", str(round(idle * 1000)))
    for name, kind, used in _parameters(requests):
        if not used:
            text = text.replace(f", {kind} {name}", "").replace(f", {name}", "").replace(f", {name} - 1", "")
            text = text.replace(f"      answer.setRequestMethod({name});\n", "")
    return text


def _parameters(requests: Sequence[HttpCheck]) -> tuple[tuple[str, str, bool], ...]:
    """What is handed to the method that asks, beside the URL: name, type, and whether any request differs in it."""
    return (
        ("left", "int", any(check.redirects for check in requests)),
        ("method", "String", any(check.method != "GET" for check in requests)),
        ("data", "String", any(check.body is not None for check in requests)),
        ("headers", "String...", any(check.headers for check in requests)),
    )


def _obstacle(check: HttpCheck) -> Obstacle | None:
    if check.method not in _METHODS:
        return Obstacle("Java's own client has no such method", check.method)
    if check.body is not None and check.method in ("GET", "HEAD"):
        return Obstacle("Java's own client sends nothing with this method", check.method)
    if check.scheme == "https" and check.verifies:
        return Obstacle("Java trusts certificates of its own", str(check.url))
    return None


def _timed(check: Check, requests: Sequence[HttpCheck], *, alone: bool) -> list[str]:
    if isinstance(check, FileCheck):
        lines = _file(check)
        return lines if alone else ["{", *(f"  {line}" for line in lines), "}"]
    if isinstance(check, HttpCheck):
        lines = _http(check, requests)
    else:
        host = _ANY.get(check.host.static or "")
        port = check.port.static or f"Integer.parseInt({_text(check.port)})"
        lines = [f"connect({_string(host) if host else _text(check.host)}, {port});"]
    if check.total is not None:
        time = round(check.total * 1000)
        lines = [f"limit({time});", *lines] if alone else [f"Timer timer = limit({time});", *lines, "timer.cancel();"]
    # Each in a block of its own: names are used again
    return lines if alone else ["{", *(f"  {line}" for line in lines), "}"]


def _http(check: HttpCheck, requests: Sequence[HttpCheck]) -> list[str]:
    headers = list(check.headers)
    url = check.url
    if check.host.static in _ANY:
        url = check._replace(host=Text.join(_ANY[check.host.static])).url
    values = {
        "left": str(check.redirects or -1),
        "method": _string(check.method),
        "data": "null" if check.body is None else _text(check.body),
        "headers": ", ".join(f"{_string(name)}, {_text(value)}" for name, value in headers),
    }
    given = [values[name] for name, _, used in _parameters(requests) if used and values[name]]
    lines = [f"URL url = new URL({_text(url)});", f"HttpURLConnection answer = ask({', '.join(['url', *given])});"]
    lines.append("int status = answer.getResponseCode();")
    if check.get_on:
        again = " || ".join(f"status == {code}" for code in check.get_on)
        get = [value if value != _string(check.method) else '"GET"' for value in given]
        lines += [
            f"if ({again}) {{",
            f"  answer = ask({', '.join(['url', *get])});",
            "  status = answer.getResponseCode();",
            "}",
        ]
    wrong = unhealthy(check.statuses, "status")
    # What is no HTTP has the status -1
    known = bool(check.statuses.ranges) and all(low > 100 for low, _ in check.statuses.ranges)
    failure = wrong if wrong and known else f"status < 0 || {wrong}" if wrong else "status < 0"
    lines.append(f'if ({failure}) fail("status " + status);')
    if check.contains is not None:
        lines.append(f'if ({_misses(check.contains)}) fail("the answer is another");')
    elif check.get_on:
        lines.append('if (!answer.getRequestMethod().equals("HEAD")) read(answer);')
    elif check.reads_body and check.method != "HEAD":
        lines.append("read(answer);")
    return lines


def _misses(contains: Contains) -> str:
    if contains.whole:
        return f'!read(answer).replaceAll("\\\\n+\\\\z", "").equals({_string(contains.texts[0])})'
    found = "read(answer).toLowerCase(Locale.ROOT)" if contains.ignore_case else "read(answer)"
    texts = [text.lower() if contains.ignore_case else text for text in contains.texts]
    if len(texts) == 1:
        return f"!{found}.contains({_string(texts[0])})"
    given = ", ".join(map(_string, texts))
    return f"!Arrays.asList({given}).stream().anyMatch({found}::contains)"


def _file(check: FileCheck) -> list[str]:
    path = f"Paths.get({_text(check.path)})"
    found = {
        "e": f"Files.exists({path})",
        "f": f"Files.isRegularFile({path})",
        "d": f"Files.isDirectory({path})",
        "s": f"Files.exists({path}) && Files.size({path}) > 0",
        "r": f"Files.isReadable({path})",
        "w": f"Files.isWritable({path})",
        "x": f"Files.isExecutable({path})",
    }.get(check.kind)
    if found is None:
        age = f"System.currentTimeMillis() - Files.getLastModifiedTime({path}).toMillis()"
        found = f"Files.exists({path}) && {age} < {round(check.seconds * 1000)}L"
    said = _text(check.path)
    if check.negated:
        return [f"if ({found}) fail({said});"]
    return [f"if (!({found})) fail({said});" if " && " in found else f"if (!{found}) fail({said});"]


def _text(text: Text) -> str:
    return " + ".join(_part(part) for part in text.parts) or '""'


def _part(part: str | Environment) -> str:
    if isinstance(part, str):
        return _string(part)
    return f"variable({_string(part.name)}, {_string(part.fallback)}, {str(part.when_empty).lower()})"


def _string(text: str) -> str:
    # Java reads \u0041 anywhere in its source
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
