"""Family names and very common middle names, as data.

Source: general knowledge of Vietnamese family names (docs/field/names.md, Pipeline, step 5).
Used to recognise a family name among other words, never to refuse a name.
"""

from catalog.rules.text import fold

# The most common names, roughly by frequency; per mille of the population, as commonly estimated.
FREQUENT = {
    "nguyễn": 384, "trần": 121, "lê": 95, "phạm": 70, "hoàng": 31, "huỳnh": 20, "phan": 45, "vũ": 24, "võ": 15,
    "đặng": 21, "bùi": 20, "đỗ": 14, "hồ": 13, "ngô": 13, "dương": 10, "lý": 5,
}  # fmt: skip
OTHERS = """
an âu bạch bế bồ ca cao cầm cấn chu châu chử công cù cung cự danh diệp doãn đàm đàng đào đậu điền điêu đinh đoàn đồng
đổng đới đường giang giáp hà hàn hán hạ hình hoa hùng hứa kha khổng khuất khúc khương kiều kim kông la lã lại lâm lều
liêu liễu lò lộc lô lỗ lục luyện lư lương lường lưu lữ ma mạc mai mạch mâu mẫn mã mông nghiêm nghị ngụy nhan nhâm nhữ
ninh nông ong ông phí phó phùng phương quách quan quang quàng sái sơn sầm sằn tạ tăng tào thạch thái thân thẩm thập
thiều thịnh thôi thượng tiêu tiết tòng tô tôn tống trang trà triệu trình trịnh trưng trương tưởng từ ty ung uông ứng
vạn văn vi viên vòng vương xa xuân yên
"""
FAMILIES = frozenset([*FREQUENT, *OTHERS.split()])
FOLDED_FAMILIES = frozenset(fold(name) for name in FAMILIES)

# Middle names that mark sex (docs/field/names.md, Weights: a contradiction, not a variation).
SEX = {"van": "m", "thi": "f"}

# Middle names that are rarely family or given names: at the start of a name they show that the family name is missing.
MIDDLES = """
van thi huu duc ba dinh cong quang xuan ngoc minh thanh trong quoc viet manh dang nhu khac the si tien hong kim
"""
COMMON_MIDDLES = frozenset(MIDDLES.split())
