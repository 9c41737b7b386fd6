"""Counts, once; a clock that ticks would say something else each time."""

import sys
import time
from pathlib import Path

Path(sys.argv[1]).write_text("tick\n")
while True:
    time.sleep(3600)
