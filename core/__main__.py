"""`docwatch`, and `python -P -m docwatch`: hands over to the command line."""

import gc

# Before the imports: what they make stays, and to look for garbage in it takes a tenth of a command's time.
gc.set_threshold(50_000)

from docwatch.frontends.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
