# Attacks on the trained classifiers, by TextAttack: a DNN is attacked at its DNN, a spiking method at
# its last stage.
# Needs: the weights of that stage, word table and vector sources (to embed words that attacks bring
# in), corpus, split, and the recipe's own resources. Gives: figures and one CSV row per sentence.


rule attack:
    input:
        unpack(victim_inputs),
        own=own_files,
        weights=attacked_weights,
        corpus=f"{RESULTS}/{{dataset}}/text/corpus.parquet",
        fit=f"{RESULTS}/{{dataset}}/embeddings/fit.safetensors",
        vector_manifests=lambda w: manifests(embedding_of(w).sources),
        vector_files=lambda w: local_files(embedding_of(w).sources),
        recipe_manifests=lambda w: [
            f"{RESOURCES}/{name}/manifest.json" for name in CFG.attack.recipe(w.recipe).resources
        ],
    output:
        figures=f"{SEED_FOLDER}/attack/{{recipe}}.json",
        rows=f"{SEED_FOLDER}/attack/{{recipe}}.csv",
    log:
        f"{RESULTS}/logs/attack/{{dataset}}-{{method}}-{{seed}}-{{recipe}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/attack/{{dataset}}-{{method}}-{{seed}}-{{recipe}}.tsv"
    wildcard_constraints:
        recipe="|".join(RECIPES),
    conda:
        "../../envs/attack.yaml"
    threads: CFG.threads
    resources:
        mem_mb=growing(1500),
        runtime=growing(240),
    params:
        method=sections("inputs", "network", "conversion", "finetuning", "direct"),
        own=lambda w: contents(own_files(w)),
        recipe=lambda w: CFG.attack.recipe(w.recipe).model_dump(mode="json"),
        embedding=part(embedding_of),
        contents=local_contents(lambda w: embedding_of(w).sources),
        stage=attacked_stage,
        steps=lambda w: method_of(w).detailed_steps(attacked_stage(w)),
        language=lambda w: dataset_of(w).language,
        classes=class_count,
        max_length=max_length,
        sample=CFG.attack.sample,
        query_batch=CFG.attack.query_batch,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions("torch", "textattack", "nltk", "jieba"),
        code=lambda w: code_digest(
            WORKFLOW / "scripts" / "attack.py",
            (*files_of_stage(method_of(w), attacked_stage(w)), file_of("attack.recipes", w.recipe)),
        ),
    message:
        "Attacking {wildcards.method} with {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/attack.py"
