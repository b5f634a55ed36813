"""From observations to verdicts: the table, the reviewed forecasts, and the judge that applies both to records."""
