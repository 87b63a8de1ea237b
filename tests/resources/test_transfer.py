import pytest
from resource_helpers import expected_for

from spiketext.resources.transfer import (
    ChecksumError,
    Expected,
    MissingError,
    Truncated,
    copy_local,
    digest_of,
    receive,
)

DATA = bytes(range(256)) * 3000


def test_copy(tmp_path):
    (tmp_path / "from").write_bytes(DATA)
    copy_local(tmp_path / "from", tmp_path / "new/to", expected_for(DATA))
    assert (tmp_path / "new/to").read_bytes() == DATA
    copy_local(tmp_path / "from", tmp_path / "unknown", Expected("test", "unknown"))
    assert digest_of(tmp_path / "unknown") == expected_for(DATA).sha256


def test_copy_of_nothing(tmp_path):
    with pytest.raises(MissingError, match="no such file"):
        copy_local(tmp_path / "absent", tmp_path / "to", expected_for(DATA))
    with pytest.raises(MissingError, match="no such file"):
        copy_local(tmp_path, tmp_path / "to", expected_for(DATA))


@pytest.mark.parametrize("wrong", [DATA[:-1], DATA + b"x", DATA[:-1] + b"x"])
def test_copy_of_another_file(tmp_path, wrong):
    (tmp_path / "from").write_bytes(wrong)
    with pytest.raises(ChecksumError, match=r"wrong (size|checksum): expected .* got"):
        copy_local(tmp_path / "from", tmp_path / "to", expected_for(DATA))
    assert not (tmp_path / "to").exists()


def test_receive_goes_on_where_it_stopped(tmp_path):
    partial = tmp_path / "p"
    with pytest.raises(Truncated, match="ended after 500 of 768000 bytes"):
        receive([DATA[:300], DATA[300:500]], partial, expected_for(DATA))
    receive([DATA[500:]], partial, expected_for(DATA), resume=True)
    assert partial.read_bytes() == DATA


def test_an_interrupted_source_leaves_what_came(tmp_path):
    def chunks():
        yield DATA[:1000]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        receive(chunks(), tmp_path / "p", expected_for(DATA))
    assert (tmp_path / "p").read_bytes() == DATA[:1000]
