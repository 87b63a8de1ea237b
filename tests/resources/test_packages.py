import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from resource_helpers import expected_for, sha256

from spiketext.errors import SpikeTextError
from spiketext.resources import packages, pip_backend
from spiketext.resources.packages import download_package
from spiketext.resources.transfer import MissingError, SourceError

SETUP = "open({ran!r}, 'w').close()\nfrom setuptools import setup\nsetup(name='tiny-data', version='1.0')\n"


def make_wheel(folder: Path) -> Path:
    path = folder / "tiny_data-1.0-py3-none-any.whl"
    info = "tiny_data-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("tiny_data/words.txt", "from the wheel")
        # No Python of today will do; only data are taken out.
        wheel.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: tiny-data\nVersion: 1.0\nRequires-Python: <3\n",
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def make_sdist(folder: Path, ran: Path, pyproject: str = "") -> Path:
    path = folder / "tiny-data-1.0.tar.gz"
    files = {
        "setup.py": SETUP.format(ran=str(ran)),
        "words.txt": "from the sdist",
        "PKG-INFO": "Name: tiny-data\n",
    }
    if pyproject:
        files["pyproject.toml"] = pyproject
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(f"tiny-data-1.0/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def links(tmp_path, monkeypatch):
    """A folder that pip is configured to look into, instead of any index."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def download(path: Path, out: Path, package: str = "tiny-data==1.0") -> Path:
    expected = expected_for(path.read_bytes(), path.name)
    partial = expected.partial(out)
    try:
        download_package(package, partial, expected)
    finally:
        assert not (out / ".pip").exists()
    return partial


def test_real_pip_fetches_a_wheel(links, out):
    wheel = make_wheel(links)
    assert download(wheel, out).read_bytes() == wheel.read_bytes()


def test_real_pip_fetches_the_pinned_sdist_and_does_not_run_it(links, out, tmp_path):
    ran = tmp_path / "setup.py was run"
    make_wheel(links)  # pip would prefer this one; the checksum decides
    sdist = make_sdist(links, ran)
    assert download(sdist, out).read_bytes() == sdist.read_bytes()
    assert not ran.exists()


@pytest.mark.parametrize("back_end", [pip_backend, pip_backend.__legacy__])
def test_stand_in_for_setuptools(back_end, tmp_path, monkeypatch):
    """An archive may ask for either form, depending on whether it has a pyproject.toml."""
    monkeypatch.setenv("SPIKETEXT_PACKAGE", "tiny-data==1.0")
    folder = tmp_path / back_end.prepare_metadata_for_build_wheel(str(tmp_path))
    assert folder.name == "tiny_data-1.0.dist-info"
    assert "Name: tiny-data\nVersion: 1.0\n" in (folder / "METADATA").read_text()


def test_sdist_of_another_build_system(links, out, tmp_path):
    system = '[build-system]\nrequires = []\nbuild-backend = "no_such_backend"\n'
    sdist = make_sdist(links, tmp_path / "ran", system)
    with pytest.raises(SourceError, match="cannot read this kind of source archive"):
        download(sdist, out)


def test_wrong_checksum(links, out):
    wheel = make_wheel(links)
    right = expected_for(b"something else", wheel.name)
    with pytest.raises(SourceError) as caught:
        download_package("tiny-data==1.0", right.partial(out), right)
    assert f"expected sha256 {right.sha256}, got {sha256(wheel.read_bytes())}" in str(caught.value)
    assert list(out.iterdir()) == []


def test_index_out_of_reach(links, out, monkeypatch, dead_url):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", dead_url)
    monkeypatch.setenv("PIP_RETRIES", "1")  # with 0, pip does not say why
    wheel = make_wheel(links)
    wheel.rename(wheel.with_suffix(".away"))
    expected = expected_for(b"x", wheel.name)
    with pytest.raises(SourceError, match=r"pip cannot reach its package index \(connection refused\)"):
        download_package("tiny-data==1.0", expected.partial(out), expected)


OUTPUTS = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": SpikeTextError,
    "/usr/bin/python3: No module named pip": SpikeTextError,
    "ERROR: No matching distribution found for tiny-data==1.0": MissingError,
    "ERROR: something new": SourceError,
    "": SourceError,
}


@pytest.mark.parametrize("output, kind", OUTPUTS.items())
def test_what_else_pip_may_say(output, kind, tmp_path):
    error = packages._failure(output, tmp_path / "x")
    assert type(error) is kind
    assert "\n" not in str(error)
