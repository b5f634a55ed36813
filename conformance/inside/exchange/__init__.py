"""Models that change hands: in one environment they are made, in all of them they are loaded and used."""
