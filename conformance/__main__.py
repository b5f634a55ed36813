"""`python -m conformance`: see `--help`."""

import sys

from conformance.commands.program import main

sys.exit(main(sys.argv[1:]))
