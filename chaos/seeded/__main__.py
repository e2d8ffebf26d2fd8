"""`python -m chaos.seeded NAME -- <words of wijd>`: wijd, with one mistake in it."""

import sys

from chaos.seeded import every
from services.__main__ import main

if __name__ == "__main__":
    _, name, dashes, *words = sys.argv
    assert dashes == "--", "the words of wijd stand behind --"
    every()[name].make()
    sys.argv = ["wijd", *words]
    main()
