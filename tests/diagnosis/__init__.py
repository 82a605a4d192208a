"""Each trap is found, its remedy mends it, and what is like it is left alone."""
