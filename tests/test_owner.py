"""A results folder belongs to one study."""

import os

import pytest

from spiketext.errors import SpikeTextError
from spiketext.owner import check_owner, note_owner


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_free_folder_takes_any_study(here):
    check_owner("results", ["config/config.yaml"])
    note_owner("results", ["config/config.yaml"])
    check_owner("results", [here / "config/config.yaml"])


def test_another_study_is_refused_in_one_line(here):
    note_owner("results", ["config/config.yaml"])
    with pytest.raises(SpikeTextError) as caught:
        check_owner("results", [here / "mine.yaml"])
    assert str(caught.value) == (
        "results holds the results of another study, config/config.yaml: set `results` in mine.yaml to a "
        "folder of its own, such as results/mine; or delete results/study.json to give the folder to this "
        "study"
    )
    note_owner("results/mine", ["mine.yaml"])
    check_owner("results/mine", ["mine.yaml"])


def test_further_files_change_a_study_and_make_no_other(here):
    note_owner("results", ["mine.yaml", "sample.yaml"])
    check_owner("results", ["mine.yaml"])
    with pytest.raises(SpikeTextError):
        check_owner("results", ["mine.yaml", "seeds.yaml"])
    note_owner("results", ["mine.yaml"])
    check_owner("results", ["mine.yaml", "seeds.yaml"])
    note_owner("results", ["mine.yaml", "seeds.yaml"])
    check_owner("results", ["mine.yaml", "sample.yaml"])
    with pytest.raises(SpikeTextError):
        check_owner("results", ["sample.yaml", "mine.yaml"])


def test_a_moved_folder_keeps_its_study(here):
    """Files below the working folder are noted as they are from there, others in full."""
    (here / "a").mkdir()
    os.chdir(here / "a")
    note_owner("results", ["mine.yaml"])
    note_owner("other", ["../shared.yaml"])
    os.chdir(here)
    (here / "a").rename(here / "b")
    os.chdir(here / "b")
    check_owner("results", [here / "b/mine.yaml"])
    check_owner("other", ["../shared.yaml"])
    with pytest.raises(SpikeTextError):
        check_owner("other", ["shared.yaml"])
