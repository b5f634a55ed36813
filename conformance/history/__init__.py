"""What became of each claim over the runs: the store of runs, the lines through it, the page and the feed."""
