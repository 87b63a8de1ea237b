# Attacks that know the network (`attack: white_box`), on the stages and texts that recipes attack.
# Needs: what recipes need of the network. Gives: figures and one row per text, and summary/white_box.csv.


localrules:
    summarise_white_box,


rule white_box:
    input:
        unpack(victim_inputs),
        own=own_files,
        weights=f"{SEED_FOLDER}/{{stage}}.safetensors",
        corpus=f"{RESULTS}/{{dataset}}/text/corpus.parquet",
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        vector_manifests=lambda w: manifests(embedding_of(w).sources),
        vector_files=lambda w: local_files(embedding_of(w).sources),
    output:
        figures=f"{SEED_FOLDER}/attack/{{stage}}/white-box/{{kind}}.json",
        rows=f"{SEED_FOLDER}/attack/{{stage}}/white-box/{{kind}}.parquet",
    log:
        f"{RESULTS}/logs/white-box/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{kind}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/white-box/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{kind}}.tsv"
    wildcard_constraints:
        stage="|".join(STAGES),
        kind="|".join(get_args(WhiteBox)),
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        method=sections("inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        embedding=part(embedding_of),
        contents=local_contents(lambda w: embedding_of(w).sources),
        stage=lambda w: w.stage,
        steps=lambda w: method_of(w).detailed_steps(w.stage),
        classes=class_count,
        max_length=max_length,
        sample=CFG.attack.sample,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch", "spikingjelly"),
        code=lambda w: code_digest(
            WORKFLOW / "scripts" / "white_box.py",
            (*files_of_stage(method_of(w), w.stage), file_of("attack.white_box", w.kind)),
        ),
    message:
        "Attacking {wildcards.method} ({wildcards.stage}) as a white box ({wildcards.kind}) on "
        "{wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/white_box.py"


rule summarise_white_box:
    input:
        attacks=[
            f"{SEED_FOLDER}/attack/{{stage}}/white-box/{{kind}}.json".format(**attack)
            for attack in white_box_attacks()
        ],
    output:
        table=report(
            f"{RESULTS}/summary/white_box.csv", caption="../report/white-box-table.rst", category="Tables"
        ),
    log:
        f"{RESULTS}/logs/white-box.log",
    benchmark:
        f"{RESULTS}/benchmarks/white-box.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        dnns=lambda w: NAMES["dnns"],
        code=code("summarise_white_box.py"),
    message:
        "Collecting white-box attacks in a table"
    script:
        "../scripts/summarise_white_box.py"
