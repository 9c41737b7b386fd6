-- Writes a table as Lua reads it.
local serpent = {}
function serpent.line(value)
  if type(value) ~= "table" then return string.format("%q", value) end
  local parts = {}
  for key, one in pairs(value) do parts[#parts + 1] = string.format("[%q] = %s", key, serpent.line(one)) end
  table.sort(parts)
  return "{" .. table.concat(parts, ", ") .. "}"
end
return serpent
