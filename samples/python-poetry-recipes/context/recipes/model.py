from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import yaml
from attrs import field, frozen
from cattrs import Converter


def amount(written: object, _: type = Fraction) -> Fraction:
    """As people write it: `1 1/2`."""
    return sum((Fraction(part) for part in str(written).split()), Fraction(0))


converter = Converter(forbid_extra_keys=True)
converter.register_structure_hook(Fraction, amount)


@frozen
class Ingredient:
    name: str
    amount: Fraction
    unit: str = ""


@frozen
class Recipe:
    title: str
    serves: int
    ingredients: list[Ingredient] = field(factory=list)

    def scaled(self, guests: int) -> list[str]:
        out = []
        for i in self.ingredients:
            whole, rest = divmod(i.amount * guests / self.serves, 1)
            written = " ".join(str(part) for part in (whole, rest) if part)
            out.append(" ".join(word for word in (written, i.unit, i.name) if word))
        return out


def cookbook(folder: Path) -> dict[str, Recipe]:
    # LibYAML: the book grows
    return {
        path.stem: converter.structure(yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader), Recipe)
        for path in sorted(folder.glob("*.yaml"))
    }
