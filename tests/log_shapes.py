"""Callback logs in every shape, for the tests: two receipts and a reply, as people keep them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from urllib.parse import urlencode

from smsget.logs import read_log
from smsget.receipts import Receipt, Reply, status_of

AT = datetime(2016, 9, 12, 21, 7, 55, tzinfo=UTC)

A = "0987000339|$0040B0FA7|2016-09-13 05:07:55|DELIVRD"
B = "0987000340|$0040B0FA8|2016-09-13 05:07:55|UNDELIV"
C = "0919000456|1634110261249|2021-10-13 15:30:01|24%E6%B8%AC%E8%A9%A6"
BAD = "0987000341|$0040B0FA9|2016-02-31 05:07:55|DELIVRD"


def receipt(phone, carrier_id, word, sms_id):
    return Receipt(sms_id, phone, carrier_id, AT, word, status_of(word))


def a(sms_id="1783822"):
    return receipt("0987000339", "$0040B0FA7", "DELIVRD", sms_id)


def b(sms_id="1783822"):
    return receipt("0987000340", "$0040B0FA8", "UNDELIV", sms_id)


c = Reply("0919000456", "1634110261249", datetime(2021, 10, 13, 7, 30, 1, tzinfo=UTC), "24測試", "測試")


def read(text, code="24", **options):
    return read_log(text if isinstance(text, bytes) else text.encode(), "a.log", code, **options)


def form(sms_id, content):
    return urlencode({"sms_id": sms_id, "content": content} if sms_id else {"content": content})


def body(sms_id, content):
    return json.dumps({"sms_id": sms_id, "content": content} if sms_id else {"content": content})


def access(query):
    return f'203.0.113.7 - - [01/Nov/2026:10:00:03 +0800] "GET /receive.php?{query} HTTP/1.1" 200 2 "-" "curl/8.5"'


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


SHAPES = {
    "table": f'id,sms_id,content,received_at\n1,1783822,"{A},{B}",2026-11-01 10:00:03\n2,,{C},2026-11-01\n',
    "table, other order, more columns": f'content,ip,"SMS ID",note\n"{A},{B}",::1,1783822,"a, b"\n{C},::1,NULL,\n',
    "table, tabs": f"sms_id\tat\tcontent\n1783822\tx\t{A},{B}\n\\N\tx\t{C}\n",
    "table, tabs, empty first cell": f"sms_id\tcontent\n1783822\t{A},{B}\n\t{C}\n",
    "table, semicolons": f'sms_id;content\n1783822;"{A},{B}"\n;"{C}"\n',
    "table, Excel's sep": f"sep=;\r\nsms_id;content\r\n1783822;{A},{B}\r\n;{C}\r\n",
    "table, all quoted": f'"sms_id","content"\n"1783822","{A},{B}"\n"","{C}"\n',
    "table, content not quoted": f"id,sms_id,content,at\n1,1783822,{A},{B},2026-11-01\n2,,{C},2026-11-01\n",
    "table, trailing delimiters": f'sms_id,content,,\n1783822,"{A},{B}",,,,\n,{C},,,,\n',
    "table, Excel's numbers": f'sms_id,content\n1783822.0,"{A}"\n="1783822",{B}\n,{C}\n',
    "table, the document's own names": f'訊息ID,收件明細\n1783822,"{A},{B}"\n,{C}\n',
    "table, lines inside quotes": f'note,sms_id,content\n"a\n\n""b""\n",1783822,"{A},{B}"\nx,,{C}\n',
    "table, MySQL's escapes": f'note,sms_id,content\n"a \\" b",1783822,"{A},{B}"\nx,\\N,{C}\n',
    "table without a header": f'1,1783822,"{A},{B}",2026-11-01\n2,,{C},2026-11-01\n',
    "table without a header, not quoted": f"1,1783822,{A},{B},2026-11-01\n2,,{C},2026-11-01\n",
    "table of urlencoded bodies": f"1,203.0.113.7,{form('1783822', A + ',' + B)},ok\n2,::1,{form('', C)},ok\n",
    "table of JSON bodies": "".join(
        f'{n},"{one}",ok\n'.replace('"{', '"{').replace(one, one.replace('"', '""'))
        for n, one in enumerate([body("1783822", f"{A},{B}"), body("", C)])
    ),
    "urlencoded": f"{form('1783822', A + ',' + B)}\n{form('', C)}\n",
    "urlencoded, other fields": f"{form('1783822', A + ',' + B)}&t=1\nfoo=1&{form('', C)}\n",
    "urlencoded, kept decoded": f"sms_id=1783822&content={A},{B}\ncontent={C}\n",
    "urlencoded, content first": f"content={A},{B}&sms_id=1783822\ncontent={C}&sms_id=\n",
    "json_lines": f"{body('1783822', A + ',' + B)}\n{body('', C)}\n",
    "json_lines, more keys, a number": json.dumps({"id": 1, "SMS_ID": 1783822, "Content": f"{A},{B}"})
    + "\n"
    + json.dumps({"sms_id": None, "content": C}),
    "json_lines, nested": json.dumps({"t": 1, "body": {"sms_id": "1783822", "content": f"{A},{B}"}})
    + "\n"
    + json.dumps({"t": 1, "body": {"content": C}}),
    "json_lines, body quoted": json.dumps({"msg": "POST " + body("1783822", f"{A},{B}")})
    + "\n"
    + json.dumps(["a", body("", C)]),
    "json_array": json.dumps([{"sms_id": "1783822", "content": f"{A},{B}"}, {"content": C}]),
    "json_array, spread over lines": json.dumps([{"sms_id": 1783822, "content": f"{A},{B}"}, {"content": C}], indent=2),
    "json_array, one a line": f"[\n{body('1783822', A + ',' + B)},\n{body('', C)}\n]\n",
    "json_array, phpMyAdmin's wrapping": '[\n{"type":"table","name":"callbacks","data":\n['
    f"\n{body('1783822', A + ',' + B)},\n{body('', C)}\n]\n}}\n]\n",
    "json_array, in an object": json.dumps(
        {"rows": [{"sms_id": 1783822, "content": f"{A},{B}"}, {"content": C}]}, indent=1
    ),
    "access_log": f"{access(form('1783822', A + ',' + B))}\n{access(form('', C))}\n",
    "access_log, kept decoded": f"{access(f'sms_id=1783822&content={A},{B}')}\n{access(f'content={C}')}\n",
    "application_log": f"[2026-11-01 10:00:03]POST DATA: {body('1783822', A + ',' + B)}\n"
    f"[2026-11-01 10:00:04]POST DATA: {body('', C)}\n",
    "application_log, Monolog": f"[2026-11-01T10:00:03+08:00] app.INFO: callback {body('1783822', A + ',' + B)} []\n"
    f"[2026-11-01T10:00:04+08:00] app.INFO: callback {body('', C)} []\n",
    "application_log, escaped JSON": f"10:00 body={json.dumps(body('1783822', A + ',' + B))}\n"
    f"10:01 body={json.dumps(body('', C))}",
    "application_log, urlencoded": f"10:00:03 INFO body: {form('1783822', A + ',' + B)} (200)\n"
    f"10:00:04 body: {form('', C)}\n",
    "application_log, request body of nginx": f'::1 "POST /r HTTP/1.1" 200 "{form("1783822", A + "," + B)}" "curl"\n'
    f'::1 "POST /r HTTP/1.1" 200 "{form("", C)}" "curl"\n',
    "application_log, IIS": f"2026-11-01 10:00:03 GET /r {form('1783822', A + ',' + B)} 443 200\n"
    f"2026-11-01 10:00:03 GET /r {form('', C)} 443 200\n",
    "application_log, urlencoded, kept decoded": f"INFO body: sms_id=1783822&content={A},{B}\nINFO body: content={C}\n",
    "application_log, print_r": f"Array ( [sms_id] => 1783822 [content] => {A},{B} )\nArray ( [content] => {C} )\n",
}
