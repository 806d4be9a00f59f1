"""The words of unit notation as data: what a word or phrase, folded, can mean in a unit.

Source: docs/field/units.md, Reading; abbreviations and the names of regions are general knowledge, unverified.
A row is "value: phrase | phrase". A phrase in capitals counts only if it is written in capitals, because "tt" or "us"
are otherwise parts of ordinary words.
"""

from collections.abc import Iterator
from dataclasses import dataclass

LETTERS = "abcdef"
RANKS = ("a", "b", "c", "d", "e", "lu", "f")


@dataclass(frozen=True)
class Sense:
    """What a phrase means. kind: level, upper, region, arm ...; lang: vi or en; caps: only if written in capitals."""

    kind: str
    value: str
    lang: str = "vi"
    caps: bool = False


# "td" is tiểu đoàn or trung đoàn; "lu", the brigade, is our extension: above d, below f, stored with the uppers.
LEVELS_VI = """
a: tieu doi
b: trung doi | tr doi | trdoi
c: dai doi | dd | d doi | ddoi
d: tieu doan
e: trung doan | trd | tr d | tr doan | trdoan
f: su doan | su | dai doan | sd | s d | s doan | sdoan
lu: lu doan | lu
td: td | t d | t doan | tdoan
"""
LEVELS_EN = """
a: squad | squads | sqd
b: platoon | platoons | plt | plat | pltn
c: company | companies | co | coy | battery
d: battalion | battalions | bn | bns | btn | batt | battn | squadron
e: regiment | regiments | regt | rgt | regts | reg
f: division | divisions | div | divn
lu: brigade | bde | brig
"""
# huyendoi, binhtram, and doan for "binh đoàn", are our extensions too.
UPPERS_VI = """
qd: quan doan | qd
qk: quan khu | qk
khu: khu
lk: lien khu | lk
pk: phan khu | pk
front: mat tran | mt | chien truong
tinhdoi: tinh doi | thanh doi | bo doi tinh | bo doi dia phuong tinh | luc luong vu trang tinh
huyendoi: huyen doi | bo doi huyen | bo doi dia phuong huyen
binhtram: binh tram
doan: doan | binh doan
letterbox: hom thu | ht | thu hom
worksite: cong truong
farm: nong truong
"""
UPPERS_EN = """
qd: corps | army corps
qk: military region | military zone | mil region | mr
khu: zone | region
lk: interzone | inter zone | interregion | inter region | joint zone
pk: sub region | subregion | sub zone | subzone | sr
front: front | theatre | theater
tinhdoi: provincial unit | province unit | provincial forces | provincial force | province forces
huyendoi: district unit | district forces | district force
doan: group
letterbox: letterbox | letter box | lbn | mailbox | letter box number
worksite: worksite | work site | construction site
farm: farm
"""
# Code and slug: qktb, but front:tay-nguyen. Tả Ngạn and Tây Nguyên share initials; only the former was a military
# region.
REGIONS = """
tb tay-bac: tay bac | northwest | northwestern | north west | north western | NW
vb viet-bac: viet bac
db dong-bac: dong bac | northeast | northeastern | north east
tt tri-thien: tri thien | tri thien hue | TTH
tn ta-ngan: ta ngan | left bank
hn huu-ngan: huu ngan | right bank
tng tay-nguyen: tay nguyen | western highlands | central highlands
td thu-do: thu do
"""
ARMS = """
bobinh: bo binh | infantry | inf | BB
congbinh: cong binh | engineer | engineers | engr | engrs | CB
daccong: dac cong | sapper | sappers | DC
daccongnuoc: dac cong nuoc | dac cong thuy | naval sapper
phaobinh: phao binh | phao | phao mat dat | artillery | arty | PB
caoxa: cao xa | anti aircraft | antiaircraft | CX | AA
phaocaoxa: phao cao xa | phao phong khong | anti aircraft artillery | antiaircraft artillery | PCX | AAA
phongkhong: phong khong | air defense | air defence | PK
smpk: sung may phong khong | sung may cao xa | anti aircraft machine gun | antiaircraft machine gun | 12 ly 7 | 12 7 ly | 12 7 mm | SMPK | AAMG
thongtin: thong tin | thong tin lien lac | signal | signals | sig | communications | communication | commo | TT
trinhsat: trinh sat | recon | reconnaissance | rcn | scout | TS
vantai: van tai | transportation | transport | trans | VT
quany: quan y | medical | med | QY
hoahoc: hoa hoc | chemical | HH
tang: xe tang | tank | tanks
tangthietgiap: tang thiet giap | armored | armor | armoured | TTG
thietgiap: thiet giap | TG
dkz: dkz | dk | dkz 75 | dkz 82 | dkz 57 | recoilless | recoilless rifle | recoilless gun
coi: coi | sung coi | coi 60 | coi 81 | coi 82 | coi 100 | coi 120 | sung coi 82 | mortar | mortars | mort
sungmay: sung may | dai lien | machine gun
trochien: tro chien | heavy weapons
hoaluc: hoa luc | fire support
haucan: hau can | logistics | rear services | rear service
tenlua: ten lua | missile
rada: ra da | radar
canhve: canh ve | security | guard
vebinh: ve binh
huanluyen: huan luyen | training
giaolien: giao lien | commo liaison
bietdong: biet dong
haiquan: hai quan | naval
"""
# Stop signs. "us" is the default if only the arm is named.
NATIONS = """
us: us army | usmc | usa | US | u s | american | united states | hoa ky | my | mi | cua my | linh my | quan my | quan doi my | giac my
arvn: arvn | qlvnch | vnch | rvn | rvnaf | vietnamese marine | viet nam cong hoa | quan luc viet nam cong hoa | south vietnamese | quan doi sai gon | nguy | quan nguy | linh nguy | regional forces | popular forces | dia phuong quan | nghia quan | bao an | kbc
rok: rok | ROKA | korean | korea | republic of korea | dai han | han quoc | nam trieu tien | nam han
aus: australian | RAR | anzac | quan uc | cua uc
thai: thai lan | thailand
fr: french | quan phap | linh phap | cua phap
"""
FOREIGN_ARMS = """
mar: marine | marines | tqlc | thuy quan luc chien | linh thuy danh bo
cav: cavalry | cav | ky binh bay | ky binh | air cavalry | air cav | ky binh khong van
acr: armored cavalry | armoured cavalry
abn: airborne | abn | nhay du | linh du | du | parachute
ranger: ranger | rangers | biet dong quan | bdq
sf: green berets | lld b
"""
FORMATIONS = """
us:americaldiv: americal | americal division
rok:tigerdiv: manh ho | tiger division | capital division
rok:whitehorsediv: bach ma | white horse | white horse division
rok:bluedragonbde: rong xanh | blue dragon | blue dragon brigade
"""
AGAINST = "captured by | killed by | against | versus | vs | danh | chong | diet | bi"
HEADQUARTERS = "hq | hqs | headquarters | ban chi huy | bch | so chi huy | bo chi huy | command post"
ATTACH = (
    "tc | tc cho | tang cuong | tang cuong cho | phoi thuoc | phoi thuoc cho | reinforcing | attached to | "
    "attached | in support of | supporting | opcon to"
)
ATTACH_PASSIVE = "duoc tang cuong | co tang cuong | reinforced by | reinforced with | supported by"
POSITIONS = """leader | commander | cdr | ldr | chief | commanding officer | political officer | executive officer | xo
| deputy | deputy commander | sergeant | assistant | cadre | commissar | chinh tri vien | chinh tri vien pho | chinh uy | ctv
| tinh doi truong | huyen doi truong | xa doi truong | si quan | chien si | soldier"""
JOINING = (
    "of | the | thuoc | cua | from | in | to | don vi | dv | unit | va | and | cho | duoc | tinh | province | "
    "bo tu lenh | btl | phien hieu | bo doi"
)
NOISE = """so | no | number | nr | thu
| pavn | nva | vc | viet cong | vietcong | plaf | nlf | qdnd | qdndvn | main force | local force | mf | lf | independent | separate
| quan doi nhan dan viet nam | quan doi nhan dan | quan giai phong | giai phong quan | giai phong | mat tran dan toc giai phong
| national liberation front | chu luc | doc lap | dia phuong | co dong | provincial | army | people s army | light"""
VIET_CONG = {"vc", "viet cong", "vietcong", "plaf", "nlf", "quan giai phong", "giai phong quan"}
# After these words "B3" or "A1" is an address, a hill or a sheet, not a unit.
LOCATORS = {
    "phong", "nha", "lo", "khoi", "khoa", "hem", "ngo", "hang", "room", "lot", "block", "bang", "muc", "hinh", "trang",
    "page", "doi", "hill", "diem", "go", "lop", "duong", "road", "highway", "sung", "vitamin", "phu", "luc",
    "annex", "appendix", "grade", "plan", "xom", "thon", "ap",
}  # fmt: skip
AIRCRAFT = {"may bay", "phi co", "aircraft", "jet", "plane", "phan luc"}
NOT_UNITS = {
    "b40", "b41", "b52", "b57", "b26", "k43", "k44", "k50", "k51", "k53", "k54", "k56", "k59", "k63", "a72", "h12",
}  # fmt: skip
GOING = {"di", "vao", "sang", "ra"}
PLACE_BEFORE = {"tai", "o", "que", "quan", "at", "in", "near", "from", "tu", "huyen", "xa", "sinh", "born"}
ROMAN = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10",
}  # fmt: skip
ORDINALS = {
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8",
    "ninth": "9", "tenth": "10",
}  # fmt: skip
# Only with their marks: "nam" without marks is a year or a name.
NUMERALS_VI = {
    "một": "1", "hai": "2", "ba": "3", "bốn": "4", "năm": "5", "sáu": "6", "bảy": "7", "tám": "8", "chín": "9",
    "mười": "10",
}  # fmt: skip
KNOWN_DIVISIONS = set(
    """1 2 3 4 5 6 7 8 9 10 31 302 303 304 305 308 309 312 316 320 324 325 330 332 335 338 339 341 350 351 361 363 365 367
    371 375 377 390 470 471 472 473 565 571 673 711 968""".split()
)
DIVISION_LETTERS = {"304": "b", "308": "b", "312": "b", "320": "ab", "324": "b", "325": "abcd", "341": "b"}
# The 9th Division's regiments (docs/field/units.md, Reading): their own names, and the numbers that only the other side used.
OWN_NAMES = {"q761": "e1/f9", "q762": "e2/f9", "q763": "e3/f9"}
US_NAMES = {"271": "e1/f9", "272": "e2/f9", "273": "e3/f9"}
PROVINCES = """an giang | ba ria | ba ria vung tau | bac can | bac kan | bac giang | bac lieu | bac ninh | bac thai | ben tre
| bien hoa | binh dinh | binh duong | binh long | binh phuoc | binh thuan | binh tri thien | binh tuy | ca mau | can tho
| cao bang | chau doc | cuu long | da nang | dac lac | dak lak | dak nong | dien bien | dong nai | dong thap | gia dinh
| gia lai | go cong | ha bac | ha dong | ha giang | ha nam | ha nam ninh | ha noi | ha son binh | ha tay | ha tinh
| hai duong | hai hung | hai phong | hau giang | hoa binh | hue | hung yen | khanh hoa | kien giang | kien hoa | kien tuong
| kon tum | kontum | lai chau | lam dong | lang son | lao cai | long an | long khanh | long xuyen | minh hai | my tho
| nam dinh | nam ha | nghe an | nghe tinh | nghia binh | nghia lo | ninh binh | ninh thuan | phu khanh | phu tho | phu yen
| phuoc long | phuoc tuy | pleiku | quang binh | quang da | quang duc | quang nam | quang nam da nang | quang ngai
| quang ninh | quang tin | quang tri | rach gia | sa dec | sai gon | sai gon gia dinh | soc trang | son la | son tay
| song be | tay ninh | thai binh | thai nguyen | thanh hoa | thu dau mot | thu bien | thua thien | thua thien hue
| tien giang | tra vinh | tuyen duc | tuyen quang | vinh binh | vinh linh | vinh long | vinh phu | vinh phuc | yen bai"""
FRONT_NAMES = "duong 9 | duong 9 khe sanh | khe sanh | dien bien phu | cam lo"


def rows(text: str) -> list[tuple[str, list[str]]]:
    """The lines "value: phrase | phrase" of a table as (value, phrases)."""
    lines = [line.partition(":") for line in text.strip().splitlines()]
    return [(value.strip(), phrases(listed)) for value, _, listed in lines]


def phrases(text: str) -> list[str]:
    """The phrases of a list separated by bars."""
    return [" ".join(phrase.split()) for phrase in text.split("|")]


def _phrases_with_kind() -> Iterator[tuple[str, str, str]]:
    """(phrase, kind, value) of the tables without languages."""
    for kind, text in (("noise", NOISE), ("joining", JOINING), ("position", POSITIONS), ("hq", HEADQUARTERS)):
        yield from ((phrase, kind, phrase) for phrase in phrases(text))
    yield from ((phrase, "province", phrase.replace(" ", "-")) for phrase in phrases(PROVINCES))
    yield from ((phrase, "against", phrase) for phrase in phrases(AGAINST))
    for line in FORMATIONS.strip().splitlines():
        value, _, formations = line.partition(": ")
        yield from ((phrase, "formation", value) for phrase in phrases(formations))
    yield from ((phrase, "front_name", phrase.replace(" ", "-")) for phrase in phrases(FRONT_NAMES))
    for value, text in (("active", ATTACH), ("passive", ATTACH_PASSIVE)):
        yield from ((phrase, "attach", value) for phrase in phrases(text))


def _lexicon() -> dict[tuple[str, ...], Sense]:
    lexicon: dict[tuple[str, ...], Sense] = {}

    def put(phrase: str, kind: str, value: str, lang: str = "vi") -> None:
        lexicon[tuple(phrase.lower().split())] = Sense(kind, value, lang, phrase.isupper())

    for phrase, kind, value in _phrases_with_kind():
        put(phrase, kind, value)
    for kind, lang, table in (
        ("arm", "", ARMS),
        ("region", "", REGIONS),
        ("level", "vi", LEVELS_VI),
        ("level", "en", LEVELS_EN),
        ("upper", "vi", UPPERS_VI),
        ("upper", "en", UPPERS_EN),
        ("foreign_arm", "", FOREIGN_ARMS),
        ("nation", "", NATIONS),
    ):
        for value, listed in rows(table):
            for phrase in listed:
                # "PK" with a number is phân khu, without one phòng không: the arm stays, `tokens` looks for the number.
                if kind == "upper" and (known := lexicon.get((phrase.lower(),))) and known.kind == "arm":
                    continue
                put(phrase, kind, value, lang)
    return lexicon


LEXICON = _lexicon()
LONGEST_PHRASE = max(map(len, LEXICON))
ARM_SHORT = {phrase.lower(): value for value, listed in rows(ARMS) for phrase in listed if phrase.isupper()} | {
    "dkz": "dkz",
    "dk": "dkz",
    "smpk": "smpk",
}
REGION_SHORT = {row[0].split()[0] for row in rows(REGIONS)}
