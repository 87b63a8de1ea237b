# Attacks on the trained classifiers, by TextAttack: on the stages of a method that `attack: stages` names, and if
# their spikes are drawn at random, in the modes of `attack: modes`.
# Needs: the weights of that stage, word table and vector sources (to embed words that attacks bring
# in), corpus, split, and the recipe's own resources. Gives: figures and one row per text.
# Of more texts than `attack: shard` says, each job takes so many; the last one collects their rows.


rule attack:
    input:
        unpack(attack_inputs),
        shards=shard_files,
    output:
        figures=f"{SEED_FOLDER}/attack/{{stage}}/{{mode}}/{{recipe}}.json",
        rows=f"{SEED_FOLDER}/attack/{{stage}}/{{mode}}/{{recipe}}.parquet",
    log:
        f"{RESULTS}/logs/attack/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{mode}}-{{recipe}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/attack/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{mode}}-{{recipe}}.tsv"
    wildcard_constraints:
        recipe="|".join(RECIPES),
        stage="|".join(STAGES),
        mode="|".join(MODES),
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
        stage=lambda w: w.stage,
        steps=lambda w: method_of(w).detailed_steps(w.stage),
        language=lambda w: dataset_of(w).language,
        classes=class_count,
        max_length=max_length,
        sample=CFG.attack.sample,
        texts=(0, CFG.attack.sample),
        draws=lambda w: CFG.attack.draws_of(w.mode),
        query_batch=CFG.attack.query_batch,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        packages=versions(
            "torch", "spikingjelly", "textattack", "nltk", "jieba", "sentencepiece", "flair", "transformers"
        ),
        code=lambda w: code_digest(
            WORKFLOW / "scripts" / "attack.py",
            (*files_of_stage(method_of(w), w.stage), file_of("attack.recipes", w.recipe)),
        ),
    message:
        "Attacking {wildcards.method} ({wildcards.stage}, {wildcards.mode} spikes) with {wildcards.recipe} "
        "on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/attack.py"


use rule attack as attack_shard with:
    input:
        unpack(attack_inputs),
    output:
        temp(f"{SEED_FOLDER}/attack/{{stage}}/{{mode}}/{{recipe}}.{{shard}}.json"),
    log:
        f"{RESULTS}/logs/attack/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{mode}}-{{recipe}}-{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/attack/{{dataset}}-{{method}}-{{seed}}-{{stage}}-{{mode}}-{{recipe}}-{{shard}}.tsv"
    wildcard_constraints:
        recipe="|".join(RECIPES),
        stage="|".join(STAGES),
        mode="|".join(MODES),
        shard=r"\d+",
    params:
        texts=shard_texts,
    message:
        "Attacking {wildcards.method} ({wildcards.stage}, {wildcards.mode} spikes) with {wildcards.recipe} "
        "on {wildcards.dataset}, seed {wildcards.seed}, shard {wildcards.shard}"


# To be asked for by hand (`snakemake -- results/mr/dnn/seed1/attack/deepwordbug.json`): no report reads it.
rule attack_last_stage:
    input:
        last_stage_attacked,
    output:
        f"{SEED_FOLDER}/attack/{{recipe}}.json",
    log:
        f"{RESULTS}/logs/attack_last_stage/{{dataset}}-{{method}}-{{seed}}-{{recipe}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/attack_last_stage/{{dataset}}-{{method}}-{{seed}}-{{recipe}}.tsv"
    wildcard_constraints:
        recipe="|".join(RECIPES),
    conda:
        "../../envs/core.yaml"
    threads: 1
    resources:
        mem_mb=growing(500),
        runtime=growing(10),
    params:
        code=code_digest(WORKFLOW / "scripts" / "attack_last_stage.py"),
    message:
        "Figures of {wildcards.recipe} on the last stage of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/attack_last_stage.py"
