"""Words that leave a reader in doubt about what a child will get, and a way to find them.

Stricter than advice to writers needs to be: the example may not use them in sections F, G, H1 or H2 at all, not even
in a sentence that also gives a number. Families of phrases follow the case law on specific and quantified provision.
"""

from __future__ import annotations

import re

VAGUE: dict[str, tuple[str, ...]] = {
    "availability, not delivery": (
        r"access(es|ed|ing)? to",
        r"have access",
        r"opportunit(y|ies)",
        r"exposure to",
        r"availability of",
        r"be offered",
        r"offered",
        r"be able to",
        r"consideration (of|for)",
        r"explor(e|es|ed|ing)",
        r"signpost(s|ed|ing)?",
    ),
    "elastic frequency": (
        r"regular(ly)?",
        r"frequent(ly)?",
        r"often",
        r"periodic(ally)?",
        r"ongoing",
        r"daily where possible",
        r"at times",
        r"throughout the day",
        r"as often as",
        r"from time to time",
        r"(?<!\d )(?<!two )(?<!three )(?<!four )(?<!five )(?<!six )sessions?",
    ),
    "elastic quantity": (
        r"up to",
        r"a minimum of(?! (\d|one|two|three|four|five|six))",
        r"some",
        r"a (range|variety) of",
        r"sufficient(ly)?",
        r"adequate(ly)?",
        r"additional(ly)?",
        r"a high level of",
        r"significant(ly)?",
    ),
    "discretion": (
        r"(?:in)?appropriate(ly)?",
        r"as required",
        r"if required",
        r"(as|when|where|if) needed",
        r"as necessary",
        r"(as|where|when) possible",
        r"as far as practicable",
        r"at the discretion",
        r"may",
        r"might",
        r"could",
        r"should",
        r"ideally",
    ),
    "soft verbs and nouns": (
        r"support(s|ed|ing|ive)?",
        r"inputs?",
        r"interventions?",
        r"help(s|ed|ing|ful)?",
        r"advice",
        r"advis(e|es|ed|ing)",
        r"guidance",
        r"assistance",
        r"strateg(y|ies)",
        r"programmes?",
        r"provision",
        r"liais(on|e|es|ed|ing)",
        r"monitor(s|ed|ing)?",
        r"encourag(e|es|ed|ing|ement)",
        r"promot(e|es|ed|ing|ion)",
        r"facilitat(e|es|ed|ing|ion)",
        r"develop(s|ed|ing|ment)?",
    ),
    "benefit language": (r"benefit(s)? from", r"recommend(s|ed|ation)?", r"is likely to need"),
    "no actor": (
        r"the (setting|school) will",
        r"school will",
        r"staff",
        r"adults",
        r"key (adult|person)",
        r"a trained adult",
        r"an appropriate professional",
        r"the team",
    ),
    "unbounded group": (r"small groups?", r"in class", r"favourable ratio", r"1:1, small group", r"or whole class"),
    "moving target": (
        r"subject to",
        r"to be (reviewed|decided|determined|agreed|confirmed)",
        r"tbc",
        r"tba",
        r"depending on",
        r"in line with",
        r"in accordance with",
        r"commensurate with",
        r"as assessed by",
    ),
    "subjective qualities": (
        r"trusted",
        r"familiar",
        r"experienced",
        r"suitabl[ey]",
        r"qualified(?! teacher)",
        r"trained(?! (in|to|by) \w)",
        r"skilled",
        r"nurtur(e|ing)",
        r"low arousal",
        r"sympathetic",
    ),
    "resource, not provision": (r"fund(s|ed|ing)", r"bands?", r"top-up", r"element 3", r"high needs", r"budget"),
    "everybody's offer": (
        r"quality first teaching",
        r"ordinarily available",
        r"differentiat(e|ed|ion)",
        r"universal",
        r"usual class arrangements",
    ),
}

_FIND = {family: re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.IGNORECASE) for family, phrases in VAGUE.items()}

PLACEMENT = re.compile(
    r"\b(mainstream|special schools?|specialist (school|setting|unit|base|college|placement)s?|placements?"
    r"|resourced|resource base|unit|residential (school|college)|independent school|academy|college"
    r"|alternative provision|nam(e|ed) (school|institution))\b",
    re.IGNORECASE,
)
"""Names for a type of school or college: no draft may propose one (Children and Families Act 2014 s.38(5))."""


def vague(text: str) -> list[str]:
    """Each vague phrase in the text, with its family, in the order of the table."""
    return [f"{family}: {hit.group()}" for family, find in _FIND.items() for hit in find.finditer(text)]
