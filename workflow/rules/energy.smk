# Energy: operations counted from the neurons' own spikes over the whole test set, priced by a cost table.
# Needs: the weights of all stages. Gives: energy a sentence and its terms; an estimate, not a measurement.


rule energy:
    input:
        unpack(network_inputs),
        unpack(spiking_weights),
    output:
        f"{SEED_FOLDER}/energy.json",
    log:
        f"{RESULTS}/logs/energy/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/energy/{{dataset}}-{{method}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(2500),
        runtime=growing(30),
    params:
        network=part(lambda w: method_of(w).network),
        conversion=part(lambda w: method_of(w).conversion),
        finetuning=part(lambda w: method_of(w).finetuning),
        table_name=CFG.cost_table,
        table=CFG.define.cost_tables[CFG.cost_table].model_dump(mode="json"),
        steps=lambda w: {stage: method_of(w).steps(stage) for stage in method_of(w).stages},
        classes=class_count,
        packages=versions("torch"),
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        code=code("energy.py"),
    message:
        "Counting operations of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/energy.py"
