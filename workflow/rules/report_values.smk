"""Report stage of a study whose data sets ask for a value: losses, one figure for each data set, the report.

Required inputs:
    evaluation/{stage}.json and .parquet, energy.json and the histories of the trainings of every method and seed;
    the reports of the text and embeddings stages, the splits, the manifests of the resources.

Outputs:
    results/summary/loss.csv                       one row for each method, stage, T and seed
    results/{dataset}/figures/loss.svg             loss against T and energy
    results/report.html, results/summary/report.md the report
    results/summary/provenance.json                where the results come from
"""


include: "report_inputs.smk"


report: "../report/workflow.rst"


localrules:
    report,


rule report:
    input:
        evaluations=evaluation_files("json"),
        predictions=evaluation_files("parquet"),
        energies=energy_files(),
        trainings=training_files(),
        texts=expand("{results}/{dataset}/text/report.json", results=RESULTS, dataset=CFG.datasets),
        statistics=expand("{results}/{dataset}/text/statistics.csv", results=RESULTS, dataset=CFG.datasets),
        vectors=expand("{results}/{dataset}/embeddings/report.json", results=RESULTS, dataset=CFG.datasets),
        splits=[f"{RESULTS}/{dataset}/splits/seed{CFG.seeds[0]}.safetensors" for dataset in CFG.datasets],
        manifests=resource_manifests(),
    output:
        page=report(f"{RESULTS}/report.html", caption="../report/report.rst", category="Report"),
        markdown=f"{RESULTS}/summary/report.md",
        provenance=f"{RESULTS}/summary/provenance.json",
        losses=f"{RESULTS}/summary/loss.csv",
        figures=[f"{RESULTS}/{dataset}/figures/loss.svg" for dataset in CFG.datasets],
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
        templates=fingerprint(files=TEMPLATES),
        code=code("report_values.py"),
    message:
        "Writing the report"
    script:
        "../scripts/report_values.py"
