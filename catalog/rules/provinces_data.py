"""The dated provinces as data, read by `provinces.py`.

One row per unit and period: slug | name | from | to | years away | pieces of land | kind | source | other spellings.
"from" empty: older than these papers; "to" empty: still exists. "1976-1991" away: it was then part of a larger unit.
Pieces are roughly the provinces of 2008-2025, finer where an older border needs it. Smaller changes are left out (such
as the villages that Hà Nội took from its neighbours in 1961), so two units overlap only if they share much of their
land. kind: province, city (under the central government), zone (special zone), front (the NLF's provinces and regions).

Sources: T, S43: docs/field/places.md, Provinces; GK = general knowledge,
unverified. The map of 1 July 2025, from 63 provinces to 34, is GK except for the S43 names.
"""

UNITS = """
# The north, old and of 1945-1975
ha-dong           | Hà Đông             |      | 1965 |           | hdo             | province | T   |
son-tay           | Sơn Tây             |      | 1965 |           | sty             | province | T   |
ha-tay            | Hà Tây              | 1965 | 2008 | 1975-1991 | hdo sty         | province | T   |
ha-son-binh       | Hà Sơn Bình         | 1975 | 1991 |           | hdo sty hbi     | province | T   |
hoa-binh          | Hòa Bình            |      | 2025 | 1975-1991 | hbi             | province | T   |
ha-noi            | Hà Nội              |      | 1978 |           | hno             | city     | GK  | Hanoi
ha-noi-1978       | Hà Nội              | 1978 | 1991 |           | hno sty         | city     | GK  | Hanoi
ha-noi-1991       | Hà Nội              | 1991 | 2008 |           | hno             | city     | GK  | Hanoi
ha-noi-2008       | Hà Nội              | 2008 |      |           | hno hdo sty     | city     | T   | Hanoi
ha-nam            | Hà Nam              |      | 2025 | 1965-1996 | hna             | province | T   |
nam-dinh          | Nam Định            |      | 2025 | 1965-1996 | ndi             | province | T   |
nam-ha            | Nam Hà              | 1965 | 1996 | 1975-1991 | hna ndi         | province | T   |
ha-nam-ninh       | Hà Nam Ninh         | 1975 | 1991 |           | hna ndi nbi     | province | T   |
ninh-binh         | Ninh Bình           |      | 2025 | 1975-1991 | nbi             | province | T   |
hai-duong         | Hải Dương           |      | 2025 | 1968-1996 | hdu             | province | T   |
hung-yen          | Hưng Yên            |      | 2025 | 1968-1996 | hye             | province | T   |
hai-hung          | Hải Hưng            | 1968 | 1996 |           | hdu hye         | province | T   |
thai-binh         | Thái Bình           |      | 2025 |           | tbi             | province | GK  |
vinh-yen          | Vĩnh Yên            |      | 1950 |           | vye             | province | GK  |
phuc-yen          | Phúc Yên            |      | 1950 |           | pye             | province | GK  |
vinh-phuc         | Vĩnh Phúc           | 1950 | 2025 | 1968-1996 | vye pye         | province | T   |
phu-tho           | Phú Thọ             |      | 2025 | 1968-1996 | pth             | province | T   |
vinh-phu          | Vĩnh Phú            | 1968 | 1996 |           | vye pye pth     | province | T   |
bac-ninh          | Bắc Ninh            |      | 2025 | 1962-1996 | bni             | province | T   |
bac-giang         | Bắc Giang           |      | 2025 | 1962-1996 | bgi             | province | T   |
ha-bac            | Hà Bắc              | 1962 | 1996 |           | bni bgi         | province | T   |
bac-can           | Bắc Kạn             |      | 2025 | 1965-1996 | bca             | province | T   | Bắc Cạn
thai-nguyen       | Thái Nguyên         |      | 2025 | 1965-1996 | tng             | province | T   |
bac-thai          | Bắc Thái            | 1965 | 1996 |           | bca tng         | province | T   |
kien-an           | Kiến An             |      | 1962 |           | kan             | province | T   |
hai-phong         | Hải Phòng           |      | 1962 |           | hph             | city     | T   | Haiphong
hai-phong-1962    | Hải Phòng           | 1962 | 2025 |           | hph kan         | city     | T   | Haiphong
quang-yen         | Quảng Yên           |      | 1955 |           | hqu             | province | GK  |
hong-quang        | Hồng Quảng          | 1955 | 1963 |           | hqu             | zone     | T   | Khu Hồng Quảng
hai-ninh          | Hải Ninh            |      | 1963 |           | hni             | province | T   |
quang-ninh        | Quảng Ninh          | 1963 |      |           | hqu hni         | province | T   |
lang-son          | Lạng Sơn            |      |      | 1975-1978 | lso             | province | GK  |
cao-bang          | Cao Bằng            |      |      | 1975-1978 | cba             | province | GK  |
cao-lang          | Cao Lạng            | 1975 | 1978 |           | cba lso         | province | GK  |
ha-giang          | Hà Giang            |      | 2025 | 1975-1991 | hgi             | province | GK  |
tuyen-quang       | Tuyên Quang         |      | 2025 | 1975-1991 | tqu             | province | GK  |
ha-tuyen          | Hà Tuyên            | 1975 | 1991 |           | hgi tqu         | province | GK  |
lao-cai           | Lào Cai             |      | 2025 | 1975-1991 | lca             | province | GK  | Lào Kay, Laokay
yen-bai           | Yên Bái             |      | 2025 | 1975-1991 | yba nlo         | province | GK  |
nghia-lo          | Nghĩa Lộ            | 1962 | 1975 |           | nlo             | province | GK  |
hoang-lien-son    | Hoàng Liên Sơn      | 1975 | 1991 |           | lca yba nlo     | province | GK  |
son-la            | Sơn La              |      |      | 1955-1962 | sla             | province | GK  |
lai-chau          | Lai Châu            |      | 2003 | 1955-1962 | lch dbi         | province | GK  |
thai-meo          | Khu tự trị Thái–Mèo | 1955 | 1962 |           | sla lch dbi nlo | zone     | GK  | Thái–Mèo
lai-chau-2004     | Lai Châu            | 2004 |      |           | lch             | province | GK  |
dien-bien         | Điện Biên           | 2004 |      |           | dbi             | province | GK  | Điện Biên Phủ
# Thanh Hóa to Bình Thuận, and the highlands
thanh-hoa         | Thanh Hóa           |      |      |           | tho             | province | GK  |
nghe-an           | Nghệ An             |      |      | 1976-1991 | nan             | province | T   |
ha-tinh           | Hà Tĩnh             |      |      | 1976-1991 | hti             | province | T   |
nghe-tinh         | Nghệ Tĩnh           | 1976 | 1991 |           | nan hti         | province | T   |
quang-binh        | Quảng Bình          |      | 2025 | 1976-1989 | qbi             | province | T   |
vinh-linh         | Vĩnh Linh           | 1954 | 1976 |           | vli             | zone     | T   |
quang-tri         | Quảng Trị           |      | 2025 | 1954-1989 | qtr vli         | province | T   |
quang-tri-1954    | Quảng Trị           | 1954 | 1976 |           | qtr             | province | GK  |
tri-thien         | Trị Thiên           | 1966 | 1976 |           | qtr tth         | front    | GK  | Trị–Thiên, Trị–Thiên–Huế, Trị Thiên Huế
thua-thien        | Thừa Thiên          |      | 1976 |           | tth             | province | T   |
binh-tri-thien    | Bình Trị Thiên      | 1976 | 1989 |           | qbi vli qtr tth | province | T   |
thua-thien-hue    | Thừa Thiên–Huế      | 1989 | 2025 |           | tth             | province | T   | Thừa Thiên Huế, TT Huế
da-nang           | Đà Nẵng             |      | 2025 | 1976-1996 | dng             | city     | T   | Danang
quang-nam         | Quảng Nam           |      | 2025 | 1976-1996 | qna qti         | province | T   |
quang-tin         | Quảng Tín           | 1962 | 1976 |           | qti             | province | T   |
quang-da          | Quảng Đà            | 1962 | 1976 |           | qna dng         | front    | T   |
quang-nam-da-nang | Quảng Nam–Đà Nẵng   | 1976 | 1996 |           | qna qti dng     | province | T   | Quảng Nam Đà Nẵng, QN–ĐN, QNĐN
quang-ngai        | Quảng Ngãi          |      | 2025 | 1976-1989 | qng             | province | T   |
binh-dinh         | Bình Định           |      | 2025 | 1976-1989 | bdi             | province | T   |
nghia-binh        | Nghĩa Bình          | 1976 | 1989 |           | qng bdi         | province | T   |
phu-yen           | Phú Yên             |      | 2025 | 1976-1989 | phy             | province | T   |
khanh-hoa         | Khánh Hòa           |      | 2025 | 1976-1989 | kho             | province | T   |
phu-khanh         | Phú Khánh           | 1976 | 1989 |           | phy kho         | province | T   |
kon-tum           | Kon Tum             |      | 2025 | 1976-1991 | ktu             | province | T   | Kontum, Công Tum
gia-lai           | Gia Lai             |      | 2025 | 1976-1991 | gla pbo         | province | T   | Gialai
pleiku            | Pleiku              |      | 1976 |           | gla             | province | GK  | Plei Ku, Plâycu
phu-bon           | Phú Bổn             | 1962 | 1976 |           | pbo             | province | GK  |
gia-lai-kon-tum   | Gia Lai–Kon Tum     | 1976 | 1991 |           | gla pbo ktu     | province | T   | Gia Lai Kon Tum
dak-lak           | Đắk Lắk             |      | 2003 |           | dla dno         | province | GK  | Đắc Lắc, Đắk Lắc, Đak Lak, Darlac, Daklak
dak-lak-2004      | Đắk Lắk             | 2004 | 2025 |           | dla             | province | GK  | Đắc Lắc, Đắk Lắc, Đak Lak, Daklak
quang-duc         | Quảng Đức           | 1959 | 1976 |           | dno             | province | GK  |
dak-nong          | Đắk Nông            | 2004 | 2025 |           | dno             | province | GK  | Đắc Nông, Đak Nông, Daknong
dong-nai-thuong   | Đồng Nai Thượng     |      | 1958 |           | ldo             | province | GK  |
tuyen-duc         | Tuyên Đức           | 1958 | 1976 |           | tdu             | province | GK  |
lam-dong-1958     | Lâm Đồng            | 1958 | 1976 |           | ldo             | province | GK  |
lam-dong          | Lâm Đồng            | 1976 | 2025 |           | ldo tdu         | province | GK  |
ninh-thuan        | Ninh Thuận          |      | 2025 | 1976-1991 | nth             | province | T   |
binh-thuan        | Bình Thuận          |      | 2025 | 1976-1991 | bth btu         | province | T   |
binh-tuy          | Bình Tuy            | 1956 | 1976 |           | btu             | province | GK  |
thuan-hai         | Thuận Hải           | 1976 | 1991 |           | nth bth btu     | province | T   |
# The south
thu-dau-mot       | Thủ Dầu Một         |      | 1976 |           | bdu blo         | front    | T   |
binh-duong        | Bình Dương          | 1956 | 2025 | 1976-1996 | bdu             | province | T   |
phuoc-thanh       | Phước Thành         | 1959 | 1965 |           | bdu             | province | GK  |
binh-long         | Bình Long           | 1956 | 1976 |           | blo             | province | GK  |
phuoc-long        | Phước Long          | 1956 | 1976 |           | plo             | province | GK  |
binh-phuoc        | Bình Phước          | 1972 | 2025 | 1976-1996 | blo plo         | province | T   |
song-be           | Sông Bé             | 1976 | 1996 |           | bdu blo plo     | province | T   |
thu-bien          | Thủ Biên            | 1951 | 1955 |           | bdu blo plo bho | front    | GK  |
tay-ninh          | Tây Ninh            |      | 2025 |           | tni             | province | GK  |
bien-hoa          | Biên Hòa            |      | 1976 |           | bho             | province | T   |
long-khanh        | Long Khánh          | 1956 | 1976 |           | lkh             | province | T   |
phuoc-tuy         | Phước Tuy           | 1956 | 1976 |           | ptu             | province | T   |
ba-ria            | Bà Rịa              |      | 1976 |           | ptu             | front    | GK  |
ba-ria-long-khanh | Bà Rịa–Long Khánh   | 1966 | 1976 |           | ptu lkh         | front    | GK  | Bà Rịa Long Khánh
dong-nai-1976     | Đồng Nai            | 1976 | 1991 |           | bho lkh ptu     | province | T   |
dong-nai          | Đồng Nai            | 1991 | 2025 |           | bho lkh         | province | T   |
vung-tau-con-dao  | Vũng Tàu–Côn Đảo    | 1979 | 1991 |           | vta             | zone     | GK  | Vũng Tàu Côn Đảo
ba-ria-vung-tau   | Bà Rịa–Vũng Tàu     | 1991 | 2025 |           | ptu vta         | province | T   | Bà Rịa Vũng Tàu, BR–VT, BRVT
sai-gon           | Sài Gòn             |      | 1976 |           | sgn             | city     | GK  | Saigon
gia-dinh          | Gia Định            |      | 1976 |           | gdi             | province | GK  |
sai-gon-gia-dinh  | Sài Gòn–Gia Định    |      | 1976 |           | sgn gdi cuc     | front    | GK  | Sài Gòn Gia Định, Saigon Gia Định
ho-chi-minh       | TP. Hồ Chí Minh     | 1976 | 2025 |           | sgn gdi cuc     | city     | GK  | Thành phố Hồ Chí Minh, TP HCM, TPHCM, Ho Chi Minh City, HCMC
hau-nghia         | Hậu Nghĩa           | 1963 | 1976 |           | hng cuc         | province | GK  |
cho-lon           | Chợ Lớn             |      | 1957 |           | clo             | province | GK  | Cholon
tan-an            | Tân An              |      | 1957 |           | tan             | province | GK  |
long-an           | Long An             | 1957 | 2025 |           | tan clo hng ktg | province | GK  |
kien-tuong        | Kiến Tường          | 1956 | 1976 |           | ktg             | province | GK  |
my-tho            | Mỹ Tho              |      | 1976 |           | mth             | province | T   |
go-cong           | Gò Công             |      | 1976 |           | gco             | province | GK  |
dinh-tuong        | Định Tường          | 1956 | 1976 |           | mth             | province | T   |
tien-giang        | Tiền Giang          | 1976 | 2025 |           | mth gco         | province | GK  |
ben-tre           | Bến Tre             |      | 2025 |           | btr             | province | T   |
kien-hoa          | Kiến Hòa            | 1956 | 1976 |           | btr             | province | T   |
vinh-long         | Vĩnh Long           |      | 2025 | 1976-1991 | vlo             | province | T   |
tra-vinh          | Trà Vinh            |      | 2025 | 1976-1991 | tvi             | province | T   |
vinh-binh         | Vĩnh Bình           | 1957 | 1976 |           | tvi             | province | T   |
vinh-tra          | Vĩnh Trà            | 1951 | 1954 |           | vlo tvi         | front    | GK  |
cuu-long          | Cửu Long            | 1976 | 1991 |           | vlo tvi         | province | T   |
sa-dec            | Sa Đéc              |      | 1976 |           | sde             | province | GK  | Sadec
kien-phong        | Kiến Phong          | 1956 | 1976 |           | kph             | province | GK  |
dong-thap         | Đồng Tháp           | 1976 | 2025 |           | sde kph         | province | GK  |
long-xuyen        | Long Xuyên          |      | 1956 |           | lxu             | province | GK  |
chau-doc          | Châu Đốc            |      | 1976 |           | cdo             | province | GK  |
an-giang          | An Giang            | 1956 | 2025 |           | lxu cdo         | province | GK  |
rach-gia          | Rạch Giá            |      | 1976 |           | rgi ctk         | province | GK  |
ha-tien           | Hà Tiên             |      | 1956 |           | hte             | province | GK  |
kien-giang        | Kiên Giang          | 1956 | 2025 |           | rgi ctk hte     | province | GK  |
long-chau-ha      | Long Châu Hà        | 1950 | 1976 | 1954-1974 | lxu cdo hte     | front    | GK  |
can-tho           | Cần Thơ             |      | 1976 |           | cth hgg         | province | GK  |
phong-dinh        | Phong Dinh          | 1956 | 1976 |           | cth             | province | GK  |
chuong-thien      | Chương Thiện        | 1961 | 1976 |           | hgg ctk         | province | GK  |
soc-trang         | Sóc Trăng           |      | 2025 | 1976-1991 | str             | province | T   |
ba-xuyen          | Ba Xuyên            | 1956 | 1976 |           | str             | province | GK  |
hau-giang-1976    | Hậu Giang           | 1976 | 1991 |           | cth hgg str     | province | T   |
can-tho-1991      | Cần Thơ             | 1991 | 2003 |           | cth hgg         | province | GK  |
can-tho-2004      | Cần Thơ             | 2004 | 2025 |           | cth             | city     | GK  |
hau-giang         | Hậu Giang           | 2004 | 2025 |           | hgg             | province | GK  |
bac-lieu          | Bạc Liêu            |      | 2025 | 1976-1996 | bli             | province | T   |
ca-mau            | Cà Mau              |      | 2025 | 1976-1996 | cma             | province | T   |
an-xuyen          | An Xuyên            | 1956 | 1976 |           | cma             | province | GK  |
minh-hai          | Minh Hải            | 1976 | 1996 |           | bli cma         | province | T   |
# Since 1 July 2025; eleven of the thirty-four are above, unchanged
hue               | Huế                 | 2025 |      |           | tth             | city     | T   |
tuyen-quang-2025  | Tuyên Quang         | 2025 |      |           | tqu hgi         | province | GK  |
lao-cai-2025      | Lào Cai             | 2025 |      |           | lca yba nlo     | province | GK  |
thai-nguyen-2025  | Thái Nguyên         | 2025 |      |           | tng bca         | province | S43 |
phu-tho-2025      | Phú Thọ             | 2025 |      |           | pth vye pye hbi | province | S43 |
bac-ninh-2025     | Bắc Ninh            | 2025 |      |           | bni bgi         | province | S43 |
hung-yen-2025     | Hưng Yên            | 2025 |      |           | hye tbi         | province | S43 |
hai-phong-2025    | Hải Phòng           | 2025 |      |           | hph kan hdu     | city     | S43 | Haiphong
ninh-binh-2025    | Ninh Bình           | 2025 |      |           | nbi hna ndi     | province | S43 |
quang-tri-2025    | Quảng Trị           | 2025 |      |           | qtr vli qbi     | province | S43 |
da-nang-2025      | Đà Nẵng             | 2025 |      |           | dng qna qti     | city     | T   | Danang
quang-ngai-2025   | Quảng Ngãi          | 2025 |      |           | qng ktu         | province | T   |
gia-lai-2025      | Gia Lai             | 2025 |      |           | gla pbo bdi     | province | T   | Gialai
dak-lak-2025      | Đắk Lắk             | 2025 |      |           | dla phy         | province | T   | Đắc Lắc, Đắk Lắc, Đak Lak, Daklak
khanh-hoa-2025    | Khánh Hòa           | 2025 |      |           | kho nth         | province | T   |
lam-dong-2025     | Lâm Đồng            | 2025 |      |           | ldo tdu dno bth btu | province | T |
dong-nai-2025     | Đồng Nai            | 2025 |      |           | bho lkh blo plo | province | T   |
ho-chi-minh-2025  | TP. Hồ Chí Minh     | 2025 |      |           | sgn gdi cuc bdu ptu vta | city | T | Thành phố Hồ Chí Minh, TP HCM, TPHCM, Ho Chi Minh City, HCMC
tay-ninh-2025     | Tây Ninh            | 2025 |      |           | tni tan clo hng ktg | province | GK |
dong-thap-2025    | Đồng Tháp           | 2025 |      |           | sde kph mth gco | province | T   |
vinh-long-2025    | Vĩnh Long           | 2025 |      |           | vlo tvi btr     | province | T   |
an-giang-2025     | An Giang            | 2025 |      |           | lxu cdo rgi ctk hte | province | GK |
can-tho-2025      | Cần Thơ             | 2025 |      |           | cth hgg str     | city     | T   |
ca-mau-2025       | Cà Mau              | 2025 |      |           | cma bli         | province | T   |
"""
