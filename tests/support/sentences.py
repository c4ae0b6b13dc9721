"""Sentences that are right, in many languages and styles, and how software damages them; written for these tests."""

from __future__ import annotations

RIGHT: dict[str, tuple[str, ...]] = {
    "Vietnamese": (
        "Tôi cảm thấy mệt mỏi vì chồng tôi không nói chuyện.",
        "Chúng tôi cãi nhau về tiền bạc.",
        "Có dấu hỏi, dấu ngã: đã rẽ.",
    ),
    "Polish": ("Źle się czuję, gdy mąż milczy całą noc.", "Zażółć gęślą jaźń.", "Łódź jest daleko, a ja tęsknię."),
    "Greek": ("Νιώθω μόνη όταν δεν μου μιλάει.", "Μαλώνουμε για τα λεφτά κάθε μέρα.", "Ά, έτσι;"),
    "Russian": ("Мне одиноко, когда муж молчит.", "Мы ссоримся из-за денег.", "Ещё раз, пожалуйста."),
    "Ukrainian": ("Мені сумно, коли він мовчить.", "Їжак і ґрунт є тут."),
    "Bulgarian": ("Чувствам се сама.", "Той не ми говори вече."),
    "Arabic": ("أشعر بالوحدة عندما لا يتحدث معي.", "نتشاجر حول المال كل يوم."),
    "Persian": ("وقتی حرف نمی‌زند احساس تنهایی می‌کنم.",),
    "Hebrew": ("אני מרגישה לבד כשהוא שותק.", "אנחנו רבים על כסף."),
    "Hindi": ("जब वह चुप रहता है तो मुझे अकेलापन लगता है।", "हम पैसों पर झगड़ते हैं।"),
    "Chinese": ("他不说话的时候我觉得很孤单。", "我們每天為錢吵架。"),
    "Japanese": ("夫が黙っていると寂しいです。", "お金のことで毎日けんかします。", "カタカナも。"),
    "Korean": ("남편이 말을 안 하면 외로워요.", "돈 때문에 매일 싸워요."),
    "Thai": ("เขาเงียบแล้วฉันรู้สึกเหงา", "เราทะเลาะกันเรื่องเงินทุกวัน"),
    "Turkish": ("Kocam sustuğunda kendimi yalnız hissediyorum.", "İŞ ÇIKIŞI ÇOK GEÇ.", "Şüphesiz öğüt ığdır."),
    "French": (
        "Ça m’a blessée, où étais-tu ?",
        "« Être à l’écoute », c’est dur, n’est-ce pas ?",
        "À bientôt, Ève. Œuvre naïve.",
        "ÉTÉ À NOËL",
    ),
    "German": ("Grüße aus München, schöne Straße.", "Über Ängste spricht er nie.", "GRÖẞE und Maß: 5 €"),
    "Spanish": ("¿Qué pasó, señor? ¡Mañana más!", "ESPAÑA, AÑO NUEVO", "Él dijo «ya está»."),
    "Portuguese": (
        "NÃO SEI SE ELE ME AMA.",
        "MAÇÃ E PÃO",
        "Não, a situação é difícil.",
        "AÇÃO, EMOÇÃO, CORAÇÃO.",
        "Ã é uma letra.",
        "A IRMÃ DELE E A MÃE",
        "VOCÊ É TÃO BOM",
        "SÃO JOÃO ÀS 10H",
        "Às vezes não, às vezes sim.",
        "A avó deu à luz às três.",
    ),
    "Danish": ("Jeg føler mig alene på søndage.", "Åh, det gør ondt. Ærø."),
    "Swedish": ("Jag känner mig ensam på kvällen. Åsa är här.", "ÅÄÖ åäö"),
    "Icelandic": ("Ég er þreytt, það er erfitt.", "Þú ert góð."),
    "Czech": ("Cítím se sama, když mlčí. Příliš žluťoučký kůň.", "Žádné štěstí."),
    "Hungarian": ("Egyedül érzem magam, ha hallgat.", "Őszi űr, árvíztűrő tükörfúrógép."),
    "Romanian": ("Mă simt singură când tace.", "Țară și știință, în fața ta."),
    "Croatian": ("Osjećam se usamljeno kad šuti. Čaša, đak, žena.",),
    "Lithuanian": ("Jaučiuosi vieniša, kai jis tyli. Ąžuolas žydi.",),
    "Latvian": ("Es jūtos vientuļa, kad viņš klusē.",),
    "emoji": ("I ❤️ you 😂👍🏽", "He left 💔 and I cried 😭😭", "👨‍👩‍👧 family 🏳️‍🌈"),
    "quotes": ("don’t — “ever” … again", "She said: ‘no’ – and left…", "„So nicht“, sagte er."),
    "symbols": ("50 °C ± 2 µm × 3", "© 2024 ™ ® § 5", "1½ cups, 3² = 9", "a → b ≠ c ≤ d", "£20, €30, ¥500", "• one • two"),
    "single letters": ("Ã", "â", "Â", "é", "ü", "Ø", "Ñ"),
    "accents alone": (
        "naïve café déjà vu",
        "À la carte",
        "Pâté à l'âge",
        "crème brûlée",
        "Ångström",
        "Dvořák",
        "L’Haÿ-les-Roses",
    ),
    "upper case": ("L'ÂGE D'OR", "LE CHÂTEAU Â", "HÔTEL – CHÂTEAU™", "FÊTE À “CHÂLONS”"),
    "names": ("Zoë Müller-Lüdenscheidt", "José Ángel Muñoz", "Siân Ó Súilleabháin", "Beyoncé", "Renée’s"),
}
_HOLES = frozenset({0x81, 0x8D, 0x8F, 0x90, 0x9D})


def tables() -> tuple[str, ...]:
    """One-byte tables that UTF-8 is read with by mistake."""
    return ("cp1252", "latin-1", "cp1250", "cp1251", "mac_roman", "cp437")


def damaged(text: str, table: str, layers: int) -> str | None:
    """UTF-8 of the text read with a one-byte table, so many times; None where that cannot happen or changes nothing.

    Windows-1252 has no character for five bytes; browsers read them as control characters.
    """
    wrong = text
    for _ in range(layers):
        raw = wrong.encode()
        if table == "cp1252":
            wrong = "".join(chr(byte) if byte in _HOLES else bytes([byte]).decode("cp1252") for byte in raw)
        else:
            try:
                wrong = raw.decode(table)
            except UnicodeDecodeError:
                return None
    return wrong if wrong != text else None
