"""Embeddings stage: vectors for the words of a data set.

Required inputs:
    results/{dataset}/text/vocabulary.json;
    results/resources/{resource}/manifest.json for each resource of the vector sources, with the files
    beside it, or the user's own files.

Outputs, for later stages:
    results/{dataset}/embeddings/table.safetensors   vectors (not transformed), covered
    results/{dataset}/embeddings/words.json          the words of its rows
    results/{dataset}/embeddings/fit.safetensors     fitted reductions, to embed new words
    results/{dataset}/embeddings/report.json         width, coverage, mean and deviation
"""


rule embed:
    input:
        vocabulary=rules.tokenise.output.vocabulary,
        manifests=lambda wildcards: manifests(embedding_of(wildcards).sources),
        local=lambda wildcards: local_files(embedding_of(wildcards).sources),
    output:
        table=f"{RESULTS}/{{dataset}}/embeddings/table.safetensors",
        words=f"{RESULTS}/{{dataset}}/embeddings/words.json",
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        report=f"{RESULTS}/{{dataset}}/embeddings/report.json",
    log:
        f"{RESULTS}/logs/{{dataset}}/embed.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/embed.tsv"
    wildcard_constraints:
        dataset=datasets_of_words(True),
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        embedding=part(embedding_of),
        contents=local_contents(lambda wildcards: embedding_of(wildcards).sources),
        code=code("embed.py"),
    message:
        "Looking up the word vectors of {wildcards.dataset}"
    script:
        "../scripts/embed.py"
