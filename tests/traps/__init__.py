"""The rows of the table of traps, each tested by its number."""
