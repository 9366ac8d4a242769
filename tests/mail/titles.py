"""Titles that people could type, or that somebody would try: harmless ones and hostile ones."""

from itertools import chain, cycle, islice

WORDS = [
    "Génies en herbe",
    "Science",
    "O'Brien",
    "Ünïcödé ÀÉÎÕÜ",
    "Наставники",
    "数学の友達",
    "مرشدون للشباب",
    "می\u200cخواهم",
    "חונכות",
    "मार्गदर्शक",
    "🎓🚀",
    "👩\u200d🏫 et 👨\u200d🎓",
    "e\u0301te\u0301",
    "𝔐𝔢𝔫𝔱𝔬𝔯",
]
SHAPES = [
    "{}",
    '"{}"',
    "'{}'",
    "«\u00a0{}\u00a0»",
    "“{}”",
    "{}, Inc.",
    ",{},",
    'A, {}, "B"',
    '"{}',
    '{}"',
    "{}\\",
    "\\{}",
    '\\"{}\\"',
    '{} \\\\" {}',
    "({})",
    "{} (pas un commentaire",
    "[{}]",
    "{}; {}",
    "{}: {}",
    "{}  {}",
    ".{}.",
    "{} ?= {}",
    "?utf-8?B?{}?=",
    "utf-8''{}",
    "{} = {}",
    "{{7*7}} {}",
    "%(name)s {}",
    "${{{}}} & {}",
    "Bcc: {}",
    "{} % 100 _ * # ! / | ^ ~ `",
]
LENGTHS = [59, 60, 61, 74, 75, 76, 77, 78, 79, 100, 120, 149, 150]

HOSTILE_MARKS = [
    "<a@b.c>", "<", ">", "a@b.c", "@", "=?utf-8?B?QUJD?=", "=?", "=?utf-8?Q?=0D=0ABcc:_x?=",
    "\n", "\r", "\r\n", "\r\n ", "\r\n\t", "\r\nBcc: x", "\n\nbody", "\0", "\t", "\x0b", "\x1b[31m", "\x7f",
    "\u0085", "\u2028", "\u2029", "\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c",
    "\u200b", "\u00ad", "\ufeff", "\ue000", "\U000e0041",
]  # fmt: skip
HOSTILE_SHAPES = ["{}Génies", "Génies{}en herbe", "Science{}", "{}"]


def _of_length(word: str, shape: str, length: int) -> str:
    return shape.format("".join(islice(cycle(f"{word} "), length)))[:length].strip()


LEGAL = sorted(
    {
        *(shape.format(word, word) for word in WORDS for shape in SHAPES),
        *chain.from_iterable(
            (_of_length(word, shape, length) for shape in ("{}", '"{}')) for word in WORDS for length in LENGTHS
        ),
        '"' * 60,
        "\\" * 60,
        "é" * 150,
        "🎓" * 150,
        "a" * 150,
        "a b " * 37,
    }
)
ILLEGAL = sorted({shape.format(mark) for mark in HOSTILE_MARKS for shape in HOSTILE_SHAPES})
