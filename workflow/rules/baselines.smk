# Classifiers that are fitted at once: what a user would pick instead of a network.
# Needs: tokens, split, word table. Gives: weights, and what was tried on dev.


rule fit:
    input:
        unpack(network_inputs),
    output:
        weights=f"{SEED_FOLDER}/fitted.safetensors",
        report=f"{SEED_FOLDER}/fitted.json",
    log:
        f"{RESULTS}/logs/fit/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit/{{dataset}}-{{method}}-{{seed}}.tsv"
    wildcard_constraints:
        method="|".join(name for name in CFG.classifiers if "fitted" in CFG.define.methods[name].stages)
        or "(?!)",
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        method=sections("inputs", "network"),
        classes=class_count,
        class_weights=class_weighting,
        metric=CFG.metric,
        max_length=max_length,
        seed=seed_number,
        torch_threads=CFG.threads,
        packages=versions("scikit-learn"),
        code=code_of_stage("fit.py", lambda w: "fitted"),
    message:
        "Fitting {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/fit.py"
