# Training of the DNN: the TextCNN, or the convertible one.
# Needs: tokens, split, word table. Gives: weights and the history of the training.


rule train_dnn:
    input:
        unpack(network_inputs),
        start=start_of,
        synonyms=synonyms_of("training"),
        taught=taught_by("training"),
        unlabelled=unlabelled_for("training"),
    output:
        weights=f"{SEED_FOLDER}/dnn.safetensors",
        report=f"{SEED_FOLDER}/dnn.json",
    log:
        f"{RESULTS}/logs/train_dnn/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_dnn/{{dataset}}-{{method}}-{{seed}}.tsv"
    # The others convert the DNN of one of these.
    wildcard_constraints:
        method="|".join(name for name in CFG.classifiers if "dnn" in CFG.define.methods[name].stages),
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        # What goes on from a pretrained encoder is one.
        mem_mb=growing(lambda w: 3000 if method_of(w).network.continues else 1500),
        runtime=growing(lambda w: 240 if method_of(w).network.continues else 60),
    params:
        method=sections("inputs", "network", "training"),
        target=target,
        classes=class_count,
        class_weights=class_weighting,
        metric=CFG.metric,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch"),
        code=code_of_stage("train_dnn.py", lambda w: "dnn"),
    message:
        "Training the DNN of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/train_dnn.py"
