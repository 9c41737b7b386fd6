rockspec_format = "3.0"
package = "pegs"
version = "1.2-1"
source = { url = "git+file://." }
description = { summary = "Scores guesses of a code of coloured pegs" }
dependencies = { "lua >= 5.3" }
build = {
  type = "builtin",
  modules = {
    pegs = "pegs.lua",
    ["pegs.score"] = "score.c",
  },
}
