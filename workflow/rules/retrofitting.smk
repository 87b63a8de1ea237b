# Word vectors drawn together where words are synonyms, for methods that ask for them (`inputs: {retrofitted: true}`).
# Needs: the word table, vector sources (to embed words of the lexicon that the data set lacks), a lexicon of the language.
# Gives: a table that stands in the place of the data set's own. No text is read, and no label.


rule retrofit:
    input:
        table=rules.embed.output.table,
        words=rules.embed.output.words,
        fit=rules.embed.output.fit,
        report=rules.embed.output.report,
        vector_manifests=lambda w: manifests(embedding_of(w).sources),
        vector_files=lambda w: local_files(embedding_of(w).sources),
        lexicon=lambda w: [f"{RESOURCES}/{lexicon(w)}/manifest.json"],
    output:
        table=f"{RESULTS}/{{dataset}}/embeddings/retrofitted/table.safetensors",
        words=f"{RESULTS}/{{dataset}}/embeddings/retrofitted/words.json",
        report=f"{RESULTS}/{{dataset}}/embeddings/retrofitted/report.json",
    log:
        f"{RESULTS}/logs/{{dataset}}/retrofit.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/retrofit.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(2500),
        runtime=growing(60),
    params:
        embedding=part(embedding_of),
        contents=local_contents(lambda w: embedding_of(w).sources),
        lexicon=lexicon,
        code=code("retrofit.py"),
    message:
        "Retrofitting the word vectors of {wildcards.dataset} to its language's synonyms"
    script:
        "../scripts/retrofit.py"
