"""A model as data: fragments, parameters and their assembly; no Brian2 objects."""
