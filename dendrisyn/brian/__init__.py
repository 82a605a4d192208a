"""Brian2 objects of dendrisyn: the group, its step operation, cached code."""
