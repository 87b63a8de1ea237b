# Evaluation of each stage, in one pass over the test set: accuracy against T, confusion matrix, firing rates,
# operations.
# Needs: the stage's weights; for spiking stages, the DNN's predictions, to compare sentence by sentence.
# Gives: a JSON report, the predictions on the test set, and the operations of each layer and step.


rule evaluate:
    input:
        unpack(network_inputs),
        own=own_files,
        weights=f"{SEED_FOLDER}/{{stage}}.safetensors",
        dnn=dnn_predictions,
    output:
        report=f"{SEED_FOLDER}/evaluation/{{stage}}.json",
        predictions=f"{SEED_FOLDER}/evaluation/{{stage}}.parquet",
        counts=f"{SEED_FOLDER}/evaluation/{{stage}}.counts.json",
    log:
        f"{RESULTS}/logs/evaluate/{{dataset}}-{{method}}-{{seed}}-{{stage}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/evaluate/{{dataset}}-{{method}}-{{seed}}-{{stage}}.tsv"
    wildcard_constraints:
        stage="|".join(STAGES),
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(2500),
        runtime=growing(30),
    params:
        method=sections("inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        steps=steps_of_stage,
        detailed_steps=lambda w: method_of(w).detailed_steps(w.stage),
        target=target,
        classes=lambda w: dataset_of(w).classes,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch", "spikingjelly"),
        code=code_of_stage("evaluate.py", lambda w: w.stage),
    message:
        "Evaluating {wildcards.method} ({wildcards.stage}) on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate.py"
