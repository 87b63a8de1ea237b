# Texts of a data set's domain without a label, for those who learn from a teacher.
# Needs: raw files, the corpus (none of its texts may stand among them), word table, vector sources (to embed words
# that the data set lacks). Gives: numbers of words, further words with their vectors, what was dropped.


rule unlabelled:
    input:
        corpus=rules.tokenise.output.corpus,
        table=rules.embed.output.table,
        words=rules.embed.output.words,
        fit=rules.embed.output.fit,
        manifests=lambda w: manifests(dataset_of(w).unlabelled_files),
        local=lambda w: local_files(dataset_of(w).unlabelled_files),
        vector_manifests=lambda w: manifests(embedding_of(w).sources),
        vector_files=lambda w: local_files(embedding_of(w).sources),
    output:
        texts=f"{RESULTS}/{{dataset}}/unlabelled/texts.safetensors",
        report=f"{RESULTS}/{{dataset}}/unlabelled/report.json",
    log:
        f"{RESULTS}/logs/{{dataset}}/unlabelled.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/unlabelled.tsv"
    wildcard_constraints:
        dataset="|".join(name for name in CFG.datasets if CFG.define.datasets[name].unlabelled_files)
        or "(?!)",
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(2500),
        runtime=growing(60),
    params:
        unlabelled=part(lambda w: dataset_of(w).unlabelled),
        language=lambda w: dataset_of(w).language,
        max_length=max_length,
        embedding=part(embedding_of),
        contents=local_contents(lambda w: dataset_of(w).unlabelled_files),
        vector_contents=local_contents(lambda w: embedding_of(w).sources),
        packages=versions("jieba"),
        code=code("unlabelled.py"),
    message:
        "Reading the texts without a label of {wildcards.dataset}"
    script:
        "../scripts/unlabelled.py"
