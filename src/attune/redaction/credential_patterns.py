# ruff: noqa: E501, SIM905 - expressions and word lists stay on the line where they can be read as one
"""What opens doors: API keys, tokens, private keys, passwords, PINs."""

from __future__ import annotations

from attune.redaction import validators as check
from attune.redaction.expressions import CHECKED, CUED, END, FORM, IS, START, pattern

_LABEL = r"(?:pass ?words?|passwort|passwörter|wachtwoord|passwd|passphrase|passcode|pwd|pw|kennwort|contraseña|clave|mot de passe|login|log-in)"
SECRETS = (
    pattern("API_KEY", r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[\w-]{12,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bhf_\w{20,}|\bnpm_\w{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\bAC[0-9a-f]{32}\b|\bwhsec_\w{16,}|\bdop_v1_\w{16,}|\bshp(?:at|ss)_\w{16,}", CHECKED + 5, check.has_digit, flags=0),
    pattern("API_KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", CHECKED + 5),
    pattern("API_KEY", rf"{START}(?:(?:api|access|secret|auth|private)[ _-]?)?(?:key|token|secret|bearer){END}{IS}([\w+/.=-]{{12,}})", CUED + 2, check.mixed, group=1),
    pattern("API_KEY", r"(?<![\w/])(?=[a-z]*\d)(?=[\d]*[a-f])[0-9a-f]{32,}(?!\w)", FORM),
    pattern("PASSWORD", rf"{START}{_LABEL}{END}[\"']?(?:\s+(?:for|to|on|at|of|für|de|del|für)\s+(?:\S+\s+){{1,4}}?)?\s*(?:\bis\b|\bwas\b|\bto\b|\bist\b|\bwar\b|\bes\b|\best\b|[:=,]|->)\s*(?:still |now |just |also |only |simply )?[\"'“‘`]?([^\s\"'”’`]{{3,40}}[^\s\"'”’`.,;?)])", CUED + 1, check.secret_word, group=1),
    pattern("PASSWORD", r"\b(?:password|passwort|wachtwoord|pwd|pw|pass|contraseña|kennwort)\s+([^\s]{4,40}[^\s.,;?)])", CUED, check.mixed, group=1),
    pattern("PASSWORD", r"\b(?:user(?:name)?|login|account)\s*[:=]\s*[^\s:/]{2,30}\s*[/|,;]\s*([^\s]{4,40}[^\s.,;?)])", CUED, check.mixed, group=1),
)  # fmt: skip
SECRET_WORDS = frozenset(
    """key token secret bearer password passwords passwort passwörter wachtwoord passwd passphrase passcode pass pwd pw kennwort contraseña
    clave mot login logins log begin api username""".split()
)
KEY_STARTS = (
    "sk-", "sk_", "pk_", "rk_", "AKIA", "ASIA", "AIza", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat", "glpat", "xox", "ya29",
    "hf_", "npm_", "SG.", "whsec", "dop_v1", "shpat", "shpss", "PRIVATE KEY",
)  # fmt: skip
PINS = (
    pattern("PASSWORD", rf"{START}(?:pin|cvv2?|cvc2?|passcode|security code|(?:door|gate|alarm|access|entry|verification|login|sms) code|otp|code){END}{IS}(\d{{3,8}})\b", CUED - 5, group=1, cues="pin cvv cvc code passcode otp"),
)  # fmt: skip
