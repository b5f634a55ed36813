"""Stands in for the child that measures a cell: writes the files that it is given, and hangs if it is to.

python -IS fake_run.py BUSY HANGS FILES
"""

import json
import sys
import time
from pathlib import Path

busy, hangs, files = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
if busy.exists():
    sys.exit("two runs of one cell at a time")
busy.touch()
time.sleep(0.05)
busy.unlink()
for path, text in files.items():
    Path(path).write_text(text)
if hangs:
    time.sleep(60)
