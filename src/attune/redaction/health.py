# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Health information in the sense of HIPAA: a person's own diagnoses, doses, laboratory values and record numbers.

Precise on purpose: coaching is about depression, anxiety or a partner's ADHD, and these are kept. What is found here identifies
a medical history: a stated diagnosis by a professional or by name, medication with a dose, a laboratory
value with its unit, a medical record or insurance number. Only what users say counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from attune.redaction.lexicon import any_digit

_CONDITION = (
    r"(?:hiv|aids|hepatitis(?: [abc])?|(?:type (?:1|2|one|two) )?diabetes|cancer|(?:breast|lung|prostate|colon|skin|ovarian|cervical|thyroid|bladder|brain) cancer|leukemia|lymphoma|melanoma|tumou?r"
    r"|multiple sclerosis|\bms\b|lupus|epilepsy|crohn'?s(?: disease)?|ulcerative colitis|parkinson'?s|alzheimer'?s|dementia|huntington'?s|als|cystic fibrosis"
    r"|copd|asthma|heart (?:disease|failure)|hypertension|high blood pressure|kidney (?:disease|failure)|cirrhosis|endometriosis|pcos|fibromyalgia|rheumatoid arthritis"
    r"|bipolar(?: (?:disorder|i|ii|1|2))?|schizophrenia|schizoaffective(?: disorder)?|borderline(?: personality disorder)?|bpd|ptsd|c-?ptsd|adhd|add|ocd|autism|asd"
    r"|(?:major |clinical )?depress(?:ion|ive disorder)|(?:major depressive|generali[sz]ed anxiety|panic|social anxiety|dissociative identity|eating|personality|anxiety) disorder|mdd|gad|anorexia|bulimia"
    r"|herpes|hpv|chlamydia|gonorrh?ea|syphilis|infertility|depresión|diabetes tipo [12]|esclerosis múltiple|cáncer|krebs|depressionen?|bipolare störung|multiple sklerose)"
)
_OWN = r"\b(?:i|i've|ive|i'm|im|i was|i am|i have|i got|me|my)\b"
_EXPRESSIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "diagnosis",
        re.compile(
            rf"\b(?:i(?:'ve| have| had)?(?: just| recently| also| finally| formally| officially)?(?: been| was| got| am|'m)?|ive been|im|i'm)(?: \w+){{0,2}} (?:diagnosed|dx'?d)(?: \w+){{0,6}}? (?:with|as(?: having)?|w/)(?: \w+){{0,4}}? {_CONDITION}\b"
            rf"|\bmy (?:official |recent |new )?diagnosis (?:is|was|of|came back as|:)(?: \w+){{0,4}}? ?{_CONDITION}\b"
            rf"|\b(?:doctor|psychiatrist|specialist|neurologist|oncologist|physician|gp)(?: \w+){{0,3}} (?:diagnosed me|told me i have|says i have|said i have|confirmed i have)(?: \w+){{0,5}}? {_CONDITION}\b"
            rf"|\bi(?:'m| am) (?:hiv|hep(?:atitis)? ?c)[ -]?positive\b|\bi(?: have|'ve got|ve got) (?:stage (?:[1-4]|i{{1,3}}v?|one|two|three|four) (?:\w+ )?(?:cancer|lymphoma|melanoma)|type (?:1|2|one|two) diabetes|hiv|(?:breast|lung|prostate|colon|ovarian|cervical|thyroid) cancer)\b"
            rf"|\bmy (?:\w+ )?(?:doctor|psychiatrist|specialist|neurologist|oncologist|physician|gp) (?:just |has )?(?:confirmed|found|suspects|diagnosed)(?: (?:it is|that it is|a|the|me with))?(?: stage \w+)? {_CONDITION}\b"
            rf"|\bmy {_CONDITION} diagnosis\b"
            rf"|\b(?:me diagnosticaron|me han diagnosticado|fui diagnosticad[oa] con)(?: \w+){{0,4}}? {_CONDITION}\b|\b(?:bei mir wurde|ich habe die diagnose)(?: \w+){{0,5}}? {_CONDITION}\b",
            re.I,
        ),
    ),
    (
        "medication",
        re.compile(
            r"\b(?:i|i'm|im|i've|ive|me|my (?:doctor|psychiatrist|gp|nurse)|my dose|my meds?|my medication|my prescription|ich|mir|tomo|me recetaron)\b[^.!?\n]{0,60}?\b[a-z]{4,}\s+(?:\w+\s+){0,2}?\d+(?:[.,]\d+)?\s?(?:mg|mcg|µg|milligrams?|miligramos|milligramm|units|iu)\b"
            r"|\b(?:i|i'm|im|me|my (?:doctor|psychiatrist|gp)|my dose|ich|mir|tomo|me recetaron)\b[^.!?\n]{0,60}?\b\d+(?:[.,]\d+)?\s?(?:mg|mcg|µg|milligrams?|miligramos|milligramm|units of insulin)\s+(?:of |de )?[a-z]{4,}",
            re.I,
        ),
    ),
    (
        "laboratory value",
        re.compile(
            r"\b(?:a1c|hba1c|tsh|psa|ldl|hdl|triglycerides|cholesterol|creatinine|hemoglobin|haemoglobin|platelets?|viral load|cd4(?: count)?|ferritin|glucose|blood sugar|potassium|testosterone|bilirubin|alt|ast|egfr|lithium level|wbc|vitamin d|blood pressure)"
            r"(?: \w+){0,4}? (?:is|was|at|of|came back(?: at| as)?|:|=|hit|measured)\s*(?:about |around |over |under )?\d+(?:[.,/]\d+)?\s?(?:%|mg/dl|mmol(?:/l)?|ng/ml|iu|u/l|mm ?hg|copies(?:/ml)?|g/dl|pg/ml|µg/l|/\d{2,3})?"
            r"|\b(?:hcg|amh|fsh|inr|crp)(?: (?:is|was|at|of|level|levels)){0,2} \d+(?:[.,]\d+)*\s?(?:m?iu/ml|ng/ml|mg/l|pmol/l)?"
            r"|\b(?:the lab|my tests?|my results?|my blood work)(?: \w+){0,4}?,? (?:said |came back |says )?(?:a )?positive (?:\w+ )?(?:test|result|for)\b",
            re.I,
        ),
    ),
    (
        "record number",
        re.compile(
            r"\b(?:mrn|medical record(?: number| no\.?| #)?|patient (?:id|number|no\.?)|health (?:plan|insurance|card) (?:id|number|no\.?)|medicare (?:id|number|no\.?)|medicaid (?:id|number|no\.?)|nhs (?:number|no\.?)|insurance (?:member )?(?:id|number)|rx ?(?:number|#|no\.?))"
            r"(?: is| was|:|#)*\s*#?\s*(?:[a-z]{0,4}-?\d[\d -]{4,}|\[[A-Z_]+\])",
            re.I,
        ),
    ),
)  # fmt: skip
_CUE = re.compile(r"diagnos|dx|hcg|amh|fsh|inr|crp|the lab|my test|my result|\d ?(?:mg|mcg|µg|mill?i?gram|units|iu)|positive|stage|diabet|told me i have|i have i|says i have|said i have|confirmed|cancer|hiv|a1c|tsh|psa|ldl|hdl|triglyc|cholest|creatin|moglobin|platelet|viral|cd4|ferritin|glucose|blood|potassium|testoster|bilirubin|egfr|lithium|wbc|vitamin|mrn|record|patient|insurance|medic|health|nhs|rx|\balt\b|\bast\b", re.I)  # fmt: skip

# The same cues as in ``_CUE``, in lower case: looking for one after the other is ten times as fast as the expression.
_CUE_WORDS = (
    "diagnos", "dx", "hcg", "amh", "fsh", "inr", "crp", "the lab", "my test", "my result", "positive", "stage", "diabet",
    "told me i have", "i have i", "says i have", "said i have", "confirmed", "cancer", "hiv", "a1c", "tsh", "psa", "ldl", "hdl",
    "triglyc", "cholest", "creatin", "moglobin", "platelet", "viral", "cd4", "ferritin", "glucose", "blood", "potassium",
    "testoster", "bilirubin", "egfr", "lithium", "wbc", "vitamin", "mrn", "record", "patient", "insurance", "medic", "health",
    "nhs", "rx",
)  # fmt: skip
_CUE_REST = re.compile(r"\d ?(?:mg|mcg|µg|mill?i?gram|units|iu)|\balt\b|\bast\b", re.I)
# Letters that stand for another one where case is ignored, and not in lower case.
_ODD_CASE = re.compile("[\u0130\u0131\u017f\u212a]")

#: The kinds that ``find_health`` can return.
KINDS = tuple(kind for kind, _ in _EXPRESSIONS)


def find_health(messages: Iterable[Mapping[str, str]]) -> list[str]:
    """The kinds of health information that users state about themselves, in the order of ``KINDS``; empty: none."""
    texts = [message["content"] for message in messages if message["role"] == "user" and _has_cue(message["content"])]
    if not texts:
        return []
    return [kind for kind, expression in _EXPRESSIONS if any(expression.search(text) for text in texts)]


def _has_cue(text: str) -> bool:
    """Whether ``_CUE`` is in a text."""
    lower = text.lower()
    for cue in _CUE_WORDS:
        if cue in lower:
            return True
    if ("alt" in lower or "ast" in lower or any_digit(text)) and _CUE_REST.search(text):
        return True
    return not text.isascii() and _ODD_CASE.search(text) is not None and _CUE.search(text) is not None
