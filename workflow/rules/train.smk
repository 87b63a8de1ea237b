# Direct training of a spiking network of the user's own, by surrogate gradients.
# Needs: tokens, split, word table, the network's Python file. Gives: weights and the history of the training.


rule train:
    input:
        unpack(network_inputs),
        synonyms=synonyms_of("direct"),
        taught=taught_by("direct"),
        unlabelled=unlabelled_for("direct"),
        own=own_files,
    output:
        weights=f"{SEED_FOLDER}/trained.safetensors",
        report=f"{SEED_FOLDER}/trained.json",
    log:
        f"{RESULTS}/logs/train/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train/{{dataset}}-{{method}}-{{seed}}.tsv"
    wildcard_constraints:
        method="|".join(name for name in CFG.classifiers if CFG.define.methods[name].direct) or "(?!)",
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(2500),
        runtime=growing(240),
    params:
        method=sections("inputs", "network", "direct"),
        own=lambda w: contents(own_files(w)),
        target=target,
        classes=class_count,
        class_weights=class_weighting,
        metric=CFG.metric,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch", "spikingjelly"),
        code=code_of_stage("train.py", lambda w: "trained"),
    message:
        "Training {wildcards.method} through time on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"
