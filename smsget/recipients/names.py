"""What column names mean: which of them is a mobile number's, in Chinese and English, and how names are told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

LONGEST_NAME = 40
"""Characters of a column name; what is longer is a sentence."""

# Names of a mobile (rank 0) and of any phone (rank 2); names that only contain such a word come right after each.
_MOBILE = """
    手機 手機號碼 手機號 手機電話 手机 手机号 手机号码 行動 行動電話 行動電話號碼 行動號碼 移动电话 大哥大
    門號 手機門號 行動門號 聯絡手機 連絡手機 會員手機 簡訊號碼 携帯 携帯電話 携帯番号 携帯電話番号
    휴대폰 휴대전화 휴대폰번호
    mobile mobilephone mobileno mobilenumber mobilephonenumber cell cellphone cellphonenumber cellno cellnumber
    msisdn handphone handphonenumber smsnumber smsphone phonemobile
"""
_PHONE = """
    電話 電話號碼 聯絡電話 連絡電話 联系电话 电话 电话号码 電話番号 전화번호
    phone phoneno phonenumber phonenum telephone telephonenumber tel telno telnumber
    contactnumber contactphone contactno
"""
_EXACT = dict.fromkeys(_MOBILE.split(), 0) | dict.fromkeys(_PHONE.split(), 2)
_HAS_MOBILE = re.compile(r"手機|手机|行動電話|門號|携帯|휴대|\b(mobile|cell|cellphone|cellular|handphone|msisdn)\b")
_HAS_PHONE = re.compile(r"電話|电话|전화|聯絡方式|連絡方式|\b(phone|phones|telephone|tel|whatsapp|sms)\b")
# Phones that are rarely the person's own mobile: taken when there is no other.
_SELDOM = re.compile(
    r"市話|市內|家用|住家|住宅|宅電|公司|辦公|室內|備用|舊|旧|\b(home|work|office|company|business|landline|alternat\w*"
    r"|backup|second\w*|other|old|former|previous)\b"
)
# Somebody else's: who serves the person, or is called when something has happened to them.
_ANOTHERS = re.compile(
    r"緊急|紧急|推薦|推荐|介紹|介绍|店家|門市|业务|業務|業代|銷售|销售|店長|店长|店員|店员|專員|顧問|經理|经理|主管|助理|員工|员工"
    r"|設計師|司機|仲介|房仲|代理人|承辦|經辦|經手|窗口|客服|服務|服务|總機|代表號|寄件|賣家|配偶|監護人|保證人"
    r"|\b(emergency|referr\w*|store|shop|sales\w*|agents?|reps?|representatives?|managers?|staff|employees?|assistants?"
    r"|advis[eo]rs?|consultants?|drivers?|sellers?|senders?|services?|support|hotline|spouse|wife|husband|guardian)\b"
)
_REFUSED = re.compile(
    r"拒收|拒絕|拒绝|黑名單|黑名单|退訂|退订|勿傳|勿擾|停用|停話|空號|無效|无效"
    r"|\b(black\w*|block\w*|unsubscri\w*|suppress\w*|refus\w*|reject\w*|stop\w*|dnc|dnd|invalid|inactive)\b"
)
_NOT_A_PHONE = re.compile(
    r"備註|备注|備注|备註|註記|附註|說明|傳真|传真|分機|驗證|認證|狀態|日期|時間|型號|品牌|機型|廠牌|是否|系統"
    r"|條碼|載具|國碼|區碼|末.碼|後.碼|同意|費|帳單|類型|類別|次數|\b(notes?|remarks?|comments?|memo|fax|ext|extension|models?|types?|brands?|os"
    r"|verified|valid|status|codes?|country|countries|dates?|time|at|apps?|opt|optin|consent|carriers?|operator"
    r"|prefix|last|devices?|bills?|fees?)\b"
)
_ONE_WORD = re.compile("whats_?app", re.IGNORECASE)  # not an app's column: people give that number to be texted
# Digits that are no phone: never guessed to be one by their look, however much a 9-digit member number is like it.
_OTHER_DIGITS = re.compile(
    r"編號|編碼|代號|代碼|序號|單號|統編|身分證|訂單|卡號|帳號|會員號|日|年|金額|價|點數|積分|數量|郵遞|\b(id|ids|no|nr|num"
    r"|orders?|card|account|amount|price|total|points?|zip|postal|birth\w*|age|sku|code|serial|key|index)\b"
)
# A column's name ends with the word, on its own or on one side of a bracket or dash: 聯絡電話(公司), not 手機未提供.
_TITLE = re.compile(
    r"(?:手機|手机|行動|移动电话|門號|電話|电话|携帯|전화|휴대폰|휴대전화|大哥大|聯絡方式|連絡方式)"
    r"(?:電話)?(?:號碼|號|号码|号|番号|번호)?[0-9一二三四]{0,2}$"
)
_FIGURE = re.compile("[0-9]{1,2}$")
_NUMBERS = ("號碼", "號", "号码", "号")
_MOST_WORDS = 4  # of a name in English; more are a sentence
# What somebody notes about a phone in a row of data: 換手機, 沒有電話.
_REMARK = re.compile(
    r"未|無|无|沒|没|不|換|换|打|已|改|勿|缺|待|問|借|壞|忘|掉|同(?=手|電|行動|門)|請(?!填|輸入|留|提供|寫)"
    r"|^no\b|\b(not|none|without|lost|wrong|changed|broken|missing|call|called|please|same|off|dead|never|unknown|has|is|was"
    r"|his|her|their|by|via|use|asked|after|before|disconnected)\b"
)
_SIDES = re.compile(r"[()\[\]【】〔〕/|:*?!-]")
# Names that show a record to be a header although it names no phone.
_USUAL_NAMES = """
    姓名 名字 名稱 中文姓名 英文姓名 客戶 客戶姓名 客戶名稱 會員 會員姓名 會員編號 會員等級 稱呼 暱稱 編號 序號
    生日 出生日期 性別 地址 信箱 電子郵件 電子信箱 等級 備註 日期 身分證字號 統一編號
    name fullname firstname lastname customer customername customerid member memberid id no email mail birthday
    birthdate gender sex address city note notes level tier company date code row reason
"""
_USUAL = frozenset(_USUAL_NAMES.split())
# Of these, what also stands in rows: somebody is a customer, has a company, says no.
_ALSO_VALUES = frozenset(["客戶", "會員", "等級", "customer", "member", "company", "level", "no"])

ANOTHERS = 8
"""From this rank on a phone is not the person's own (業務員手機), or that of somebody not to be texted (拒收手機)."""


def phone_rank(name: str) -> int | None:
    """How good a column name is for mobile numbers, 0 the best; None if it names no phone, such as 電話備註."""
    if len(name) > LONGEST_NAME:
        return None
    words = _words(name)
    if not words or _NOT_A_PHONE.search(words):
        return None
    # 手機1 and 手機2 are as good as 手機
    if (exact := _EXACT.get(key(name).rstrip("0123456789"))) is not None:
        return exact
    worse = 4 if _SELDOM.search(words) else 0
    worse += ANOTHERS if _ANOTHERS.search(words) else 0
    worse += 2 * ANOTHERS if _REFUSED.search(words) else 0
    if _HAS_MOBILE.search(words):
        return 1 + worse
    return 3 + worse if _HAS_PHONE.search(words) else None


def is_phone_title(cell: str) -> bool:
    """Whether a cell is a phone column's name and no remark on a phone (手機未提供, 換手機), as rows of data have."""
    if phone_rank(cell) is None or _REMARK.search(_words(cell)):
        return False
    return any(map(_is_title, _SIDES.split(unicodedata.normalize("NFKC", cell))))


def _is_title(side: str) -> bool:
    """Whether one side of a name ends with a word for a phone."""
    whole = key(side)
    if _TITLE.search(whole) or _FIGURE.sub("", whole) in _EXACT:
        return True
    words = _words(side)
    latin = [word for word in words.split() if word.isascii()]
    if "".join(latin) in _EXACT and _TITLE.search(words):  # 手機Mobile
        return True
    named = _HAS_MOBILE.search(words) or _HAS_PHONE.search(words)
    return bool(named) and len(latin) <= _MOST_WORDS and words.endswith((*latin[-1:], *_NUMBERS))


def may_hold_phones(name: str) -> bool:
    """Whether a column that does not say so may hold phone numbers, judged by its content."""
    words = _words(name)
    return not (_NOT_A_PHONE.search(words) or _OTHER_DIGITS.search(words))


def are_usual(names: Sequence[str]) -> bool:
    """Whether these are names that columns often have, phone columns apart: 姓名, name, email …; two of them, or one
    that is nothing else."""
    usual = {key(name) for name in names if len(name) <= LONGEST_NAME} & _USUAL
    return len(usual) > 1 or bool(usual - _ALSO_VALUES)


def find(wanted: str, names: Sequence[str]) -> int | None:
    """Which of the columns a person means; of those that differ in case and punctuation only, the one written so."""
    alike = [at for at, name in enumerate(names) if same(wanted, name)]
    exact = [at for at in alike if names[at] == wanted] or [at for at in alike if clean(names[at]) == clean(wanted)]
    return next(iter(exact or alike), None)


def same(wanted: str, name: str) -> bool:
    """Whether a person means the column `name` by `wanted`: case, blanks and punctuation make no difference."""
    return clean(wanted) == clean(name) or (key(wanted) != "" and key(wanted) == key(name))


def key(name: str) -> str:
    """A name reduced to its letters and digits, full width and case folded: "Mobile No." -> "mobileno"."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


def clean(name: str) -> str:
    """A name on one line and without invisible characters (a second byte order mark, a zero-width space)."""
    return " ".join("".join(char for char in name if unicodedata.category(char) != "Cf").split())


def unique(names: Sequence[str], reserved: Collection[str] = ()) -> list[str]:
    """The same names, a repeated or reserved one told apart: 電話, 電話 (2)."""
    taken = {*names, *reserved}
    used = dict.fromkeys(reserved, 1)
    result = []
    for name in names:
        own, number = name, used.get(name, 0) + 1
        while number > 1 and (own := f"{name} ({number})") in taken:
            number += 1
        used[name] = number
        result.append(own)
    return result


def letters(at: int) -> str:
    """The name of a column without one, as in Excel: A … Z, AA …"""
    name = ""
    at += 1
    while at:
        at, digit = divmod(at - 1, 26)
        name = chr(65 + digit) + name
    return name


def _words(name: str) -> str:
    """Latin words apart, whatever joined them (`mobilePhone`, `mobile_phone`), then the other letters in one piece."""
    name = _ONE_WORD.sub(" whatsapp ", unicodedata.normalize("NFKC", name))
    latin = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    rest = "".join(char for char in name if char.isalpha() and not char.isascii())
    return " ".join([*latin, rest]).casefold().strip()
