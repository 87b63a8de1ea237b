# Transfer of attacks: texts that were found on a spiking network are replayed on its DNN, and the other way round.
# Needs: the weights of both, and the logs of the attacks on them. Gives: a row for each log.


def found_on(method, stage):
    """A function: logs of the attacks on a stage that look for another class."""
    return lambda w: [
        f"{RESULTS}/{w.dataset}/{method(w)}/seed{w.seed}/attack/{stage(w)}/{mode}/{recipe}.parquet"
        for recipe in attacking(w.dataset, method(w), stage(w))
        if CFG.attack.recipe(recipe).goal == "misclassify"
        for mode in modes(method(w), stage(w))
    ]


def side(method, stage):
    """A `params` function: one of the two networks."""
    return lambda w: {
        "name": method(w),
        "stage": stage(w),
        "steps": CFG.define.methods[method(w)].detailed_steps(stage(w)),
        "method": {
            name: value
            for name, value in CFG.define.methods[method(w)].model_dump(mode="json").items()
            if name in ("inputs", "network", "conversion", "finetuning", "direct") and value is not None
        },
    }


DNN = (lambda w: CFG.dnn_of(w.method), lambda w: "dnn")
TWIN = (lambda w: w.method, lambda w: w.stage)


rule transfer:
    input:
        unpack(victim_inputs),
        own=own_files,
        dnn_weights=dnn_weights,
        twin_weights=f"{SEED_FOLDER}/{{stage}}.safetensors",
        dnn_logs=found_on(*DNN),
        twin_logs=found_on(*TWIN),
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        vector_manifests=lambda w: manifests(embedding_of(w).sources),
        vector_files=lambda w: local_files(embedding_of(w).sources),
    output:
        figures=f"{SEED_FOLDER}/transfer/{{stage}}.json",
    log:
        f"{RESULTS}/logs/transfer/{{dataset}}-{{method}}-{{seed}}-{{stage}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/transfer/{{dataset}}-{{method}}-{{seed}}-{{stage}}.tsv"
    wildcard_constraints:
        stage="|".join(STAGES),
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    params:
        dnn=side(*DNN),
        twin=side(*TWIN),
        own=lambda w: contents(own_files(w)),
        embedding=part(embedding_of),
        contents=local_contents(lambda w: embedding_of(w).sources),
        language=lambda w: dataset_of(w).language,
        classes=class_count,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch", "spikingjelly"),
        code=lambda w: code_digest(
            WORKFLOW / "scripts" / "transfer.py",
            tuple(
                file
                for method, stage in (DNN, TWIN)
                for file in files_of_stage(CFG.define.methods[method(w)], stage(w))
            ),
        ),
    message:
        "Replaying attacks on {wildcards.method} ({wildcards.stage}) and its DNN on {wildcards.dataset}, "
        "seed {wildcards.seed}"
    script:
        "../scripts/transfer.py"
