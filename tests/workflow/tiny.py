"""A tiny study on files made here: English and Chinese reviews, word vectors, no network."""

import csv
import gzip
import json
import random
from pathlib import Path

import numpy as np
import yaml

ENGLISH = {
    "negative": ["dull", "awful", "boring", "weak", "poor", "tired", "stale", "bland", "clumsy", "hollow"],
    "positive": ["bright", "lovely", "funny", "strong", "fine", "fresh", "warm", "clever", "tender", "brave"],
    "": ["the", "film", "is", "a", "story", "of", "people", "with", "plot", "and", "music", "in", "town"],
}
CHINESE = {
    "negative": ["糟糕", "难看", "失望", "无聊", "太差", "讨厌", "破旧", "吵闹", "肮脏", "昂贵"],
    "positive": ["喜欢", "漂亮", "满意", "舒服", "方便", "干净", "推荐", "热情", "实惠", "精彩"],
    "": ["酒店", "房间", "这本", "书", "电脑", "屏幕", "服务", "我们", "觉得", "早餐", "位置", "故事"],
}


def sentences(words: dict[str, list[str]], joint: str, count: int, seed: int) -> list[tuple[str, str]]:
    """Texts of 6 to 12 words, two or three of them of the class; labels by name."""
    rng = random.Random(seed)
    rows = []
    for i in range(count):
        label = ("negative", "positive")[i % 2]
        chosen = rng.choices(words[label], k=rng.randint(2, 3)) + rng.choices(words[""], k=rng.randint(4, 9))
        rng.shuffle(chosen)
        rows.append((joint.join(chosen), label))
    return rows


def vectors(words: dict[str, list[str]], width: int, seed: int) -> dict[str, np.ndarray]:
    """Random vectors; those of a class share a direction."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=width)
    sign = {"negative": -1, "positive": 1, "": 0}
    found = {
        word: rng.normal(size=width) + 2 * sign[label] * direction
        for label, group in words.items()
        for word in group
    }
    for character in sorted(set("".join(found))):
        found.setdefault(character, rng.normal(size=width))
    return found


def write_glove(path: Path, table: dict[str, np.ndarray]) -> None:
    """GloVe's text format, gzipped."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for word, vector in table.items():
            file.write(word + " " + " ".join(f"{value:.5f}" for value in vector) + "\n")


def write_word2vec(path: Path, table: dict[str, np.ndarray]) -> None:
    """word2vec's binary format."""
    with path.open("wb") as file:
        file.write(f"{len(table)} {len(next(iter(table.values())))}\n".encode())
        for word, vector in table.items():
            file.write(word.encode() + b" " + vector.astype("<f4").tobytes() + b"\n")


def write_study(folder: Path) -> Path:
    """Write data, vectors and configuration; return the configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "english.csv").open("w", newline="", encoding="utf-8") as file:
        rows = sentences(ENGLISH, " ", 160, seed=1)
        csv.writer(file).writerows([("review", "verdict"), *rows, rows[0]])  # one duplicate
    chinese = sentences(CHINESE, "", 160, seed=2)
    for label in ("negative", "positive"):
        lines = [text for text, own in chinese if own == label]
        (folder / f"{label}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_glove(folder / "glove.txt.gz", vectors(ENGLISH, 24, seed=3))
    write_word2vec(folder / "chinese.bin", vectors(CHINESE, 20, seed=4))
    small = {"network": {"channels": 8}, "training": {"epochs": 3, "batch_size": 16, "learning_rate": 0.01}}
    config = {
        "datasets": ["tiny_en", "tiny_zh"],
        "methods": ["dnn", "lv2023"],
        "baselines": ["majority", "tf-idf"],
        "seeds": [7],
        "results": str(folder / "results"),
        "attack": {"sample": 3, "english": ["deepwordbug"]},
        "define": {
            "datasets": {
                "tiny_en": {
                    "title": "Tiny English",
                    "language": "en",
                    "classes": ["negative", "positive"],
                    "embedding": "glove",
                    "test_fraction": 0.2,
                    "files": [{"path": str(folder / "english.csv"), "text": "review", "label": "verdict"}],
                },
                "tiny_zh": {
                    "title": "Tiny Chinese",
                    "language": "zh",
                    "classes": ["negative", "positive"],
                    "embedding": "word2vec",
                    "test_fraction": 0.2,
                    "files": [
                        {"path": str(folder / f"{label}.txt"), "format": "lines", "label": i}
                        for i, label in enumerate(("negative", "positive"))
                    ],
                },
            },
            "embeddings": {
                "glove": {"sources": [{"kind": "text", "path": str(folder / "glove.txt.gz"), "width": 24}]},
                "word2vec": {
                    "sources": [{"kind": "word2vec", "path": str(folder / "chinese.bin"), "width": 20}]
                },
            },
            "methods": {
                "dnn": small,
                "lv2023": {
                    **small,
                    "conversion": {"steps": [1, 4, 8], "rule": {"kind": "percentile", "calibration": 32}},
                    "finetuning": {"steps": 8, "epochs": 2, "batch_size": 16, "learning_rate": 0.005},
                },
            },
        },
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def overlay(path: Path, **values) -> Path:
    """Another configuration file beside `path`."""
    other = path.with_name("overlay.yaml")
    other.write_text(json.dumps(values), encoding="utf-8")
    return other
