"""`python -m nshot`: the command line."""

from nshot.cli import main

if __name__ == "__main__":
    main()
