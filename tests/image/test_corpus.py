"""How many base images of real Dockerfiles the catalog knows; needs the corpus beside a working copy."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from minify.image.catalog import lookup

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "dockerfiles.jsonl.gz"
FROM = re.compile(r"(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?")


def base_images() -> Iterator[str]:
    """Every FROM of the corpus that names an image: no stage, no variable."""
    with gzip.open(CORPUS, "rt", encoding="utf-8") as lines:
        for line in lines:
            text = base64.b64decode(json.loads(line)["content_base64"]).decode("utf-8", "replace")
            stages: set[str] = set()
            for image, stage in FROM.findall(text):
                if image.lower() not in stages and not re.search(r"[${%]", image):
                    yield image
                stages.add(stage.lower())


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")
def test_share_of_real_base_images(record_property: Callable[[str, object], None]) -> None:
    images = list(base_images())
    unknown = [image for image in images if lookup(image) is None]
    share = 1 - len(unknown) / len(images)
    record_property("share", round(share, 3))
    record_property("unknown", Counter(image.partition(":")[0] for image in unknown).most_common(12))
    assert share > 0.75
    # What Docker publishes itself is known, whatever the tag.
    official = {
        "python",
        "node",
        "golang",
        "debian",
        "ubuntu",
        "alpine",
        "nginx",
        "php",
        "ruby",
        "rust",
        "busybox",
    }
    missed = [image for image in unknown if re.split("[:@]", image)[0] in official]
    assert not missed
