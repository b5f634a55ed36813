"""Sets limits on itself and becomes another program: `limited.py MEMORY FILE PROCESSOR COMMAND...`; 0 sets none.

Run by its path with `python -I`, so it needs nothing but the standard library.
"""

import os
import resource
import sys


def main(memory: str, file: str, processor: str, *command: str) -> None:
    """Limits the addresses and the size of files (bytes), and the processor time (seconds), and leaves no core."""
    for what, most in (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_FSIZE, int(file)),
        (resource.RLIMIT_CPU, int(processor)),
    ):
        _, hard = resource.getrlimit(what)
        if most and not 0 <= hard < most:
            resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execvp(command[0], command)  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main(*sys.argv[1:])
