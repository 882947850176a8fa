"""PHP package versions: PHP's `version_compare`, after Composer's removal of a leading `v`."""

from __future__ import annotations

import re

from typing_extensions import override

from supplychain.advisory.versions.order import Key, VersionOrder, sortable

_VALID = re.compile(r"[vV]?[0-9]+(?:[.+_-]?[0-9A-Za-z#*]++)*+", re.ASCII)
_PARTS = re.compile(r"[0-9]+|[^0-9.]+|(?<=\.)(?=\.)")
_FORMS = (("dev", 0), ("a", 1), ("b", 2), ("RC", 3), ("rc", 3), ("#", 4), ("p", 5))
_NUMBER = 4


class Packagist(VersionOrder):
    """`version_compare` of PHP: dev, alpha, beta, RC, the release, patch levels."""

    name = "packagist"

    @override
    def is_valid(self, version: str) -> bool:
        return _VALID.fullmatch(version) is not None

    @override
    def _key(self, version: str) -> Key:
        text = version.removeprefix("v").removeprefix("V")
        return (_sortable(tuple(_PARTS.findall(re.sub(r"[-_+]", ".", text)))),)


def _compare(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    for a, b in zip(first, second, strict=False):
        order = _compare_parts(a, b)
        if order:
            return order
    if len(first) > len(second):
        return _longer(first[len(second) :])
    return -_longer(second[len(first) :])


def _longer(following: tuple[str, ...]) -> int:
    """What follows the end of an equal shorter version makes it newer (a number, a patch level) or older (beta)."""
    orders = (1 if _is_number(part) else _sign(_form(part) - _NUMBER) for part in following)
    return next((order for order in orders if order), 0)


def _compare_parts(a: str, b: str) -> int:
    if _is_number(a) and _is_number(b):
        return _sign(int(a) - int(b))
    return _sign((_NUMBER if _is_number(a) else _form(a)) - (_NUMBER if _is_number(b) else _form(b)))


def _form(word: str) -> int:
    return next((order for form, order in _FORMS if word.startswith(form)), -1)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit()


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _coarse(parts: tuple[str, ...]) -> tuple[object, ...]:
    """Words of one form are equal. PHP's `#`, which equals every number, stands in no version that is published."""
    return tuple((_NUMBER, int(part)) if _is_number(part) else (_form(part), 0) for part in parts)


_sortable = sortable(_compare, _coarse)
