"""Where the local AWS tells something else than it was told, and a second plan therefore sees change.

Each line is an attribute of a kind of resource, with the reason. A plan that would change anything else fails, and so does a
line that no plan needs any more.
"""

KNOWN: dict[tuple[str, str], str] = {}


def unknown(changes: list[dict]) -> list[str]:
    """What a second plan would change, and what of the list it did not need."""
    found, needed = [], set()
    for change in changes:
        kind = change["address"].rsplit("[", 1)[0].split(".")[-2]
        for attribute, (before, after) in change["differ"].items():
            if (kind, attribute) in KNOWN and change["actions"] == ["update"]:
                needed.add((kind, attribute))
            else:
                found.append(f"{change['address']} ({'/'.join(change['actions'])}): {attribute} is {before!r:.200}, would be {after!r:.200}")
    return found + [f"{kind}.{attribute} is listed as drift and is none any more" for kind, attribute in KNOWN if (kind, attribute) not in needed]
