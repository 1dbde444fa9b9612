"""`python -m sourcead` is the command `sourcead`."""

from .cli import main

if __name__ == "__main__":
    main()
