import std/[asynchttpserver, asyncdispatch, json, os, strutils, tables]
import stations

proc main() {.async.} =
  let readings = load(paramStr(1))
  var server = newAsyncHttpServer()

  proc handle(request: Request) {.async, gcsafe.} =
    let headers = newHttpHeaders({"Content-Type": "application/json"})
    let name = request.url.path.strip(chars = {'/'})
    if name == "":
      await request.respond(Http200, $summary(readings), headers)
    elif name in readings:
      await request.respond(Http200, $(%readings[name]), headers)
    else:
      await request.respond(Http404, $(%*{"error": "no station " & name}), headers)

  server.listen(Port(20613))
  echo readings.len, " stations"
  flushFile(stdout)
  while true:
    await server.acceptRequest(handle)

waitFor main()
