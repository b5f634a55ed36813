"""What two runs have in common and where they differ, whichever two runs they are."""
