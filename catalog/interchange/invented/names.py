"""Invented names in realistic proportions, for the benchmarks.

Family names in the proportions of `rules.families.FREQUENT`; middle and given names by rank, the first ones far more
common than the last (general knowledge of names of people born 1930–1955).
"""

import random

from catalog.rules.families import FREQUENT, OTHERS

MEN = """
Hùng Dũng Minh Hải Sơn Thanh Tuấn Hòa Bình Long Thắng Cường Đức Nam Hiếu Quang Trung Phúc Tâm Thành Tiến Lợi Phương Sáu
Năm Bảy Tám Chín Mười Ba Tư Hai An Ân Bắc Bá Bảo Bằng Bích Biên Bốn Bổng Cảnh Cát Cẩn Cầu Châu Chất Chiến Chiểu Chính Chung
Chương Chức Công Cúc Cư Danh Diên Diễn Diệm Doanh Du Duệ Dụng Duy Duyên Dư Dực Đa Đạo Đại Đàn Đáng Đạt Đăng Đến Điền Điệp
Định Độ Đoàn Đông Đồng Đới Đường Giang Giáp Hanh Hạnh Hân Hậu Hiền Hiển Hiệp Hiệu Hoan Hoàn Hoàng Hoạt Học Hồng Hợp Huấn
Huân Huệ Huy Huỳnh Hưng Hướng Hữu Khai Khang Khánh Khải Khiêm Khoa Khoát Khôi Khương Kiên Kiệm Kiệt Kim Kính Kỳ Lâm Lân
Lạc Lan Lành Lạng Lập Lễ Liêm Liên Liễu Linh Lịch Lộc Luân Luận Lục Lực Lương Lưu Lượng Mai Mạnh Mão Mẫn Mậu Mùi Mỹ Nghị
Nghĩa Nghiêm Ngọ Ngọc Ngôn Nguyên Nhã Nhàn Nhân Nhật Nhiên Nho Nhu Nhuận Nhung Ninh Nông Phán Phát Phi Phiên Phong Phú
Phùng Phụng Phước Quân Quế Quốc Quý Quyền Quyết Quỳnh Sang Sáng Sâm Sinh Soạn Sử Sửu Sỹ Tài Tạo Tăng Tân Tấn Thái Thạch
Thản Thảo Thăng Thân Thế Thể Thi Thiện Thiết Thiệu Thìn Thịnh Thọ Thoại Thông Thơ Thời Thụ Thuần Thuận Thuật Thủy Thư
Thức Thực Thương Thường Thưởng Tín Tính Tình Tình Toàn Toại Toản Tới Trãi Tráng Trác Trân Trinh Trí Triển Triều Trọng
Trực Trưởng Trường Tu Tuân Tuất Tùng Tụ Tuyên Tuyến Tường Tưởng Tỵ Ứng Ước Vạn Văn Viên Viễn Việt Vinh Vĩnh Vịnh Vọng Vụ
Vũ Vui Vượng Vy Xạ Xuân Xuyên Xứng Yên Yết Đớm Đởm Bường Hoạch Khiết Lẫm Nhượng Quảng Roanh Suốt Tỉnh Vóc Xồm Ưng
""".split()
WOMEN = """
Lan Hoa Hương Hồng Mai Nga Hà Thủy Liên Tuyết Nhung Oanh Thu Yến Phượng Hằng Thanh Bình Tâm Hạnh Hiền Loan Nguyệt Sen Xuân
Cúc Huệ Đào Mận Lý Thơm Thắm Tươi Thoa Thảo Trâm Trang Vân Út Bé Bảy Sáu Định Gái Lành Ngà Nết Nhàn Ngoan Quế Quyên Thêu Tím
""".split()
MIDDLES_MEN = """
Văn Văn Văn Văn Văn Văn Văn Văn Văn Văn Văn Văn Hữu Hữu Đức Đức Đình Đình Xuân Xuân Ngọc Ngọc Quang Minh Công Bá Duy Thanh
Trọng Quốc Viết Mạnh Đăng Như Khắc Thế Sĩ Tiến Hồng Kim Chí Tấn Huy Danh Vĩnh Hoàng Tuấn Phú Hải Cao Thái Trung
""".split()
MIDDLES_WOMEN = "Thị Thị Thị Thị Thị Thị Thị Thị Thị Thị Ngọc Thanh Kim Hồng Thúy".split()


def capitalize(word: str) -> str:
    """The word with a capital first letter."""
    return word[:1].upper() + word[1:]


def invented_names(count: int, seed: int = 324) -> list[str]:
    """`count` invented full names, the same for the same seed; many occur several times, as in reality."""
    rng = random.Random(seed)  # noqa: S311 — reproducible on purpose
    others = [name for name in OTHERS.split() if name not in FREQUENT]
    families = [*map(capitalize, FREQUENT), *map(capitalize, others)]
    family_weights = [*FREQUENT.values(), *([max(1, round(110 / len(others)))] * len(others))]
    men_weights = [1 / (rank + 12) for rank in range(len(MEN))]
    women_weights = [1 / (rank + 6) for rank in range(len(WOMEN))]
    names = []
    for family in rng.choices(families, family_weights, k=count):
        is_woman = rng.random() < 0.12
        middles = [rng.choice(MIDDLES_WOMEN if is_woman else MIDDLES_MEN)]
        if rng.random() < 0.05:
            middles.append(rng.choice(MIDDLES_MEN[12:]))
        given = rng.choices(WOMEN, women_weights)[0] if is_woman else rng.choices(MEN, men_weights)[0]
        middle_names = [middle for middle in dict.fromkeys(middles) if middle != given]
        names.append(" ".join([family, *middle_names, given]) if rng.random() > 0.03 else f"{family} {given}")
    return names
