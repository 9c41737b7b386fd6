module Rota.Calendar (Day, parseDay, showDay, weekAfter) where

import Data.Time.Calendar (Day, addDays)
import Data.Time.Format (defaultTimeLocale, formatTime, parseTimeM)

parseDay :: String -> Maybe Day
parseDay = parseTimeM True defaultTimeLocale "%Y-%m-%d"

showDay :: Day -> String
showDay = formatTime defaultTimeLocale "%a %e %b %Y"

weekAfter :: Int -> Day -> Day
weekAfter weeks = addDays (7 * fromIntegral weeks)
