"""What a run asks somebody to look at, told where CI systems and issue trackers show it."""
