"""What a run asks somebody to look at, shown where CI systems and issue trackers show it."""
