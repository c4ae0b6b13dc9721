"""Where a postal address of Latin America ends: after the street come the flat, the quarter, the code, the town and its state.

"Av. Insurgentes Sur 1602, Col. Crédito Constructor, 03940 Ciudad de México, CDMX"; "Rua Augusta, 1500 - Consolação,
São Paulo - SP, 01304-001". Every part is told by its word or its form; a town alone by its capital behind a comma.
"""

from __future__ import annotations

import re

_NAME = r"(?-i:[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ])[\w'’-]*"
_NAMES = rf"{_NAME}(?:\s(?:(?:d[aeo]s?|del|de\s(?:la|las|los)|el|la|las|los|e|y)\s)?{_NAME}){{0,3}}"
_STATES = (
    r"(?-i:AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO|CDMX)\b|D\.\s?F\.?"
    r"|(?-i:Ags|B\.C|Camp|Chih|Chis|Coah|Col|Dgo|Edo\.\sMéx|Gro|Gto|Hgo|Jal|Mich|Mor|Nay|N\.L|Oax|Pue|Qro|Q\.\sRoo|Sin|Son|Tab|Tamps"
    r"|Tlax|Ver|Yuc|Zac)\."
)
_QUARTER = (
    r"(?:col|colonia|fracc|fraccionamiento|bairro|barrio|jardim|jd|urb|urbanização|alcaldía|alcaldia|delegación|delegacion|conjunto|setor)"
    r"\.?\s+[^\W\d_][\w'’-]*(?:\s(?:(?:d[aeo]s?|del|el|la|las|los)\s)?" + _NAME + r"){0,3}"
)
_UNIT = (
    r"(?:#|no\.?|núm\.?|int\.?|interior|depto\.?|apto\.?|ap\.?|apartamento|departamento|bloco|torre|casa|lote|manzana|mz\.?|lt\.?|sala|piso)"
    r"\s?\w{1,4}\b|\d{1,2}\s?[ºª°]\s(?:andar|piso)"
)
_CODE = rf"(?:c\.?\s?p\.?:?\s*|cep:?\s*)?\d{{5}}(?:-\d{{3}})?(?![\w-])(?:\s+(?!(?:y|e|and|but|please)\b){_NAMES})?"
_LABELLED_CODE = r"(?:c\.\s?p\.|cp|cep|código\spostal):?\s*\d{5}(?:-\d{3})?(?![\w-])"
_GAP = r"(?:\s*,\s*|\s+[-–]\s+|\s*/\s*)"
_TOWN = rf"{_NAMES}(?=\s*[,./\n]|\s+[-–]\s|\s*\Z)"
_PART = re.compile(
    rf"(?:{_GAP}(?:{_UNIT}|{_QUARTER}|{_CODE}|{_STATES}|{_TOWN})"
    rf"|\s+(?:{_UNIT}|{_STATES}|{_LABELLED_CODE})|-[A-Z]\b|(?<=\d{{5}})-\d{{3}}(?![\w-])(?:\s+{_NAMES})?|\s(?:andar|piso)\b|\s*\n\s*(?:{_QUARTER}|{_CODE}))",
    re.I,
)


def end_of(text: str, last: int) -> int:
    """Where the address ends whose street and number end at ``last``."""
    while part := _PART.match(text, last):
        last = part.end()
    return last
