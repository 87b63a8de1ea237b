"""Where a report comes from, as its last chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from spiketext.provenance import fingerprint
from spiketext.report.document import Block, Bullets, Details, Report, Section


def resources_section(manifests: Sequence[Report], define: Mapping[str, Any]) -> Section:
    """Where data, word vectors and methods come from."""
    items = [
        f"{one['resource']} {one['version']}. Citation: {one['citation']}. Licence: {one['licence']}. "
        f"Read from {one['source']}; sha256 {one['sha256']}."
        for one in manifests
    ]
    entries = [entry for dataset in define["datasets"].values() for entry in dataset["files"]]
    entries += [entry for embedding in define["embeddings"].values() for entry in embedding["sources"]]
    local = dict.fromkeys(entry["path"] for entry in entries if entry.get("path"))
    items += [f"{path}: a local file; its licence is not known here." for path in local]
    for method in define["methods"].values():
        if method.get("citation"):
            items.append(f"Method {method['title']}: {method['citation']}.")
    return Section("Data, word vectors and methods", "resources", [Bullets(items)])


def provenance_section(settings: Mapping[str, Any], sentences: Sequence[str]) -> Section:
    """Where the results come from, and the settings."""
    digest = fingerprint(settings)
    blocks: list[Block] = [
        Bullets([*sentences, f"Digest of the settings: {digest}."]),
        Details(
            "Settings of this study", yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)
        ),
    ]
    return Section("Where these results come from", "provenance", blocks)
