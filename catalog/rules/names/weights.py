"""The one table of weights for names, and the pairs of names that are one name in two regions.

Source: docs/field/names.md, Weights; the figures marked "tuned" were set on the table of pairs and on the generated
archive of
`manage.py benchmark people`.
"""

MATCH, POSSIBLE = 0.78, 0.60

# The weight of each part. The given name has 0.65 because fewer than twenty family names cover most people.
FAMILY, MIDDLE, GIVEN = 0.20, 0.15, 0.65

# Per token: (in the family or a middle name, in the given name). 0: no similarity.
TOKEN: dict[str, tuple[float, float]] = {
    "equal": (1.0, 1.0),
    "decoded": (0.98, 0.98),  # Telex, VNI, VIQR; a stored alias or another reading of the writing
    "iy": (0.97, 0.97),
    "unmarked": (0.95, 0.95),
    "hoi_nga": (0.92, 0.92),
    "partial_marks": (0.92, 0.92),
    "foreign": (0.92, 0.92),
    "initial": (0.85, 0.0),
    "marks_differ": (0.85, 0.60),  # one mark: the tone, or the vowel, or the stroke of đ
    "two_marks_differ": (0.85, 0.35),
    "misread": (0.80, 0.58),
    "dropped": (0.80, 0.58),  # given names: tuned, only where one side is no Vietnamese syllable
    # Sounds that dialects do not tell apart: ch and tr, s and x, d, gi and v, l and n, final n and ng.
    "merge": (0.80, 0.62),
    "regional": (0.80, 0.65),
}

# On the whole name.
WHOLE: dict[str, float] = {
    "given_first": 0.95,
    "middle_missing": 0.88,
    "family_missing": 0.85,
    "middle_differs": 0.80,
    "family_pair": 0.75,
    "sexes": 0.40,
    "family_differs": 0.40,
    "unlikely": 0.85,  # tuned: an order that is unlikely for these words
    "family_slip": 0.80,  # tuned: a family name one letter off that is a syllable of its own (Tan for Trần)
    "initial_alone": 0.85,  # tuned: an initial for the family name, and no middle name to go with it
    "two_words_turned": 0.86,  # tuned: "Phu Tran" can be found, but below every match
}
GIVEN_ALONE, GIVEN_ALONE_RARE = 0.50, 0.90

# Northern and southern forms of one family name (docs/field/names.md, Weights).
FAMILY_PAIRS = frozenset(frozenset(pair) for pair in (("vu", "vo"), ("hoang", "huynh"), ("chu", "chau")))

# Northern and southern forms of one given name: naming taboos of the Nguyễn lords and later use. The first three pairs
# are those of 5.2; the others general knowledge. The tone must agree where both are written.
GIVEN_PAIRS_LIST = """
phuc/phuoc nhan/nhon chinh/chanh sinh/sanh tinh/tanh canh/kieng nghia/ngai nhat/nhut thai/thoi tung/tong truong/trang
dung/dong hoang/huynh vu/vo bao/buu hoa/hue loi/li linh/lanh thinh/thanh chan/chon son/san cuong/cang uy/oai kinh/kieng
thu/tho quy/quoi danh/doanh duong/dang dam/dom menh/mang yen/an
"""
GIVEN_PAIRS = frozenset(frozenset(pair.split("/")) for pair in GIVEN_PAIRS_LIST.split())
