"""The command line, declared once: from these declarations come the nox sessions, the parsers, the help, the arguments
of child processes and the table in docs/commands.md. Importing them needs nothing but the standard library and msgspec.
"""
