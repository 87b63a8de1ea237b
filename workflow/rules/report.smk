"""Report stage: tables, figures and the report.

Required inputs:
    evaluation/{stage}.json and .parquet, energy.json, attack/{stage}/{mode}/{recipe}.json and .parquet and
    transfer/{stage}.json of every method and seed; similarity/seed{seed}.json of every data set;
    the reports of the text and embeddings stages, the splits, the manifests of the resources;
    weights and word table, for the spikes of one sentence.

Outputs:
    results/summary/{accuracy,energy,attack}.csv   one row for each method, stage, T and seed
    results/summary/transfer.csv                   texts that attacks found, replayed on another network
    results/summary/table.csv                      means, intervals and verdicts, one row for each stage
    results/summary/energy_table.csv               accuracy and energy under every cost table
    results/summary/pairs.csv                      differences between any two classifiers
    results/summary/attack_pairs.csv               differences under attack, on the same texts
    results/summary/systems.csv                    all systems: accuracy, energy, what an attack leaves, training
    results/summary/{figure}.svg                   all data sets, if there are several: overview, attack-curves,
                                                   systems, brief, energy-tables, pareto, fronts
    results/{dataset}/figures/{figure}.svg         brief, accuracy, firing-rates, energy, energy-tables, break-even,
                                                   pareto, fronts, attack, attack-queries, robustness,
                                                   systems
    results/{dataset}/{method}/seed{seed}/raster/  spikes of one sentence: figure, words, arrays
    results/report.html, results/summary/report.md the report
    results/summary/provenance.json                where the results come from

These rules are small; all but the one that runs a network stay on the submitting host.
"""


include: "report_inputs.smk"


report: "../report/workflow.rst"


localrules:
    summarise,
    figures,
    figure_attack,
    figure_overview,
    figure_energies,
    report,


rule summarise:
    input:
        evaluations=evaluation_files("json"),
        predictions=evaluation_files("parquet"),
        energies=energy_files(),
        attacks=attack_files("json"),
        transfers=transfer_files(),
        similarities=similarity_files(),
        attack_texts=attack_files("parquet"),
    output:
        accuracy=report(
            f"{RESULTS}/summary/accuracy.csv", caption="../report/accuracy-table.rst", category="Tables"
        ),
        energy=report(
            f"{RESULTS}/summary/energy.csv", caption="../report/energy-table.rst", category="Tables"
        ),
        attack=report(
            f"{RESULTS}/summary/attack.csv", caption="../report/attack-table.rst", category="Tables"
        ),
        transfer=report(
            f"{RESULTS}/summary/transfer.csv", caption="../report/transfer-table.rst", category="Tables"
        ),
        table=report(
            f"{RESULTS}/summary/table.csv", caption="../report/comparison-table.rst", category="Tables"
        ),
        energy_table=report(
            f"{RESULTS}/summary/energy_table.csv",
            caption="../report/accuracy-energy-table.rst",
            category="Tables",
        ),
        pairs=report(f"{RESULTS}/summary/pairs.csv", caption="../report/pairs-table.rst", category="Tables"),
        attack_pairs=report(
            f"{RESULTS}/summary/attack_pairs.csv",
            caption="../report/attack-pairs-table.rst",
            category="Tables",
        ),
    log:
        f"{RESULTS}/logs/summarise.log",
    benchmark:
        f"{RESULTS}/benchmarks/summarise.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        sample=CFG.attack.sample,
        cost=CFG.define.cost_tables[CFG.cost_table].model_dump(mode="json"),
        names=NAMES,
        published=PUBLISHED,
        code=code("summarise.py"),
    message:
        "Collecting accuracy, energy and attacks in tables"
    script:
        "../scripts/summarise.py"


rule figures:
    input:
        evaluations=lambda w: evaluation_files("json", [w.dataset]),
        energies=lambda w: energy_files([w.dataset]),
    output:
        [
            report(
                f"{RESULTS}/{{dataset}}/figures/{kind}.svg",
                caption=f"../report/{kind}.rst",
                category=category,
                labels={"data set": "{dataset}", "figure": kind.replace("-", " ")},
            )
            for kind, category in FIGURES.items()
        ],
    log:
        f"{RESULTS}/logs/figures/{{dataset}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/{{dataset}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        names=names_on,
        seeds=len(CFG.seeds),
        cost=CFG.define.cost_tables[CFG.cost_table].model_dump(mode="json"),
        code=code("figures.py"),
    message:
        "Drawing the figures of {wildcards.dataset}"
    script:
        "../scripts/figures.py"


use rule figures as figure_attack with:
    input:
        evaluations=lambda w: evaluation_files("json", [w.dataset]),
        energies=lambda w: energy_files([w.dataset]),
        attacks=lambda w: attacks_on(w.dataset, "json"),
        attack_texts=lambda w: attacks_on(w.dataset, "parquet"),
    output:
        [
            report(
                f"{RESULTS}/{{dataset}}/figures/{kind}.svg",
                caption=f"../report/{kind}.rst",
                category="Attacks",
                labels={"data set": "{dataset}", "figure": title},
            )
            for kind, title in ATTACK_FIGURES.items()
        ],
    log:
        f"{RESULTS}/logs/figures/{{dataset}}-attack.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/{{dataset}}-attack.tsv"
    params:
        names=names_on,
        seeds=len(CFG.seeds),
        sample=CFG.attack.sample,
        code=code("figures.py"),
    message:
        "Drawing the attacks on {wildcards.dataset}"


use rule figures as figure_overview with:
    input:
        evaluations=evaluation_files("json"),
        energies=energy_files() if CURVES else [],
        attacks=attack_files("json") if CURVES else [],
        attack_texts=attack_files("parquet") if CURVES else [],
    output:
        report(
            f"{RESULTS}/summary/overview.svg",
            caption="../report/overview.rst",
            category="Accuracy",
            labels={"data set": "all", "figure": "accuracy"},
        ),
        [
            report(
                f"{RESULTS}/summary/{kind}.svg",
                caption=f"../report/{kind}.rst",
                category="Attacks",
                labels={"data set": "all", "figure": "accuracy under attack"},
            )
            for kind in CURVES
        ],
    log:
        f"{RESULTS}/logs/figures/overview.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/overview.tsv"
    params:
        names=NAMES,
        seeds=len(CFG.seeds),
        sample=CFG.attack.sample,
        published=PUBLISHED,
        code=code("figures.py"),
    message:
        "Drawing the accuracy on all data sets"


use rule figures as figure_energies with:
    input:
        evaluations=evaluation_files("json"),
        energies=energy_files(),
    output:
        [
            report(
                f"{RESULTS}/summary/{kind}.svg",
                caption=f"../report/{kind}.rst",
                category="Energy",
                labels={"data set": "all", "figure": kind},
            )
            for kind in ENERGIES
        ],
    log:
        f"{RESULTS}/logs/figures/energies.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures/energies.tsv"
    params:
        names=NAMES,
        seeds=len(CFG.seeds),
        cost=CFG.define.cost_tables[CFG.cost_table].model_dump(mode="json"),
        code=code("figures.py"),
    message:
        "Drawing the energies on all data sets"


rule raster:
    input:
        unpack(network_inputs),
        unpack(last_stage),
        own=own_files,
    output:
        spikes=f"{SEED_FOLDER}/raster/spikes.safetensors",
        sentence=f"{SEED_FOLDER}/raster/sentence.json",
        figure=report(
            f"{SEED_FOLDER}/raster/raster.svg",
            caption="../report/raster.rst",
            category="Spikes of one sentence",
            labels={"data set": "{dataset}", "figure": "spikes of {method}"},
        ),
    log:
        f"{RESULTS}/logs/raster/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/raster/{{dataset}}-{{method}}-{{seed}}.tsv"
    conda:
        "../../envs/core.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        method=sections("inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        stage=lambda w: method_of(w).stages[-1],
        classes=lambda w: dataset_of(w).classes,
        titles=lambda w: [NAMES["datasets"][w.dataset], NAMES["methods"][w.method]],
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        code=code_of_stage("raster.py", lambda w: method_of(w).stages[-1]),
    message:
        "Drawing the spikes of {wildcards.method} for one sentence of {wildcards.dataset}"
    script:
        "../scripts/raster.py"


rule report:
    input:
        summary=rules.summarise.output,
        evaluations=evaluation_files("json"),
        predictions=evaluation_files("parquet"),
        energies=energy_files(),
        attacks=attack_files("json"),
        transfers=transfer_files(),
        similarities=similarity_files(),
        attack_texts=attack_files("parquet"),
        white_box=white_box_table(),
        trainings=training_files(),
        texts=expand("{results}/{dataset}/text/report.json", results=RESULTS, dataset=CFG.datasets),
        statistics=expand("{results}/{dataset}/text/statistics.csv", results=RESULTS, dataset=CFG.datasets),
        vectors=expand("{results}/{dataset}/embeddings/report.json", results=RESULTS, dataset=CFG.datasets),
        splits=[f"{RESULTS}/{dataset}/splits/seed{CFG.seeds[0]}.safetensors" for dataset in CFG.datasets],
        figures=figure_files(),
        overviews=OVERVIEWS if len(CFG.datasets) > 1 else [],
        rasters=raster_files("raster.svg"),
        sentences=raster_files("sentence.json"),
        manifests=resource_manifests(),
    output:
        page=report(f"{RESULTS}/report.html", caption="../report/report.rst", category="Report"),
        markdown=f"{RESULTS}/summary/report.md",
        systems=report(
            f"{RESULTS}/summary/systems.csv", caption="../report/systems-table.rst", category="Tables"
        ),
        provenance=f"{RESULTS}/summary/provenance.json",
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        settings=SETTINGS,
        benchmarks=lambda w: benchmark_files(),
        former=former_figures(),
        templates=fingerprint(files=TEMPLATES),
        published=PUBLISHED,
        code=code("report.py"),
    message:
        "Writing the report"
    script:
        "../scripts/report.py"
