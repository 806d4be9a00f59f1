"""Invented page texts: syllables in the proportions of a language (Zipf–Mandelbrot), with mistakes like those of
OCR."""

import random
from collections.abc import Sequence
from itertools import accumulate

# The most frequent words of wartime papers; the rarer words are syllables that could be Vietnamese.
FREQUENT = """
và của là các có cho trong được với một người những đã không ngày đến khi về ra tại theo năm đồng chí tiểu đoàn đại đội trung đội
sư quân số đơn vị mặt trận đi lên đường bộ đội tháng hy sinh quê xã huyện tỉnh cha mẹ vợ anh em con thư gửi nhà báo cáo danh sách
lệnh công tác nhận giấy chứng nhận cấp bậc chức vụ đảng viên đoàn viên nhập ngũ súng đạn gạo muối thuốc chiến đấu trạm giao liên
suối đồi rừng núi sông cầu bản làng bắc nam khu tuyến hành quân nhật ký ảnh thẻ sổ tay bút hôm nay mai sáng chiều tối nắng mưa
""".split()
ENGLISH = (
    "unit document captured dated personnel company battalion regiment division letter report name roster hill district"
).split()
PLACES = (
    "Thái Bình", "Nam Định", "Hà Nam", "Ninh Bình", "Hưng Yên", "Hải Dương", "Bắc Ninh", "Bắc Giang", "Vĩnh Phúc", "Phú Thọ",
    "Thanh Hóa", "Nghệ An", "Hà Tĩnh", "Quảng Bình", "Hải Phòng", "Hà Tây", "Sơn La", "Hòa Bình", "Tuyên Quang", "Yên Bái",
    "Quảng Trị", "Quảng Nam", "Bình Định", "Phú Yên", "Kon Tum", "Gia Lai", "Tây Ninh", "Long An", "Bến Tre", "Cà Mau",
)  # fmt: skip
ONSETS = ["", *"b c ch d đ g gi h kh l m n ng nh ph qu r s t th tr v x".split()]
RIMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê êch êm ên ênh êp
êt êu i ia ich iêc iêm iên iêng iêt iêu im in inh ip it iu o oa oai oan oang oc oi om on ong op ot ô ôc ôi ôm ôn ông ôp ôt ơ
ơi ơm ơn ơp ơt u ua uân uc ui um un ung uôc uôi uôn uông uôt up ut ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ưt ưu
""".split()
VOWELS = {
    "a": "aàáảãạ", "ă": "ăằắẳẵặ", "â": "âầấẩẫậ", "e": "eèéẻẽẹ", "ê": "êềếểễệ", "i": "iìíỉĩị", "o": "oòóỏõọ", "ô": "ôồốổỗộ",
    "ơ": "ơờớởỡợ", "u": "uùúủũụ", "ư": "ưừứửữự",
}  # fmt: skip
SYLLABLES = 6900
NOISE = 0.03
SLIPS = str.maketrans({"ạ": "a", "ộ": "ô", "n": "u", "i": "l", "c": "e", "ư": "u", "đ": "d", "ế": "ê", "h": "b"})


class Writer:
    """Writes texts; the same ones for a generator with the same seed."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._words = [*dict.fromkeys([*FREQUENT, *ENGLISH, *self._syllables()])]
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(len(self._words))))

    def text(self, least: int, most: int) -> str:
        """A description of `least` to `most` words, without mistakes."""
        words = self._rng.choices(self._words, cum_weights=self._weights, k=self._rng.randint(least, most))
        return " ".join(words).capitalize() + "."

    def page(self, least: int, most: int, facts: Sequence[str]) -> str:
        """A page of `least` to `most` words with mistakes, and with `facts` at random places."""
        words = self._rng.choices(self._words, cum_weights=self._weights, k=self._rng.randint(least, most))
        for index in self._rng.sample(range(len(words)), int(len(words) * NOISE)):
            words[index] = words[index].translate(SLIPS)
        for fact in facts:
            words.insert(self._rng.randrange(len(words)), fact)
        return "\n".join(" ".join(words[index : index + 11]) for index in range(0, len(words), 11))

    def _syllables(self) -> list[str]:
        syllables: dict[str, None] = {}
        while len(syllables) < SYLLABLES:
            rime = self._rng.choice(RIMES)
            nucleus = next((letter for letter in reversed(rime) if letter in VOWELS), "a")
            is_checked = rime[-1] in "cpt" or rime.endswith("ch")
            tone = self._rng.choice((2, 5) if is_checked else (0, 0, 1, 2, 3, 4, 5))
            syllables[self._rng.choice(ONSETS) + rime.replace(nucleus, VOWELS[nucleus][tone], 1)] = None
        return list(syllables)
