"""Rebuilds the files of the name recognizer: ``python -m tools.train_names lexicon|model``."""

from __future__ import annotations

import argparse
from pathlib import Path

from attune.redaction.lexicon import FILE as LEXICON
from attune.redaction.name_model import FILE as MODEL


def main() -> None:
    """Read the command line and build one file."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_names", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    lexicon = commands.add_parser("lexicon", help="the word and name lists (needs Faker, wordfreq and SCOWL)")
    lexicon.add_argument("--scowl", type=Path, default=Path("/usr/share/dict/scowl"), help="folder of SCOWL's lists")
    lexicon.add_argument("--output", type=Path, default=LEXICON)
    model = commands.add_parser("model", help="the name model (needs Faker and python-crfsuite; minutes on one core)")
    model.add_argument("--texts", type=int, default=36_000, help="number of training texts to generate")
    model.add_argument("--iterations", type=int, default=80, help="maximum number of L-BFGS iterations")
    model.add_argument("--output", type=Path, default=MODEL)
    arguments = parser.parse_args()
    if arguments.command == "model":
        from tools.train_names.model import train

        train(arguments.output, arguments.texts, arguments.iterations)
        return
    from tools.train_names import lexicon as lexicon_module

    lexicon_module.write(arguments.scowl, arguments.output)


if __name__ == "__main__":
    main()
