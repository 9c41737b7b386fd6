module Rota.Schedule (Person (..), readPeople, schedule, showTurn) where

import qualified Data.Map.Strict as Map

import Rota.Calendar (Day, showDay, weekAfter)

data Person = Person {name :: String, away :: [Int]}

data Turn = Turn {starts :: Day, person :: String}

-- | Lines as @Zoë: 2 5@: a name, and the weeks in which that person is away.
readPeople :: String -> [Person]
readPeople text = [person' (break (== ':') line) | line <- lines text, not (null line)]
  where
    person' (who, rest) = Person who (map read (words (drop 1 rest)))

-- | Whoever had the fewest turns so far and is there takes the week; the order of the file decides between equals.
schedule :: [Person] -> Day -> Int -> [Turn]
schedule people day weeks = go Map.empty 1
  where
    go counts week
      | week > weeks = []
      | otherwise =
          let there = [p | p <- people, week `notElem` away p]
              taken p = Map.findWithDefault (0 :: Int) (name p) counts
              chosen = foldr1 (\p q -> if taken p <= taken q then p else q) there
           in Turn (weekAfter (week - 1) day) (name chosen)
                : go (Map.insertWith (+) (name chosen) 1 counts) (week + 1)

showTurn :: Turn -> String
showTurn turn = showDay (starts turn) ++ "  " ++ person turn
