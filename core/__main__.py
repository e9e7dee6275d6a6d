"""`docwatch`, and `python -P -m docwatch`: hands over to the command line."""

from docwatch.frontends.cli import main

if __name__ == "__main__":
    main()
