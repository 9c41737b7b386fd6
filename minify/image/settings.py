"""What the facts say of one image: its family's row, its repository's, and every rule that fits its tag.

settings, distro, certain = settings_of(identify("php:8.3-apache"))
settings["cmd"]   # ["apache2-foreground"]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from minify.image import data
from minify.image.identity import Known, core_of, numbers_of
from minify.image.tags import Tag


def settings_of(known: Known) -> tuple[dict[str, Any], str | None, bool]:
    """The image's own row, then its repository's, then each rule that fits, the later over the earlier."""
    facts = known.family.facts
    settings: dict[str, Any] = {}
    _merge(settings, facts.get("image", {}))
    _merge(settings, known.family.table("repositories").get(known.repository, {}))
    distro, certain = _distro(known, settings.get("distro"))
    # What a digest holds may be older than what its tag names today.
    if known.reference.digest and not known.tag.distro and "release_of" not in facts:
        certain = certain and known.one_release
    for rule in facts.get("rules", ()):
        if _fits(rule["when"], known, distro):
            _merge(settings, {key: value for key, value in rule.items() if key != "when"})
            if "distro" in rule and not known.tag.distro and not known.tag.alpine:
                distro = said(rule["distro"])
    return settings, said(distro), certain


def said(text: str | None) -> str | None:
    """The facts write `none` where there is none."""
    return None if text in (None, "none", "") else text


def _distro(known: Known, default: str | None) -> tuple[str | None, bool]:
    """The release behind a tag: named by it, else what the default is (or was at the tag's last rebuild)."""
    tag, row, family = known.tag, known.row, known.family
    if tag.distro:
        return tag.distro, True
    if known.one_release:
        return default, True
    if (known.reference.tag is None and known.reference.digest) or tag.unknown:
        return None, False
    if tag.alpine:
        current = family.facts.get("alpine") if "built" in row or not family.releases else None
        release = None if known.superseded else row.get("alpine") or current
        return release or "alpine", release is not None and (bool(row) or tag.floating)
    if rule := family.facts.get("release_of"):
        return _os_release(rule.split(), tag, family)
    if not row:
        return (default, tag.floating) if not family.releases else (None, False)
    since = row.get("since", {})
    if since and known.superseded and known.exact:
        patch = numbers_of(known.exact)[-1]
        fitting = [distro for first, distro in since.items() if int(first) <= patch]
        return (fitting[-1] if fitting else None), False
    return row.get("distro"), row.get("certain") != "false" and not known.superseded


def _os_release(rule: list[str], tag: Tag, family: data.Family) -> tuple[str | None, bool]:
    """`release_of: alpine 2`: alpine:3.18.4 stands on alpine3.18."""
    prefix, pieces = rule[0], int(rule[1])
    core = core_of(tag.version)
    if core is None or (tag.version and tag.version[0].isalpha()):
        return prefix if prefix == "alpine" else None, False
    name = prefix + ".".join(core.split(".")[:pieces])
    if name in data.distros().releases:
        return name, not tag.unknown
    return prefix if prefix == "alpine" else None, False


def _merge(settings: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if key == "env":
            settings["env"] = {**settings.get("env", {}), **value}
        elif key == "unset_env":
            settings["env"] = {name: text for name, text in settings.get("env", {}).items() if name not in value}
        elif key == "unset_has":
            settings["has"] = " ".join(word for word in settings.get("has", "").split() if word not in value.split())
        elif key == "notes":
            settings["notes"] = [*settings.get("notes", ()), *value]
        else:
            settings[key] = value


def _fits(when: Mapping[str, str], known: Known, distro: str | None) -> bool:
    return all(_holds(condition, value, known, distro) for condition, value in when.items())


def _holds(condition: str, value: str, known: Known, distro: str | None) -> bool:
    words = value.split()
    variant = known.tag.variant
    if condition == "variant":
        return any(word in variant for word in words)
    if condition == "not_variant":
        return not any(word in variant for word in words)
    if condition == "repository":
        return known.repository in words
    if condition == "distro":
        return any((distro or "").startswith(word) for word in words)
    if condition == "earlier":
        return any(_earlier(known.tag.version, word) for word in words)
    # from and below compare releases; an operating system's is its own.
    system = distro if "release_of" in known.family.facts else None
    version = numbers_of(known.release or system or known.tag.version)
    if not version:
        return False
    return version >= numbers_of(value) if condition == "from" else version < numbers_of(value)


def _earlier(written: str | None, first: str) -> bool:
    """Whether a tag names an update of the same release before one; a tag that names none moves along.

    >>> _earlier("8u102", "8u212"), _earlier("8", "8u212"), _earlier("11.0.2", "8u212")
    (True, False, False)
    """
    numbers, limit = ([int(number) for number in re.findall(r"\d+", text or "")] for text in (written, first))
    return numbers[:1] == limit[:1] and len(numbers) > 1 and numbers < limit
