-- A game: a code that is not shown, and guesses that are scored.
local score = require("pegs.score")

local Game = {}
Game.__index = Game

function Game.new(code)
  return setmetatable({ code = code, guesses = 0 }, Game)
end

function Game:guess(code)
  if #code ~= #self.code then
    return nil, "a code has " .. #self.code .. " pegs"
  end
  self.guesses = self.guesses + 1
  local right, elsewhere = score(self.code, code)
  return { right = right, elsewhere = elsewhere, won = right == #self.code }
end

return Game
