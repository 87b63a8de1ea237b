# Energy: the operations that the evaluation counted from the neurons' own spikes, priced by cost tables.
# Needs: the operations of all stages. Gives: energy a sentence and its terms; an estimate, not a measurement.


localrules:
    energy,


rule energy:
    input:
        unpack(operation_counts),
    output:
        f"{SEED_FOLDER}/energy.json",
    log:
        f"{RESULTS}/logs/energy/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/energy/{{dataset}}-{{method}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        tables={name: table.model_dump(mode="json") for name, table in CFG.priced.items()},
        steps=lambda w: {stage: method_of(w).steps(stage) for stage in method_of(w).stages},
        seed=seed_number,
        code=code("energy.py"),
    message:
        "Pricing the operations of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/energy.py"
