"""Formulas as MathML, which browsers draw by themselves: a page needs no script and asks nobody for one.

What is known is what the lessons and a written answer need: fractions, roots, sums, indices, matrices,
aligned lines, text, the usual signs. Anything else stands on the page as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

MOST_LETTERS = 4_000
MOST_DEPTH = 24
TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|[{}^_&]|[0-9]+(?:[.,][0-9]+)*|\s+|.", re.DOTALL)


def _pairs(text: str) -> dict[str, str]:
    """Names and signs by turns."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


LETTERS = _pairs("""
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι
    kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ
    omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω ell ℓ
    hbar ℏ nabla ∇ partial ∂ infty ∞ emptyset ∅ Re ℜ Im ℑ
""")
SIGNS = _pairs(r"""
    cdot ⋅ times × div ÷ pm ± mp ∓ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ propto ∝
    in ∈ notin ∉ subset ⊂ subseteq ⊆ cup ∪ cap ∩ to → rightarrow → leftarrow ← Rightarrow ⇒ Leftarrow ⇐
    leftrightarrow ↔ mapsto ↦ downarrow ↓ uparrow ↑ dots … ldots … cdots ⋯ vdots ⋮ forall ∀ exists ∃
    mid ∣ parallel ∥ ast ∗ star ⋆ circ ∘ otimes ⊗ odot ⊙ oplus ⊕ ll ≪ gg ≫ langle ⟨ rangle ⟩ lfloor ⌊
    rfloor ⌋ lceil ⌈ rceil ⌉ lVert ‖ rVert ‖ Vert ‖ lvert | rvert | vert | colon : prime ′ wedge ∧
    vee ∨ neg ¬ land ∧ lor ∨ { { } } | ‖ % % $ $ # # & & _ _
""")
LARGE = _pairs("sum ∑ prod ∏ int ∫ bigcup ⋃ bigcap ⋂")
_FUNCTIONS = "max min log ln exp sin cos tan tanh arg argmax argmin det dim lim sup inf Pr sgn softmax"
NAMES = frozenset(_FUNCTIONS.split())
SPACES = {",": 0.17, ":": 0.22, ";": 0.28, "!": -0.17, " ": 0.25, "quad": 1.0, "qquad": 2.0, "enspace": 0.5}
ACCENTS = {"hat": "^", "tilde": "~", "bar": "¯", "vec": "→", "dot": "˙", "ddot": "¨", "overline": "¯"}
ACCENTS |= {"widehat": "^", "widetilde": "~"}
UPRIGHT = frozenset(
    ["text", "mathrm", "textrm", "operatorname", "mathsf", "texttt", "mathtt", "textbf", "textit"]
)
STYLED = {
    "mathbf": "bold",
    "boldsymbol": "bold",
    "mathbb": "double-struck",
    "mathcal": "script",
    "mathit": "italic",
}
STYLED |= {"mathscr": "script", "mathfrak": "fraktur"}
_SIZES = "big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr left right middle"
SIZES = frozenset(_SIZES.split())
IGNORED = frozenset(
    ["displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag", "mathrel", "mathbin"]
)
IGNORED |= {"mathop", "mathord", "strut"}
TABLES = {
    "matrix": ("", ""),
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "cases": ("{", ""),
    "aligned": ("", ""),
    "align": ("", ""),
    "align*": ("", ""),
    "gather": ("", ""),
    "gather*": ("", ""),
    "gathered": ("", ""),
    "split": ("", ""),
    "equation": ("", ""),
    "equation*": ("", ""),
    "array": ("", ""),
    "smallmatrix": ("", ""),
}


class Unknown(ValueError):
    """A formula with something in it that is not known here."""


def mathml(source: str, block: bool = False) -> str:
    """A formula as MathML; as its own source where it is not known how."""
    try:
        if len(source) > MOST_LETTERS:
            raise Unknown("too long")
        inside = _Reader(source).whole()
    except Unknown:
        tag = "pre" if block else "code"
        return f"<{tag}>{escape(source.strip())}</{tag}>"
    shown = ' display="block"' if block else ""
    return f"<math{shown}>{inside}</math>"


def _row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def _sign(text: str, stretchy: bool = False) -> str:
    return f'<mo stretchy="{"true" if stretchy else "false"}">{escape(text)}</mo>'


class _Reader:
    """One formula, read from left to right."""

    def __init__(self, source: str) -> None:
        self.tokens = [token for token in TOKEN.findall(source)]
        self.at = 0
        self.depth = 0

    def whole(self) -> str:
        parts = self._parts(frozenset())
        if self.at < len(self.tokens):
            raise Unknown(self.tokens[self.at])
        return _row(parts)

    def _peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise Unknown("the end")
        self.at += 1
        return token

    def _parts(self, ends: frozenset[str]) -> list[str]:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise Unknown("too deep")
        parts: list[str] = []
        while (token := self._peek()) and token not in ends:
            if token in ("}", "&", "\\\\", "\\end", "\\right"):
                break
            parts.append(self._scripted(*self._atom()))
        self.depth -= 1
        return parts

    def _scripted(self, base: str, large: bool) -> str:
        """A base with what stands below and above it."""
        below = above = ""
        primes = ""
        while (token := self._peek()) in ("^", "_", "'", "\\limits", "\\nolimits"):
            self._next()
            if token == "'":
                primes += "′"
            elif token == "^":
                above = above or self._argument()
            elif token == "_":
                below = below or self._argument()
        if primes:
            above = f"<mrow>{_sign(primes)}{above}</mrow>"
        kind = ("munder", "mover", "munderover") if large else ("msub", "msup", "msubsup")
        if below and above:
            return f"<{kind[2]}>{base}{below}{above}</{kind[2]}>"
        if below:
            return f"<{kind[0]}>{base}{below}</{kind[0]}>"
        return f"<{kind[1]}>{base}{above}</{kind[1]}>" if above else base

    def _argument(self) -> str:
        if self._peek() == "{":
            return self._group()
        token = self._peek()
        if token.isdecimal() and len(token) > 1:  # x^12 is x to the 1, then 2
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        return self._atom()[0]

    def _group(self) -> str:
        self._next()
        parts = self._parts(frozenset("}"))
        if self._next() != "}":
            raise Unknown("}")
        return _row(parts)

    def _text(self) -> str:
        """A group's letters as they are, blanks included."""
        if self._next() != "{":
            raise Unknown("{")
        text = ""
        depth = 1
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            depth += (token == "{") - (token == "}")
            if not depth:
                return re.sub(r"\\(.)", r"\1", text)
            text += "" if token in "{}" else token
        raise Unknown("}")

    def _atom(self) -> tuple[str, bool]:
        """One thing, and whether its indices stand below and above it."""
        token = self._next()
        if token == "{":
            self.at -= 1
            return self._group(), False
        if token[0] != "\\" or len(token) == 1:
            return self._letter(token), False
        return self._command(token[1:])

    def _letter(self, token: str) -> str:
        if token[0].isdecimal():
            return f"<mn>{escape(token)}</mn>"
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        if token == "~":
            return '<mspace width="0.25em"></mspace>'
        if token in "^_&}'" or not token.isprintable():
            raise Unknown(token)
        return _sign({"-": "−", "*": "∗"}.get(token, token))

    def _command(self, name: str) -> tuple[str, bool]:
        if name in LETTERS:
            return f"<mi>{LETTERS[name]}</mi>", False
        if name in SIGNS:
            return _sign(SIGNS[name]), False
        if name in LARGE:
            return f"<mo>{LARGE[name]}</mo>", name != "int"
        if name in NAMES:
            return f"<mi>{name}</mi>", name in ("max", "min", "argmax", "argmin", "lim", "sup", "inf")
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}em"></mspace>', False
        if name in UPRIGHT:
            return f"<mtext>{escape(self._text()).replace(' ', chr(160))}</mtext>", False
        if name in STYLED:
            return f'<mstyle mathvariant="{STYLED[name]}">{self._argument()}</mstyle>', False
        if name in ACCENTS:
            return f'<mover accent="true">{self._argument()}{_sign(ACCENTS[name])}</mover>', False
        if name in IGNORED:
            return self._atom() if self._peek() else ("<mrow></mrow>", False)
        if name in ("frac", "dfrac", "tfrac"):
            return f"<mfrac>{self._argument()}{self._argument()}</mfrac>", False
        if name == "sqrt":
            return self._root(), False
        if name in ("underbrace", "overbrace"):
            tag, brace = ("munder", "⏟") if name == "underbrace" else ("mover", "⏞")
            return f"<{tag}>{self._argument()}{_sign(brace, stretchy=True)}</{tag}>", True
        if name in SIZES:
            return self._fence(name), False
        if name == "begin":
            return self._table(), False
        raise Unknown(name)

    def _root(self) -> str:
        if self._peek() != "[":
            return f"<msqrt>{self._argument()}</msqrt>"
        self._next()
        degree = _row(self._parts(frozenset("]")))
        self._next()
        return f"<mroot>{self._argument()}{degree}</mroot>"

    def _fence(self, name: str) -> str:
        opening = self._delimiter()
        if name != "left":
            return opening
        parts = self._parts(frozenset())
        if self._next() != "\\right":
            raise Unknown("\\right")
        return f"<mrow>{opening}{''.join(parts)}{self._delimiter()}</mrow>"

    def _delimiter(self) -> str:
        token = self._next()
        if token == ".":
            return ""
        if token.startswith("\\"):
            if token[1:] not in SIGNS:
                raise Unknown(token)
            return _sign(SIGNS[token[1:]], stretchy=True)
        if token not in "()[]|/<>":
            raise Unknown(token)
        return _sign({"<": "⟨", ">": "⟩"}.get(token, token), stretchy=True)

    def _table(self) -> str:
        name = self._text()
        if name not in TABLES:
            raise Unknown(name)
        if name == "array":
            self._text()  # how its columns stand
        rows = [list(self._cells())]
        while self._peek() == "\\\\":
            self._next()
            if self._peek() != "\\end":
                rows.append(list(self._cells()))
        if self._next() != "\\end" or self._text() != name:
            raise Unknown("\\end")
        inside = "".join("<mtr>" + "".join(f"<mtd>{cell}</mtd>" for cell in row) + "</mtr>" for row in rows)
        first, last = (_sign(sign, stretchy=True) if sign else "" for sign in TABLES[name])
        aligned = ' class="aligned"' if name.startswith(("align", "split")) else ""
        return f"<mrow>{first}<mtable{aligned}>{inside}</mtable>{last}</mrow>"

    def _cells(self) -> Iterator[str]:
        yield _row(self._parts(frozenset()))
        while self._peek() == "&":
            self._next()
            yield _row(self._parts(frozenset()))
