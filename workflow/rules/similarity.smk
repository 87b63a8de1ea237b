# How near in sense to their originals the texts are that attacks found (`attack: similarity`).
# Needs: the logs of the attacks on a data set and seed, and the sentence encoder. Gives: a row for each attack.


rule similarity:
    input:
        attacks=lambda w: attacks_of_seed(w, "json"),
        attack_texts=lambda w: attacks_of_seed(w, "parquet"),
        encoder=[f"{RESOURCES}/{SENTENCE_ENCODER}/manifest.json"],
    output:
        figures=f"{RESULTS}/{{dataset}}/similarity/seed{{seed}}.json",
    log:
        f"{RESULTS}/logs/similarity/{{dataset}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/similarity/{{dataset}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1500),
        runtime=growing(120),
    params:
        seed=seed_number,
        torch_threads=CFG.threads,
        packages=versions("torch", "sentencepiece"),
        code=code("similarity.py"),
    message:
        "Comparing texts on {wildcards.dataset} with what attacks made of them, seed {wildcards.seed}"
    script:
        "../scripts/similarity.py"
