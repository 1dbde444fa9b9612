"""`python -m tests.random_programs --count 5000 --seed 1`: runs random programs, prints failures made
small."""

from .campaign import main

main()
