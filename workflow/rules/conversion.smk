# Conversion of a convertible DNN, the method's own or another one's, into a spiking network; no training.
# Needs: the DNN's weights and training sentences. Gives: the spiking network's weights and the scales.


rule convert:
    input:
        unpack(network_inputs),
        weights=dnn_weights,
    output:
        weights=f"{SEED_FOLDER}/converted.safetensors",
        report=f"{SEED_FOLDER}/converted.json",
    log:
        f"{RESULTS}/logs/convert/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/convert/{{dataset}}-{{method}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        method=sections("inputs", "network", "conversion"),
        steps=lambda w: method_of(w).steps("converted")[-1],
        target=target,
        classes=class_count,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch"),
        code=code_of_stage("convert.py", lambda w: "converted"),
    message:
        "Converting the DNN of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/convert.py"
