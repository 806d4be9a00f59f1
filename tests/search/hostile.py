"""Fifty questions that were made to hurt: each must be answered within a second, with a page and not an error."""

LONG = "tiểu đoàn " * 6500

HOSTILE = [
    "", " ", "*", "**", "* *", "a*", "?", "~", "~~~~", '"', '""', '"' * 999, "(", ")", "()" * 400, "(" * 5000, ")" * 5000,
    "(" * 40 + "a" + ")" * 40, "a AND", "OR", "NOT NOT NOT NOT a", "NOT " * 900 + "a", "-" * 800, "-a -b -c", "a OR " * 900 + "b",
    " ".join(f"w{n}" for n in range(4000)), " ".join(f"t{n}*" for n in range(60)), " ".join(f"tiểu{n}~" for n in range(60)),
    "và của là", "tiểu đoàn hy sinh", "t*", "th* tr* ng* nh*", "kind:" * 300, "title:(((", "date:9999999..0", "date:..", "date:-1..x", "năm:1967..1966",
    LONG[:65536], "đ" * 65536, "\0", "a\0b\0c", "\ud7ff\uffff\ufffe", "%00%ff%fe", "ï»¿ráº¥t", "𝕬𝖇𝖈 ﷽ ﷺ", "\u202eẩn\u202c", "a\u0301" * 3000, "'; DROP TABLE catalog_record; --",
    "<script>alert(1)</script>", "{{ 7*7 }} {% include %} ${jndi}", "../../etc/passwd", "_exists_:title AND title:[* TO *]", "/(a+)+$/", "\\", "a && b || !c",
]  # fmt: skip
