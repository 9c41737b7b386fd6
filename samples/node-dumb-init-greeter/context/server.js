"use strict";

const http = require("http");
const { parseArgs } = require("util");
const { greet } = require("./lib/greet");

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    greeting: { type: "string", default: "Hello, " },
    loud: { type: "boolean", default: false },
    mark: { type: "string", default: "" },
  },
});

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://greeter");
  response.setHeader("content-type", "text/plain; charset=utf-8");
  if (url.pathname === "/settings") {
    response.end(JSON.stringify({ ...values, first: process.env.NODE_ENV, user: process.getuid() }) + "\n");
  } else if (url.pathname === "/greet") {
    response.end(greet(url.searchParams.get("name") ?? "you", values) + "\n");
  } else {
    response.end("ask /greet?name=…\n");
  }
});

process.on("SIGTERM", () => server.close(() => process.exit(0)));
server.listen(Number(values.port), () => console.log(`greeting on port ${values.port}`));
