# ruff: noqa: E501, SIM905 - word lists stay on the line where they can be read as one
"""Words for what people are to each other, and for whose they are."""

from __future__ import annotations

SPOUSES = frozenset(
    """wife husband hubby hubs wifey partner boyfriend girlfriend bf gf fiance fiancee spouse esposa esposo marido mujer novio novia pareja
    frau mann ehefrau ehemann freund freundin verlobter verlobte""".split()
)
KIN = SPOUSES | frozenset(
    """ex exwife exhusband son daughter kid child baby sister brother sis bro sibling twin mom mum mother mama dad father papa stepdad stepmom
    stepson stepdaughter stepfather stepmother cousin uncle aunt auntie niece nephew grandma grandpa grandmother grandfather nana granny
    friend bestie bff mate buddy pal roommate flatmate housemate neighbor neighbour boss manager supervisor coworker colleague teammate
    assistant teacher coach tutor therapist counselor counsellor psychologist psychiatrist doctor nurse dentist lawyer pastor priest mentor
    landlord client student crush date classmate wife's hija hijo hermana hermano madre padre mamá papá amiga amigo prima primo tía tío
    jefe jefa vecina vecino suegra suegro tochter sohn schwester bruder mutter vater oma opa chef chefin nachbar nachbarin kollege kollegin
    mil fil sil bil dog cat puppy kitten""".split()
)
OWNERS = frozenset(
    "my his her our their your ur the a me mi su tu nuestra nuestro mein meine meinem meinen meiner sein seine ihr ihre unser unsere".split()
)
