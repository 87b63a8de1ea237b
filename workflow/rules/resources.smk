"""Third-party files: data sets, word vectors, lexicons.

Input: nothing but the network, a package index or the folder that the setting `mirror` names
(and a local file, for a resource with `path` and no checksum).
Output: results/resources/{resource}/manifest.json, and the resource's files beside it.

Only the resources that some rule asks for are fetched, and on the submitting host, because compute
nodes may have no way out.
"""


localrules:
    fetch,


rule fetch:
    input:
        lambda wildcards: CFG.define.resources[wildcards.resource].watched,
    output:
        f"{RESOURCES}/{{resource}}/manifest.json",
    log:
        f"{RESULTS}/logs/resources/{{resource}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/resources/{{resource}}.tsv"
    wildcard_constraints:
        resource="|".join(CFG.define.resources),
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=120,
    # Where the files come from is no parameter: their checksum fixes what they are, so another
    # mirror must not fetch them again. The script reads that setting from the configuration.
    params:
        entry=part(lambda wildcards: CFG.define.resources[wildcards.resource]),
        contents=lambda wildcards: contents(CFG.define.resources[wildcards.resource].watched),
        code=code("fetch.py"),
    message:
        "Fetching the resource {wildcards.resource} and verifying it"
    script:
        "../scripts/fetch.py"
