"""The command line: `program` dispatches to one module per command."""
