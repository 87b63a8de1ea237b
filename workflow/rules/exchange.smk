# Networks in other forms, for other programs; made when they are asked for by name.
# Needs: the stage's weights. Gives: a NIR graph of the spiking network, for texts of so many tokens.


rule nir:
    input:
        unpack(network_inputs),
        own=own_files,
        weights=f"{SEED_FOLDER}/{{stage}}.safetensors",
    output:
        f"{SEED_FOLDER}/nir/{{stage}}-{{tokens}}.nir",
    log:
        f"{RESULTS}/logs/nir/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{tokens}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/nir/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{tokens}}.tsv"
    wildcard_constraints:
        stage="|".join(STAGES),
        tokens="[1-9][0-9]{0,2}",
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        method=sections("inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        steps=lambda w: method_of(w).detailed_steps(w.stage),
        classes=lambda w: dataset_of(w).classes,
        seed=seed_number,
        packages=versions("nir"),
        code=code_of_stage("export_nir.py", lambda w: w.stage, "nir"),
    message:
        "Exporting {wildcards.method} ({wildcards.stage}) on {wildcards.dataset}, seed {wildcards.seed}, to NIR"
    script:
        "../scripts/export_nir.py"
