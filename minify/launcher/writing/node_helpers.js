// What a launcher in JavaScript may need: a launcher gets a copy of those functions that it calls.
// They are for Node 14 and later. `env` is where the variables of the shell are: all of them in process.env, those in
// `hidden` kept from the programs that it starts. FAILURE and OPTIONS become what they are for the shell at hand.
"use strict";

const childProcess = require("child_process");
const fs = require("fs");
const http = require("http");
const net = require("net");
const os = require("os");
const path = require("path");

// The environment of a program: not the variables that only the shell had
function exported() {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.has(name)));
}

// Write a text to a stream, at once
function print(text, stream = 1) {
  fs.writeSync(stream, text);
}

// Say on standard error what went wrong
function complain(message) {
  print(`sh: ${message}\n`, 2);
}

// End with a message
function fail(message, status) {
  complain(message);
  process.exit(status);
}

// The fields of unquoted text: it is split at blanks, and a pattern is the files that it matches
function split(text) {
  return words(text).flatMap(files);
}

// The fields of unquoted text: it is split at blanks
function words(text) {
  return text.split(/[ \t\n]+/).filter((word) => word !== "");
}

// The files that a pattern matches, or the pattern where there are none
function files(pattern) {
  if (!/[*?[]/.test(pattern)) return [pattern];
  let found = [pattern.startsWith("/") ? "/" : ""];
  for (const part of pattern.split("/").filter((one) => one !== "")) {
    found = found.flatMap((start) => below(start, part).map((name) => start + name + "/"));
  }
  if (!pattern.endsWith("/")) found = found.map((name) => name.slice(0, -1));
  return found.length ? found.sort() : [pattern];
}

// The names in a directory that one part of a pattern matches
function below(start, part) {
  const expression = RegExp("^" + part.replace(/[.+^${}()|\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".").replace(/\[!/g, "[^") + "$", "su");
  try {
    if (!/[*?[]/.test(part)) {
      fs.lstatSync(start + part);
      return [part];
    }
    return fs.readdirSync(start || ".").filter((name) => expression.test(name) && name.startsWith(".") <= part.startsWith("."));
  } catch {
    return [];
  }
}

// The status for a program that cannot be started
function refused(name, error, stdio) {
  const missing = error.code === "ENOENT";
  const stream = Array.isArray(stdio) ? stdio[2] : 2;
  if (stream !== "ignore") print(`sh: ${name}: ${missing ? "not found" : error.code}\n`, Number.isInteger(stream) ? stream : 2);
  return missing ? 127 : 126;
}

// Run a program and give its status: 127 when it is not there
function run(argv, options = {}) {
  if (!argv.length) return 0;
  const done = childProcess.spawnSync(argv[0], argv.slice(1), { stdio: "inherit", env: exported(), ...options });
  if (done.error) return refused(argv[0], done.error, options.stdio);
  return done.signal ? 128 + os.constants.signals[done.signal] : done.status;
}

// Run a program with files for its streams, [undefined, ["log", "a"]]
function runWith(streams, argv, options = {}) {
  const stdio = [...(options.stdio || [0, 1, 2])];
  const opened = [];
  try {
    streams.forEach((file, stream) => {
      if (file) opened.push((stdio[stream] = fs.openSync(...file)));
    });
    if (stdio[2] === "output") stdio[2] = stdio[1];
    return run(argv, { ...options, stdio });
  } catch (error) {
    complain(`cannot open ${error.path}: ${error.code}`);
    return FAILURE;
  } finally {
    opened.forEach((file) => fs.closeSync(file));
  }
}

// End where a command fails, as set -e does
function check(status) {
  if (status) process.exit(status);
}

// Run a program to its end with this process in front of it: signals are passed on, and its status is taken over
function become(argv, options = {}) {
  if (OPTIONS && argv[0].startsWith("-")) fail(`exec: ${argv[0]}: invalid option`, 2);
  const { input, ...others } = options;
  const child = childProcess.spawn(argv[0], argv.slice(1), { stdio: "inherit", env: exported(), ...others });
  if (input !== undefined) child.stdin.end(input);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => process.exit(refused(argv[0], error, options.stdio)));
  child.on("exit", (status, signal) => process.exit(signal ? 128 + os.constants.signals[signal] : status));
}

// Become what the launcher is given: where that is node with a script, this very process goes on as it
function start(argv) {
  if (!/(^|\/)node(js)?$/.test(argv[0]) || (argv[1] ?? "-").startsWith("-")) return become(argv);
  process.argv = [process.execPath, path.resolve(argv[1]), ...argv.slice(2)];
  return require("module").runMain();
}

// The status of a program, and what it writes less the newlines at the end
function captured(argv, options = {}) {
  if (!argv.length) return [0, ""];
  const stdio = [...(options.stdio || ["inherit", "pipe", "inherit"])];
  stdio[1] = "pipe";
  const done = childProcess.spawnSync(argv[0], argv.slice(1), { env: exported(), maxBuffer: Infinity, ...options, stdio });
  if (done.error) return [refused(argv[0], done.error, options.stdio), ""];
  const status = done.signal ? 128 + os.constants.signals[done.signal] : done.status;
  return [status, done.stdout.toString().replace(/\0/g, "").replace(/\n+$/, "")];
}

// What a program writes, less the newlines at the end
function output(argv, options) {
  return captured(argv, options)[1];
}

// What a program writes, less the newlines at the end; the launcher ends when it fails
function checkedOutput(argv, options) {
  const [status, text] = captured(argv, options);
  check(status);
  return text;
}

// Put what a program writes into a variable, and give its status
function capture(name, argv, options) {
  const [status, text] = captured(argv, options);
  env[name] = text;
  return status;
}

// Do a task for each path, and go on where it fails: 0 when none did
function attempt(task, paths, failure = 1) {
  let status = 0;
  for (const name of paths) {
    try {
      task(name);
    } catch (error) {
      complain(`${name}: ${error.code || error.message}`);
      status = failure;
    }
  }
  return status;
}

// The same, without a word about what fails
function attemptQuietly(task, paths, failure = 1) {
  let status = 0;
  for (const name of paths) {
    try {
      task(name);
    } catch {
      status = failure;
    }
  }
  return status;
}

// What a path leads to, or what it is where links are not followed; undefined when there is nothing
function look(name, follow = true) {
  try {
    return follow ? fs.statSync(name) : fs.lstatSync(name);
  } catch {
    return undefined;
  }
}

// Whether a file is there and not empty
function hasContent(name) {
  const found = look(name);
  return found !== undefined && found.size > 0;
}

// Whether something may be done with a path
function allowed(name, mode) {
  try {
    fs.accessSync(name, mode);
    return true;
  } catch {
    return false;
  }
}

// rm -f
function remove(name) {
  if (look(name, false)) fs.unlinkSync(name);
}

// rm -r
function removeTree(name, strict = false) {
  const found = look(name, false);
  if (found && found.isDirectory()) {
    for (const one of fs.readdirSync(name)) removeTree(path.join(name, one));
    fs.rmdirSync(name);
  } else if (strict || found) {
    fs.unlinkSync(name);
  }
}

// touch
function touch(name) {
  fs.closeSync(fs.openSync(name, "a"));
  const now = new Date();
  fs.utimesSync(name, now, now);
}

// Where a source goes: into a directory that is there, or to the path itself
function targetOf(name, source, follow = true) {
  const found = follow ? look(name) : undefined;
  return found && found.isDirectory() ? path.join(name, path.basename(source)) : name;
}

// ln -s
function link(name, to, force = false, follow = true) {
  const target = targetOf(name, to, follow);
  if (force) remove(target);
  fs.symlinkSync(to, target);
}

// mv
function move(name, source) {
  const target = targetOf(name, source);
  try {
    fs.renameSync(source, target);
  } catch (error) {
    if (error.code !== "EXDEV") throw error;
    fs.copyFileSync(source, target);
    fs.unlinkSync(source);
  }
}

// cp: a new file has the mode of its source, an old one keeps its own
function copy(name, source) {
  const target = targetOf(name, source);
  const isNew = !look(target);
  const text = fs.readFileSync(source);
  fs.writeFileSync(target, text);
  if (isNew) fs.chmodSync(target, fs.statSync(source).mode & 0o777 & ~process.umask());
}

// A path and all that is below it, links not followed
function tree(name) {
  const found = look(name, false);
  if (!found || !found.isDirectory()) return [name];
  return [name, ...fs.readdirSync(name).sort().flatMap((one) => tree(path.join(name, one)))];
}

// chmod
function changeMode(name, mode, add = false, recursive = false) {
  for (const one of recursive ? tree(name) : [name]) {
    if (one === name || !fs.lstatSync(one).isSymbolicLink()) {
      fs.chmodSync(one, add ? (fs.statSync(one).mode & 0o7777) | mode : mode);
    }
  }
}

// The bits of +x that the umask leaves, or those of u+x, a+x
function executableBy(who) {
  const bits = { u: 0o100, g: 0o010, o: 0o001, a: 0o111 };
  return who === "" ? 0o111 & ~process.umask() : [...who].reduce((mode, letter) => mode | bits[letter], 0);
}

// chown, by numbers
function changeOwner(name, owner, recursive = false) {
  const [user, group] = owner.split(":");
  for (const one of recursive ? tree(name) : [name]) {
    const found = recursive ? fs.lstatSync(one) : fs.statSync(one);
    (recursive ? fs.lchownSync : fs.chownSync)(one, Number(user), group ? Number(group) : found.gid);
  }
}

// Write to a file: > path, or >> path with the flag "a"
function write(name, text = "", flag = "w") {
  fs.writeFileSync(name, text, { flag });
}

// cat
function show(name) {
  fs.writeSync(1, fs.readFileSync(name));
}

// envsubst: each $name and ${name}, or those of these names only, becomes its value
function substitute(name, source, names = null, flag = "w") {
  const text = fs.readFileSync(source, "utf8").replace(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g, (whole, one, two) => {
    const found = one || two;
    return names === null || names.includes(found) ? exported()[found] ?? "" : whole;
  });
  fs.writeFileSync(name, text, { flag });
}

// The working directory by the name that it was entered by
function directory() {
  const there = env.PWD ?? "";
  const found = there.startsWith("/") ? look(there) : undefined;
  const here = fs.statSync(".");
  return found && found.dev === here.dev && found.ino === here.ino ? there : process.cwd();
}

// Change the directory
function cd(fields, quiet = false) {
  const from = directory();
  const name = fields.length ? fields[0] : env.HOME ?? "";
  try {
    process.chdir(name || ".");
  } catch {
    if (!quiet) complain(`cd: can't cd to ${name}`);
    return FAILURE;
  }
  env.OLDPWD = from;
  env.PWD = path.resolve(from, name);
  return 0;
}

// Sleep as long as a text says: 5, 0.5, 2m
function sleep(fields) {
  const match = fields.length === 1 && /^(\d*\.?\d+)([smhd]?)$/.exec(fields[0]);
  if (!match) {
    complain(`sleep: invalid time interval ${fields.join(" ")}`);
    return 1;
  }
  pause(Number(match[1]) * { "": 1, s: 1, m: 60, h: 3600, d: 86400 }[match[2]]);
  return 0;
}

// Wait for some seconds
function pause(seconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000);
}

// A text with \n, \t and their like read, as echo of this shell has it, and whether \c ended it
function unescaped(text) {
  const letters = { a: "\x07", b: "\b", e: "\x1b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\" };
  let result = "";
  for (const [, octal, letter, plain] of text.matchAll(/\\0([0-7]{0,3})|\\([^])|([^\\]+|\\$)/g)) {
    if (letter === "c") return [result, true];
    if (letter !== undefined) result += letters[letter] ?? "\\" + letter;
    else result += plain ?? String.fromCharCode(parseInt(octal || "0", 8) & 255);
  }
  return [result, false];
}

// Write a text as echo of this shell does, with \n, \t and their like read
function echo(text, end = "\n", stream = 1) {
  const [written, stopped] = unescaped(text);
  print(stopped ? written : written + end, stream);
}

// A variable, which must be set: set -u
function value(name) {
  if (!(name in env)) fail(`${name}: parameter not set`, FAILURE);
  return env[name];
}

// An argument, which must be there: set -u
function argument(list, number) {
  if (number > list.length) fail(`${number}: parameter not set`, FAILURE);
  return list[number - 1];
}

// The number that a text is in arithmetic; none is 0
function number(text) {
  const match = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*|)\s*$/.exec(text);
  if (!match) fail(`Illegal number: ${text}`, FAILURE);
  const magnitude = /^0[0-7]/.test(match[2]) ? parseInt(match[2], 8) : Number(match[2] || 0);
  return match[1] === "-" ? -magnitude : magnitude;
}

// Compare two texts as numbers; false when one is none
function compare(left, operator, right) {
  for (const text of [left, right]) {
    if (!/^\s*[-+]?[0-9]+\s*$/.test(text)) {
      complain(`[: Illegal number: ${text}`);
      return false;
    }
  }
  const difference = Number(left) - Number(right);
  return {
    "==": difference === 0,
    "!=": difference !== 0,
    "<": difference < 0,
    "<=": difference <= 0,
    ">": difference > 0,
    ">=": difference >= 0,
  }[operator];
}

// The arguments after the first ones, which must be there
function shifted(list, count) {
  if (count > list.length) fail("shift: can't shift that many", FAILURE);
  return list.slice(count);
}

// What a file holds, less the newlines at the end
function content(name) {
  try {
    return fs.readFileSync(name, "utf8").replace(/\0/g, "").replace(/\n+$/, "");
  } catch (error) {
    complain(`${name}: ${error.code}`);
    return "";
  }
}

// The directory of a path
function dirname(name) {
  const bare = name.replace(/\/+$/, "");
  const head = bare.slice(0, Math.max(bare.lastIndexOf("/"), 0)).replace(/\/+$/, "");
  return head || (name.startsWith("/") ? "/" : ".");
}

// The last part of a path, without a suffix
function basename(name, suffix = "") {
  const last = name.replace(/\/+$/, "").split("/").pop() || name.slice(0, 1);
  return suffix && last.endsWith(suffix) && last !== suffix ? last.slice(0, -suffix.length) : last;
}

// Where a program is on PATH, or nothing
function which(name) {
  const places = name.includes("/") ? [name] : (env.PATH ?? "").split(":").map((place) => path.join(place || ".", name));
  return places.find((place) => allowed(place, fs.constants.X_OK) && fs.statSync(place).isFile()) ?? "";
}

// The time, in a form of date(1)
function moment(format, utc) {
  const now = new Date();
  const part = (name, more = 0) => String(now[(utc ? "getUTC" : "get") + name]() + more).padStart(2, "0");
  const parts = { Y: part("FullYear"), m: part("Month", 1), d: part("Date"), H: part("Hours"), M: part("Minutes"), S: part("Seconds"), "%": "%" };
  parts.F = `${parts.Y}-${parts.m}-${parts.d}`;
  parts.T = `${parts.H}:${parts.M}:${parts.S}`;
  return format.replace(/%(.)/g, (whole, letter) => parts[letter]);
}

// A text without what it begins with
function withoutPrefix(text, prefix) {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

// A text without what it ends with
function withoutSuffix(text, suffix) {
  return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
}

// What stands before a mark: the first one, or the last one
function before(text, mark, last = false) {
  const at = last ? text.lastIndexOf(mark) : text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

// What stands after a mark: the first one, or the last one
function after(text, mark, last = false) {
  const at = last ? text.lastIndexOf(mark) : text.indexOf(mark);
  return at < 0 ? text : text.slice(at + mark.length);
}

// The part of a text that an expression keeps, where it matches
function trim(expression, text) {
  const match = RegExp(`^(?:${expression})$`, "su").exec(text);
  return match ? match[1] : text;
}

// A text as an expression that matches it alone
function escaped(text) {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

// Whether fields are this one alone
function isOnly(fields, text) {
  return fields.length === 1 && fields[0] === text;
}

// Whether fields are one alone, and not this
function isOther(fields, text) {
  return fields.length === 1 && fields[0] !== text;
}

// A file for the commands of a group; null when it cannot be opened
function opened(name, flag) {
  try {
    return fs.openSync(name, flag);
  } catch (error) {
    complain(`cannot open ${name}: ${error.code}`);
    return null;
  }
}

// The values of some variables, to go back to
function saved(...names) {
  return names.map((name) => [name, env[name]]);
}

// Give variables the values that they had
function restore(values) {
  for (const [name, text] of values) {
    if (text === undefined) delete env[name];
    else env[name] = text;
  }
}

// The directory and the variables, to go back to
function aside() {
  return [process.cwd(), { ...env }];
}

// Go back to a directory and variables
function back([place, values]) {
  process.chdir(place);
  for (const name of Object.keys(env)) if (!(name in values)) delete env[name];
  Object.assign(env, values);
}

// Whether something takes connections at a host and port
function listening(address, seconds) {
  const [host, port] = address;
  if (address.length !== 2 || !host || !/^\d+$/.test(port) || Number(port) > 65535) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), host);
    const done = (found) => {
      socket.destroy();
      resolve(found);
    };
    if (seconds !== undefined) socket.setTimeout(seconds * 1000, () => done(false));
    socket.on("connect", () => done(true));
    socket.on("error", () => done(false));
  });
}

// Whether a server answers over HTTP, with a status that is no error
function answers(addresses, options) {
  if (addresses.length !== 1) return Promise.resolve(false);
  const { follows, head, fails, shows, holds, seconds, times = 20 } = options;
  return new Promise((resolve) => {
    let request;
    try {
      const url = new URL(addresses[0].includes("://") ? addresses[0] : `http://${addresses[0]}`);
      request = http.request(url, { method: head ? "HEAD" : "GET", headers: { Accept: "*/*" } }, (response) => {
        const target = response.headers.location;
        if (follows && target && [301, 302, 303, 307, 308].includes(response.statusCode) && times) {
          response.resume();
          resolve(answers([new URL(target, url).href], { ...options, times: times - 1 }));
          return;
        }
        const good = !(fails && response.statusCode >= 400);
        let body = "";
        response.on("data", (data) => {
          body += data;
        });
        response.on("end", () => {
          if (shows && good) print(body);
          resolve(good && (holds === undefined || body.includes(holds)));
        });
      });
    } catch {
      resolve(false);
      return;
    }
    if (seconds !== undefined) request.setTimeout(seconds * 1000, () => request.destroy(new Error("timeout")));
    request.on("error", () => resolve(false));
    request.end();
  });
}
