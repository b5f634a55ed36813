"""The probes: one module per row of the documented tables. They run inside an environment, never on the host."""
