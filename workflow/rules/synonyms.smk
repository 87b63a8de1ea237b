# Synonyms of a data set's words, with their vectors, for training against an attacker who substitutes words.
# Needs: the word table, vector sources (to embed words that the data set lacks), a lexicon of the language.
# Gives: synonyms of each row of the table. No text is read, and no label.


rule synonyms:
    input:
        table=f"{RESULTS}/{{dataset}}/{{vectors}}/table.safetensors",
        words=f"{RESULTS}/{{dataset}}/{{vectors}}/words.json",
        fit=rules.embed.output.fit,
        vector_manifests=lambda w: manifests(embedding_of(w).sources),
        vector_files=lambda w: local_files(embedding_of(w).sources),
        lexicon=lambda w: [f"{RESOURCES}/{lexicon(w)}/manifest.json"],
    output:
        f"{RESULTS}/{{dataset}}/{{vectors}}/synonyms.safetensors",
    log:
        f"{RESULTS}/logs/{{dataset}}/{{vectors}}/synonyms.log",
    benchmark:
        f"{RESULTS}/benchmarks/{{dataset}}/{{vectors}}/synonyms.tsv"
    wildcard_constraints:
        vectors="embeddings(/retrofitted)?",
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        embedding=part(embedding_of),
        contents=local_contents(lambda w: embedding_of(w).sources),
        lexicon=lexicon,
        code=code("synonyms.py"),
    message:
        "Looking up the synonyms of the words of {wildcards.dataset}"
    script:
        "../scripts/synonyms.py"
