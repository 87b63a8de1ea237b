"""Sequences of numbers: what the text and embeddings stages make of texts, of arrays.

Required inputs:
    results/resources/{resource}/manifest.json for each resource of the data set's files, with the
    files beside it, or the user's own files.

Outputs, for later stages; an element is what a word is in texts:
    results/{dataset}/text/tokens.safetensors        ids, offsets, labels, split
    results/{dataset}/text/report.json               sequences read, repeated ones; lengths
    results/{dataset}/text/statistics.csv            lengths and distinct elements, whole and by class
    results/{dataset}/embeddings/table.safetensors   values of the distinct elements (not transformed), covered
    results/{dataset}/embeddings/words.json          what these are called
    results/{dataset}/embeddings/fit.safetensors     the permutation of the places, and the scale
    results/{dataset}/embeddings/report.json         width, mean and deviation
"""


rule read_sequences:
    input:
        manifests=lambda wildcards: manifests(dataset_of(wildcards).files),
        local=lambda wildcards: local_files(dataset_of(wildcards).files),
    output:
        tokens=f"{RESULTS}/{{dataset}}/text/tokens.safetensors",
        report=f"{RESULTS}/{{dataset}}/text/report.json",
        statistics=f"{RESULTS}/{{dataset}}/text/statistics.csv",
        table=f"{RESULTS}/{{dataset}}/embeddings/table.safetensors",
        words=f"{RESULTS}/{{dataset}}/embeddings/words.json",
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        vectors_report=f"{RESULTS}/{{dataset}}/embeddings/report.json",
    log:
        f"{RESULTS}/logs/{{dataset}}/read_sequences.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/read_sequences.tsv"
    wildcard_constraints:
        dataset=datasets_of_words(False),
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(2500),
        runtime=growing(30),
    params:
        dataset=lambda wildcards: dataset_of(wildcards).model_dump(
            mode="json", include={"kind", "target", "files", "classes", "scale", "permutation", "max_length"}
        ),
        contents=local_contents(lambda wildcards: dataset_of(wildcards).files),
        packages=versions("numpy", "pyarrow"),
        code=code("read_sequences.py"),
    message:
        "Reading the sequences of {wildcards.dataset}"
    script:
        "../scripts/read_sequences.py"
