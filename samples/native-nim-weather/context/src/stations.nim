import std/[json, sequtils, parsecsv, strutils, tables]

type Readings* = OrderedTable[string, seq[float]]

proc load*(path: string): Readings =
  ## One line a reading: station,celsius
  var parser: CsvParser
  parser.open(path)
  while parser.readRow():
    result.mgetOrPut(parser.row[0], @[]).add(parseFloat(parser.row[1]))
  parser.close()

proc summary*(readings: Readings): JsonNode =
  result = newJObject()
  for station, values in readings:
    result[station] = %*{"lowest": min(values), "highest": max(values), "mean": foldl(values, a + b) / values.len.float}
