"""From a selection to records: which cells run, each cell's own run, and the matrix that runs them side by side."""
