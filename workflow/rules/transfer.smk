# Transfer of attacks: texts that were found on a spiking network are replayed on its DNN, and the other way round.
# Needs: the weights of both, and the logs of the attacks on them. Gives: a row for each log.


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
