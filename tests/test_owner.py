"""A results folder belongs to one study: some config files, or some data sets."""

import os

import pytest

from spiketext.errors import SpikeTextError
from spiketext.owner import check_owner, note_owner


def files(*datasets):
    return {name: [f"{name}.csv"] for name in datasets}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_free_folder_takes_any_study(here):
    check_owner("results", ["config/config.yaml"], files("mr"))
    note_owner("results", ["config/config.yaml"], files("mr"))
    check_owner("results", [here / "config/config.yaml"], files("mr"))


def test_another_study_is_refused_in_one_line(here):
    note_owner("results", ["config/config.yaml"], files("mr"))
    with pytest.raises(SpikeTextError) as caught:
        check_owner("results", [here / "mine.yaml"], files("mr", "reviews"))
    assert str(caught.value) == (
        "results holds the results of another study, config/config.yaml: set `results` in mine.yaml to a "
        "folder of its own, such as results/mine; or delete results/study.json to give the folder to this "
        "study"
    )
    note_owner("results/mine", ["mine.yaml"], files("mr"))
    check_owner("results/mine", ["mine.yaml"], files("mr"))


def test_further_files_change_a_study_and_make_no_other(here):
    note_owner("results", ["mine.yaml", "sample.yaml"], files("mr"))
    check_owner("results", ["mine.yaml"], files("mr"))
    with pytest.raises(SpikeTextError):
        check_owner("results", ["mine.yaml", "seeds.yaml"], files("mr", "reviews"))
    note_owner("results", ["mine.yaml"], files("mr"))
    check_owner("results", ["mine.yaml", "seeds.yaml"], files("mr", "reviews"))
    note_owner("results", ["mine.yaml", "seeds.yaml"], files("mr"))
    check_owner("results", ["mine.yaml", "sample.yaml"], files("mr", "reviews"))
    with pytest.raises(SpikeTextError):
        check_owner("results", ["sample.yaml", "mine.yaml"], files("mr", "reviews"))


def test_a_copy_of_a_config_file_goes_on_with_the_same_data_sets(here):
    """One line says whose results these are; the first study stays the owner."""
    note_owner("results", ["mine.yaml"], files("mr", "reviews"))
    assert check_owner("results", ["mine.yaml"], files("mr", "reviews")) is None
    assert check_owner("results", ["copy.yaml"], files("reviews", "mr")) == (
        "results holds results of mine.yaml for the same data sets: this run uses what it can of them, and "
        "its report replaces theirs"
    )
    note_owner("results", ["copy.yaml"], files("mr", "reviews"))
    assert check_owner("results", ["mine.yaml"], files("mr", "reviews")) is None
    other = {"mr": ["mr.csv"], "reviews": ["other/reviews.csv"]}
    for datasets in (files("mr"), files("reviews"), files("mr", "reviews", "more"), other):
        with pytest.raises(SpikeTextError):
            check_owner("results", ["copy.yaml"], datasets)


def test_a_data_set_more_is_noted(here):
    """Then a copy of the present file goes on, and a copy of the former one does not."""
    note_owner("results", ["mine.yaml"], files("mr"))
    note_owner("results", ["mine.yaml"], files("mr", "reviews"))
    check_owner("results", ["copy.yaml"], files("mr", "reviews"))
    with pytest.raises(SpikeTextError):
        check_owner("results", ["copy.yaml"], files("mr"))


def test_a_run_of_some_data_sets_gives_the_folder_to_no_one_else(here):
    note_owner("results", ["mine.yaml"], files("mr", "reviews"))
    note_owner("results", ["mine.yaml"], files("mr"))
    with pytest.raises(SpikeTextError):
        check_owner("results", ["copy.yaml"], files("mr"))


def test_a_moved_folder_keeps_its_study(here):
    """Files below the working folder are noted as they are from there, others in full."""
    (here / "a").mkdir()
    os.chdir(here / "a")
    note_owner("results", ["mine.yaml"], files("mr"))
    note_owner("other", ["../shared.yaml"], files("mr"))
    os.chdir(here)
    (here / "a").rename(here / "b")
    os.chdir(here / "b")
    check_owner("results", [here / "b/mine.yaml"], files("mr"))
    check_owner("other", ["../shared.yaml"], files("mr"))
    with pytest.raises(SpikeTextError):
        check_owner("other", ["shared.yaml"], files("reviews"))
