"""Units of the other side, behind the stop signs: us:3bn/9mar. They captured papers and never are a man's own unit."""

from catalog.migrations.rules_0_4_2.units.tokens import Token
from catalog.migrations.rules_0_4_2.units.walk import Walk
from catalog.migrations.rules_0_4_2.units.words import RANKS, VIET_CONG

SIGNS = {"nation", "foreign_arm", "formation"}
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
# "25th Infantry Division"; the 1st and the 9th were on both sides, and need their sign.
US_DIVISIONS = {("num", "4"), ("num", "23"), ("num", "25")}
INFANTRY_DIVISION = [("arm", "bobinh"), ("level", "f")]
PEOPLES_ARMY = {"nva", "pavn", *VIET_CONG}


def stops(tokens: list[Token]) -> bool:
    """Whether a stop sign stands among the tokens, or a division that only the US army had."""
    if any(token.kind in SIGNS for token in tokens):
        return True
    named = [(token.kind, token.value) for token in tokens]
    theirs = any(
        three[0] in US_DIVISIONS and list(three[1:]) == INFANTRY_DIVISION
        for three in zip(named, named[1:], named[2:], strict=False)
    )
    return theirs and not any(token.plain in PEOPLES_ARMY for token in tokens)


def before_enemy(tokens: list[Token]) -> list[Token]:
    """The tokens before "captured by", "đánh" and the like, where a stop sign follows only after it."""
    at = next((at for at, token in enumerate(tokens) if token.kind == "against"), None)
    if at and stops(tokens[at:]) and not stops(tokens[:at]):
        return tokens[:at]
    return tokens


def foreign_unit(tokens: list[Token]) -> str:
    """The unit in the form us:3bn/9mar, arvn:, rok:, aus:, thai: or fr:; "-" where no number is read."""
    for token in tokens:
        if token.kind == "formation":
            return token.value
    arms = {token.value for token in tokens if token.kind == "foreign_arm"}
    nation = next(
        (token.value for token in tokens if token.kind == "nation"), "arvn" if arms & SOUTH_VIETNAMESE else "us"
    )
    walk = Walk(tokens, foreign=True).run()
    chain = walk.chain
    found: list[str] = []
    # "Tiểu đoàn 3 TQLC" has one level; "9th Marines" beside it carries the arm.
    for level in RANKS:
        for part in chain.parts.get(level, [])[:1]:
            arm = ARMS.get(part.arm, part.arm if part.arm in REGIMENTAL | {"abn", "ranger", "sf"} else "")
            size = SIZES[level]
            if level == "e" and arm in REGIMENTAL:
                size = ""
            found.append(part.number + arm + size)
    found += [text[2:] + "corps" for kind, text in chain.uppers if kind == "qd"]
    return f"{nation}:{'/'.join(found)}" if found else "-"
