"""A corpus of whole programs, as people write them, and the checks that every one of them must pass."""
