# Training of the DNN: the TextCNN, or the tailored one that can be converted.
# Needs: tokens, split, word table. Gives: weights and the history of the training.


def network_inputs(wildcards):
    """What every rule that runs a network reads besides weights."""
    folder = f"{RESULTS}/{wildcards.dataset}"
    return {
        "tokens": f"{folder}/text/tokens.safetensors",
        "split": f"{folder}/splits/seed{wildcards.seed}.safetensors",
        "table": f"{folder}/embeddings/table.safetensors",
        "words": f"{folder}/embeddings/words.json",
        "vectors_report": f"{folder}/embeddings/report.json",
    }


def class_count(wildcards):
    """Number of classes."""
    return len(dataset_of(wildcards).classes)


def max_length(wildcards):
    """Tokens kept of each text."""
    return dataset_of(wildcards).max_length


def seed_number(wildcards):
    """The seed as a number."""
    return int(wildcards.seed)


rule train_dnn:
    input:
        unpack(network_inputs),
    output:
        weights=f"{SEED_FOLDER}/dnn.safetensors",
        report=f"{SEED_FOLDER}/dnn.json",
    params:
        network=part(lambda w: method_of(w).network),
        training=part(lambda w: method_of(w).training),
        classes=class_count,
        max_length=max_length,
        seed=seed_number,
        device=CFG.device,
        torch_threads=CFG.threads,
        code=code("train_dnn.py"),
    log:
        f"{RESULTS}/logs/train_dnn/{{dataset}}-{{method}}-{{seed}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_dnn/{{dataset}}-{{method}}-{{seed}}.tsv"
    threads: CFG.threads
    resources:
        mem_mb=1500,
        runtime=60,
    conda:
        "../../envs/core.yaml"
    message:
        "Training the DNN of {wildcards.method} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/train_dnn.py"
