local socket = require("socket")
local url = require("socket.url")
local Game = require("pegs")

local game = Game.new("ROBY")

local function front()
  local file <close> = assert(io.open("views/front.html"))
  return "text/html", file:read("a")
end

local pages = {
  ["/"] = front,
  ["/guess"] = function(query)
    local found, problem = game:guess((query or ""):match("code=(%u+)") or "")
    if not found then
      return "text/plain", problem .. "\n"
    end
    return "application/json", ('{"right":%d,"elsewhere":%d,"won":%s}\n'):format(found.right, found.elsewhere, found.won)
  end,
  ["/versions"] = function()
    return "text/plain", _VERSION .. ", " .. socket._VERSION .. "\n"
  end,
}

local function answer(target)
  local asked = url.parse(target)
  local page = pages[asked.path]
  if not page then
    return "404 Not Found", "text/plain", "no such page\n"
  end
  return "200 OK", page(asked.query)
end

local server = assert(socket.bind("0.0.0.0", tonumber(os.getenv("PORT"))))
io.stdout:setvbuf("line")
print("listens on " .. os.getenv("PORT"))
while true do
  local client = server:accept()
  client:settimeout(5)
  local target = (client:receive() or ""):match("^GET (%S+)")
  repeat
    local line = client:receive()
  until not line or line == ""
  local status, kind, body = answer(target or "/none")
  client:send(("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"):format(status, kind, #body, body))
  client:close()
end
