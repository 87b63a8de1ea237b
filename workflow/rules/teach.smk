"""Teachers: pretrained encoders, and what any trained method answers, for others to learn from.

Required inputs:
    tokens, split, word table; for `tune` the encoder's resource; for `teach` the weights of a method's last stage.

Outputs:
    results/{dataset}/{method}/seed{seed}/tuned.safetensors    the fine-tuned encoder, whole, and its history
    results/{dataset}/{method}/seed{seed}/taught.safetensors   scores of the training texts, and of those without a
                                                               label
"""


rule tune:
    input:
        unpack(network_inputs),
        taught=taught_by("training"),
        unlabelled=unlabelled_for("training"),
        pretrained=lambda w: [f"{RESOURCES}/{encoder_of(w)}/manifest.json"],
    output:
        weights=f"{SEED_FOLDER}/tuned.safetensors",
        report=f"{SEED_FOLDER}/tuned.json",
    log:
        f"{RESULTS}/logs/tune/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/tune/{{dataset}}-{{method}}-{{seed}}.tsv"
    wildcard_constraints:
        method="|".join(name for name in CFG.classifiers if "tuned" in CFG.define.methods[name].stages)
        or "(?!)",
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(3000),
        runtime=growing(240),
    params:
        method=sections("inputs", "network", "training"),
        language=lambda w: dataset_of(w).language,
        target=target,
        classes=class_count,
        class_weights=class_weighting,
        metric=CFG.metric,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch", "tokenizers", "sentencepiece"),
        code=code_of_stage("tune.py", lambda w: "tuned"),
    message:
        "Fine-tuning the encoder of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/tune.py"


rule teach:
    input:
        unpack(network_inputs),
        own=own_files,
        unlabelled=lambda w: unlabelled_texts(w) if TEACHERS[w.method] else [],
        weights=lambda w: f"{SEED_FOLDER}/{method_of(w).stages[-1]}.safetensors",
    output:
        f"{SEED_FOLDER}/taught.safetensors",
    log:
        f"{RESULTS}/logs/teach/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/teach/{{dataset}}-{{method}}-{{seed}}.tsv"
    wildcard_constraints:
        method="|".join(TEACHERS) or "(?!)",
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(2500),
        runtime=growing(240),
    params:
        method=sections("inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        stage=lambda w: method_of(w).stages[-1],
        steps=lambda w: method_of(w).detailed_steps(method_of(w).stages[-1]),
        classes=class_count,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch"),
        code=code_of_stage("teach.py", lambda w: method_of(w).stages[-1]),
    message:
        "Asking {wildcards.method} about the training texts of {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/teach.py"
