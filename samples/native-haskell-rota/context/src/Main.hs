module Main (main) where

import System.Environment (getArgs)
import System.Exit (exitFailure)
import System.IO (hPutStrLn, stderr)

import Rota.Calendar (parseDay)
import Rota.Schedule (readPeople, schedule, showTurn)

-- | rota FILE FIRST-DAY WEEKS: who is on call, week by week.
main :: IO ()
main = do
  arguments <- getArgs
  case arguments of
    [file, first, weeks] | Just day <- parseDay first -> do
      people <- readPeople <$> readFile file
      mapM_ (putStrLn . showTurn) (schedule people day (read weeks))
    _ -> do
      hPutStrLn stderr "usage: rota FILE FIRST-DAY WEEKS"
      exitFailure
