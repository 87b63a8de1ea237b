"""Text stage: raw files to words, numbers and splits.

Required inputs:
    results/resources/{resource}/manifest.json for each resource of the data set's files, with the
    files beside it, or the user's own files.

Outputs, for later stages:
    results/{dataset}/text/corpus.parquet         id, split, label, text, tokens of the kept texts
    results/{dataset}/text/tokens.safetensors     ids, offsets, labels, split
    results/{dataset}/text/vocabulary.json        words, the padding "" first, and how often each occurs
    results/{dataset}/text/report.json            rows read, kept and dropped; lengths
    results/{dataset}/text/statistics.csv         lengths and vocabulary, whole and by class
    results/{dataset}/splits/seed{seed}.safetensors   rows of train, dev and test
"""


rule tokenise:
    input:
        manifests=lambda wildcards: manifests(dataset_of(wildcards).files),
        local=lambda wildcards: local_files(dataset_of(wildcards).files),
    output:
        corpus=f"{RESULTS}/{{dataset}}/text/corpus.parquet",
        tokens=f"{RESULTS}/{{dataset}}/text/tokens.safetensors",
        vocabulary=f"{RESULTS}/{{dataset}}/text/vocabulary.json",
        report=f"{RESULTS}/{{dataset}}/text/report.json",
        statistics=f"{RESULTS}/{{dataset}}/text/statistics.csv",
    log:
        f"{RESULTS}/logs/{{dataset}}/tokenise.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/tokenise.tsv"
    wildcard_constraints:
        dataset=datasets_of_words(True),
    conda:
        "../../envs/core.yaml"
    threads: 2
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        files=lambda wildcards: [file.model_dump(mode="json") for file in dataset_of(wildcards).files],
        classes=lambda wildcards: dataset_of(wildcards).classes,
        labels=lambda wildcards: dataset_of(wildcards).labels,
        other_labels=lambda wildcards: dataset_of(wildcards).other_labels,
        language=lambda wildcards: dataset_of(wildcards).language,
        max_length=lambda wildcards: dataset_of(wildcards).max_length,
        contents=local_contents(lambda wildcards: dataset_of(wildcards).files),
        packages=versions("jieba"),
        code=code("tokenise.py"),
    message:
        "Reading, de-duplicating and tokenising {wildcards.dataset}"
    script:
        "../scripts/tokenise.py"


rule split:
    input:
        tokens=f"{RESULTS}/{{dataset}}/text/tokens.safetensors",
        words=names_of_tokens,
    output:
        splits=f"{RESULTS}/{{dataset}}/splits/seed{{seed}}.safetensors",
    log:
        f"{RESULTS}/logs/{{dataset}}/split-seed{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/split-seed{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        target=target,
        classes=lambda wildcards: dataset_of(wildcards).classes,
        test_set=lambda wildcards: dataset_of(wildcards).test_set,
        test_fraction=lambda wildcards: dataset_of(wildcards).test_fraction,
        dev_fraction=lambda wildcards: dataset_of(wildcards).dev_fraction,
        code=code("split.py"),
    message:
        "Splitting {wildcards.dataset} into train, dev and test, seed {wildcards.seed}"
    script:
        "../scripts/split.py"
