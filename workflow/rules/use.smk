# What it takes to use the trained networks of a method: a model card (docs/use.md).
# Needs: weights of all stages, tokens, word table. Gives: the card. No other job reads it, so that a change
# of the card trains nothing anew.


def say_what_came_out():
    """Where the report is, and how the last method's network is used, once both are there."""
    folder = f"{RESULTS}/{CFG.datasets[0]}/{CFG.methods[-1]}/seed{CFG.seeds[0]}"
    if Path(f"{RESULTS}/report.html").exists() and Path(f"{folder}/card.json").exists():
        command = f"python -m spiketext predict {shlex.quote(folder)} < texts"
        print(f"Report: {RESULTS}/report.html\nUse a network: {command}", file=sys.stderr)


localrules:
    card,


rule card:
    input:
        unpack(stage_weights),
        tokens=f"{RESULTS}/{{dataset}}/text/tokens.safetensors",
        table=f"{RESULTS}/{{dataset}}/embeddings/table.safetensors",
        words=f"{RESULTS}/{{dataset}}/embeddings/words.json",
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        vectors_report=f"{RESULTS}/{{dataset}}/embeddings/report.json",
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
        method=sections("title", "citation", "inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        steps=stage_steps,
        classes=lambda w: dataset_of(w).classes,
        language=lambda w: dataset_of(w).language,
        max_length=max_length,
        vectors=lambda w: dataset_of(w).embedding,
        embedding=part(embedding_of),
        manifests=lambda w: manifests(embedding_of(w).sources),
        tables={name: table.model_dump(mode="json") for name, table in CFG.priced.items()},
        seed=seed_number,
        packages=versions("jieba"),
        code=code("card.py"),
    message:
        "Writing the model card of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/card.py"
