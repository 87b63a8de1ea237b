# What it takes to use the trained networks of a method: a model card (docs/use.md).
# Needs: weights of all stages, tokens, word table. Gives: the card. No other job reads it, so that a change
# of the card trains nothing anew.


localrules:
    card,


rule card:
    input:
        unpack(stage_weights),
        unpack(vectors_of),
        tokens=f"{RESULTS}/{{dataset}}/text/tokens.safetensors",
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        own=own_files,
    output:
        f"{SEED_FOLDER}/card.json",
    log:
        f"{RESULTS}/logs/card/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/card/{{dataset}}-{{method}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        title=lambda w: dataset_of(w).title,
        method=sections("title", "citation", "inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        steps=stage_steps,
        classes=lambda w: dataset_of(w).classes,
        language=lambda w: dataset_of(w).language,
        max_length=max_length,
        vectors=lambda w: dataset_of(w).embedding,
        embedding=part(embedding_of),
        manifests=lambda w: manifests(vector_sources(dataset_of(w))),
        tables={name: table.model_dump(mode="json") for name, table in CFG.priced.items()},
        seed=seed_number,
        packages=versions("jieba"),
        code=code("card.py"),
    message:
        "Writing the model card of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/card.py"
