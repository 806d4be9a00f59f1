"""Units of the other side, recognised by stop signs: us:3bn/9mar. They captured papers; none is a soldier's own unit.

A stop sign is a word that only units of the other side have: a nation, an arm, the name of a formation.
"""

from catalog.rules.units.tokens import UnitToken
from catalog.rules.units.walk import Walk
from catalog.rules.units.words import RANKS, VIET_CONG

STOP_KINDS = {"nation", "foreign_arm", "formation"}
ARMS = {
    "bobinh": "inf",
    "phaobinh": "arty",
    "tangthietgiap": "armor",
    "thietgiap": "armor",
    "tang": "armor",
    "congbinh": "engr",
}
REGIMENTAL = {"mar", "cav", "acr", "inf", "arty", "armor"}
SIZES = {"a": "sqd", "b": "plt", "c": "co", "d": "bn", "e": "regt", "lu": "bde", "f": "div"}
SOUTH_VIETNAMESE = {"ranger"}
# "25th Infantry Division"; both sides had a 1st and a 9th, so these need a stop sign.
US_DIVISIONS = {("num", "4"), ("num", "23"), ("num", "25")}
INFANTRY_DIVISION = [("arm", "bobinh"), ("level", "f")]
PEOPLES_ARMY = {"nva", "pavn", *VIET_CONG}


def has_stop_sign(tokens: list[UnitToken]) -> bool:
    """Whether there is a stop sign among the tokens, or a division that only the US army had."""
    if any(token.kind in STOP_KINDS for token in tokens):
        return True
    meanings = [(token.kind, token.value) for token in tokens]
    is_us_division = any(
        triple[0] in US_DIVISIONS and list(triple[1:]) == INFANTRY_DIVISION
        for triple in zip(meanings, meanings[1:], meanings[2:], strict=False)
    )
    return is_us_division and not any(token.plain in PEOPLES_ARMY for token in tokens)


def without_enemy(tokens: list[UnitToken]) -> list[UnitToken]:
    """The tokens before "captured by", "đánh" and the like, if stop signs come only after it; otherwise all tokens."""
    index = next((index for index, token in enumerate(tokens) if token.kind == "against"), None)
    if index and has_stop_sign(tokens[index:]) and not has_stop_sign(tokens[:index]):
        return tokens[:index]
    return tokens


def foreign_unit(tokens: list[UnitToken]) -> str:
    """The unit in the form us:3bn/9mar, arvn:, rok:, aus:, thai: or fr:; "-" if no number is read."""
    for token in tokens:
        if token.kind == "formation":
            return token.value
    arms = {token.value for token in tokens if token.kind == "foreign_arm"}
    nation = next(
        (token.value for token in tokens if token.kind == "nation"), "arvn" if arms & SOUTH_VIETNAMESE else "us"
    )
    walk = Walk(tokens, foreign=True).run()
    chain = walk.chain
    parts: list[str] = []
    # "Tiểu đoàn 3 TQLC" has one level; in "3rd Battalion, 9th Marines" the second has the arm.
    for level in RANKS:
        for part in chain.parts.get(level, [])[:1]:
            arm = ARMS.get(part.arm, part.arm if part.arm in REGIMENTAL | {"abn", "ranger", "sf"} else "")
            size = SIZES[level]
            if level == "e" and arm in REGIMENTAL:
                size = ""
            parts.append(part.number + arm + size)
    parts += [text[2:] + "corps" for kind, text in chain.uppers if kind == "qd"]
    return f"{nation}:{'/'.join(parts)}" if parts else "-"
