# Fine-tuning of the converted network, by back-propagation through time.
# Needs: the converted weights. Gives: fine-tuned weights and the history of the training.


rule finetune:
    input:
        unpack(network_inputs),
        synonyms=synonyms_of("finetuning"),
        taught=taught_by("finetuning"),
        unlabelled=unlabelled_for("finetuning"),
        weights=f"{SEED_FOLDER}/converted.safetensors",
    output:
        weights=f"{SEED_FOLDER}/finetuned.safetensors",
        report=f"{SEED_FOLDER}/finetuned.json",
    log:
        f"{RESULTS}/logs/finetune/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/finetune/{{dataset}}-{{method}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(2500),
        runtime=growing(240),
    params:
        method=sections("inputs", "network", "conversion", "finetuning"),
        target=target,
        classes=class_count,
        class_weights=class_weighting,
        metric=CFG.metric,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch"),
        code=code_of_stage("finetune.py", lambda w: "finetuned"),
    message:
        "Fine-tuning {wildcards.method} through time on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/finetune.py"
