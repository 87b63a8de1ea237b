"""Inputs and parameters that follow from a data set, a method and a seed."""

from typing import get_args

from spiketext.config.attacks import Mode, recipes
from spiketext.config.objectives import LEXICONS
from spiketext.config.stages import STAGES
from spiketext.tasks import TASKS

TASK = TASKS[CFG.target]
RECIPES = recipes()
MODES = get_args(Mode)
# The methods that others learn from, and whether one of these learns from texts without a label too.
PUPILS = [objective for name in CFG.classifiers for objective in CFG.define.methods[name].objectives]
TEACHERS = {
    teacher: any(one.reads_unlabelled for one in PUPILS if one.learns_from == teacher)
    for teacher in dict.fromkeys(one.learns_from for one in PUPILS if one.learns_from)
}


def names_of_tokens(wildcards):
    """What the numbers of tokens stand for, where these choose the test set; else nothing."""
    dataset, folder = dataset_of(wildcards), f"{RESULTS}/{wildcards.dataset}"
    if dataset.test_set == "by-seed":
        return []
    return f"{folder}/text/vocabulary.json" if dataset.of_words else f"{folder}/embeddings/words.json"


def network_inputs(wildcards):
    """What every rule that runs a network reads besides weights."""
    folder = f"{RESULTS}/{wildcards.dataset}"
    return {
        "tokens": f"{folder}/text/tokens.safetensors",
        "split": f"{folder}/splits/seed{wildcards.seed}.safetensors",
        **vectors_of(wildcards),
    }


def vectors_of(wildcards):
    """The table of word vectors that the method reads: the data set's own, or the retrofitted one."""
    folder = vectors_folder(wildcards)
    return {
        "table": f"{folder}/table.safetensors",
        "words": f"{folder}/words.json",
        "vectors_report": f"{folder}/report.json",
    }


def vectors_folder(wildcards):
    """Where that table lies."""
    return f"{RESULTS}/{wildcards.dataset}/{method_of(wildcards).inputs.folder}"


def target(wildcards):
    """What is to be told of an example: a task of `spiketext.tasks`."""
    return dataset_of(wildcards).target


def class_count(wildcards):
    """Number of classes; 0 where there are none."""
    return len(dataset_of(wildcards).classes)


def class_weighting(wildcards):
    """What a training text of each class counts: a way, or numbers in the order of the classes."""
    return dataset_of(wildcards).weighting


def max_length(wildcards):
    """Tokens kept of each text."""
    return dataset_of(wildcards).max_length


def seed_number(wildcards):
    """The seed as a number."""
    return int(wildcards.seed)


def steps_of_stage(wildcards):
    """Numbers of steps at which a stage is evaluated; a DNN has one step."""
    return method_of(wildcards).steps(wildcards.stage)


def own_files(wildcards):
    """The Python file of a network of the user's own."""
    network = method_of(wildcards).network
    return [network.file] if network.kind == "python" else []


def synonyms_of(section):
    """An input function: synonyms of the data set's words, where the objective of that section asks for them."""
    return lambda w: (
        [f"{vectors_folder(w)}/synonyms.safetensors"]
        if getattr(method_of(w), section).objective.needs_synonyms
        else []
    )


def taught_by(section):
    """An input function: answers of the teacher that the objective of that section names, if it does."""

    def answers(wildcards):
        teacher = getattr(method_of(wildcards), section).objective.learns_from
        folder = f"{RESULTS}/{wildcards.dataset}/{teacher}/seed{wildcards.seed}"
        return [f"{folder}/taught.safetensors"] if teacher else []

    return answers


def unlabelled_texts(wildcards):
    """The data set's texts without a label, where it has any."""
    folder = f"{RESULTS}/{wildcards.dataset}/unlabelled"
    return [f"{folder}/texts.safetensors"] if dataset_of(wildcards).unlabelled_files else []


def unlabelled_for(section):
    """An input function: these texts, where the objective of that section learns from them."""
    return lambda w: (
        unlabelled_texts(w) if getattr(method_of(w), section).objective.reads_unlabelled else []
    )


def encoder_of(wildcards):
    """Name of the pretrained encoder of the method for the data set's language, which is that of its resource."""
    return method_of(wildcards).network.model(dataset_of(wildcards).language)


def encoders(language):
    """Names of the pretrained encoders of the study for a language."""
    networks = [CFG.define.methods[name].network for name in CFG.classifiers]
    return [network.model(language) for network in networks if network.only_stage == "tuned"]


def lexicon(wildcards):
    """Name of the resource with synonyms in the data set's language."""
    return LEXICONS[dataset_of(wildcards).language]


def dnn_folder(wildcards):
    """Folder of the method's DNN: its own, or that of the method whose DNN it converts or is compared with."""
    return f"{RESULTS}/{wildcards.dataset}/{CFG.dnn_of(wildcards.method)}/seed{wildcards.seed}"


def dnn_weights(wildcards):
    """Weights of the method's DNN."""
    return f"{dnn_folder(wildcards)}/dnn.safetensors"


def dnn_predictions(wildcards):
    """Predictions of the method's DNN, for the evaluation of all but itself."""
    return (
        f"{dnn_folder(wildcards)}/evaluation/dnn.parquet" if STAGES[wildcards.stage].module != "dnn" else []
    )


def start_of(wildcards):
    """Weights of the DNN with which the training of the method's own begins, where it names one."""
    start = method_of(wildcards).start
    if start is None:
        return []
    stage = CFG.define.methods[start].dense
    return f"{RESULTS}/{wildcards.dataset}/{start}/seed{wildcards.seed}/{stage}.safetensors"


def operation_counts(wildcards):
    """Operations of the method's DNN and of its stages, by stage."""
    folder = f"{SEED_FOLDER}/evaluation".format(**wildcards)
    own = {stage: f"{folder}/{stage}.counts.json" for stage in method_of(wildcards).stages}
    return {"dnn": f"{dnn_folder(wildcards)}/evaluation/dnn.counts.json"} | own


def stage_weights(wildcards):
    """Weights of the method's stages, by stage."""
    folder = SEED_FOLDER.format(**wildcards)
    return {stage: f"{folder}/{stage}.safetensors" for stage in method_of(wildcards).stages}


def stage_steps(wildcards):
    """T of the main results of the method's stages, by stage; None for a DNN."""
    method = method_of(wildcards)
    return {stage: method.detailed_steps(stage) if STAGES[stage].spiking else None for stage in method.stages}


def card_files():
    """The model cards of all methods and seeds, where their networks can be used by themselves."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{seed}/card.json"
        for dataset in CFG.datasets
        for method in CFG.classifiers
        for seed in CFG.seeds
        if TASK.in_use
    ]


def say_what_came_out():
    """Where the report is, and how the last method's network is used, once both are there; only texts are."""
    folder = f"{RESULTS}/{CFG.datasets[0]}/{CFG.methods[-1]}/seed{CFG.seeds[0]}"
    cards = [f"{folder}/card.json"] if TASK.in_use else []
    if all(Path(path).exists() for path in (f"{RESULTS}/report.html", *cards)):
        print(f"Report: {RESULTS}/report.html", file=sys.stderr)
        if CFG.define.datasets[CFG.datasets[0]].of_words:
            python = shlex.quote(path_of("python"))
            print(
                f"Use a network: {python} -m spiketext predict {shlex.quote(folder)} < texts", file=sys.stderr
            )


def say_what_failed():
    """What went wrong, below all that Snakemake says of it, and that nothing is lost; after Ctrl-C too."""
    errors = errors_of_this_run(Path(RESULTS) / "logs")
    goes_on = "What is finished is kept: the same command goes on from there."
    atexit.register(print, *errors, goes_on, sep="\n", file=sys.stderr)


def victim_inputs(wildcards):
    """What a network reads besides weights, less the corpus's tokens: attacks bring their own words."""
    return {name: path for name, path in network_inputs(wildcards).items() if name != "tokens"}


def attacking(dataset, method, stage):
    """Names of the recipes that attack a stage of a method."""
    if method not in CFG.methods or stage not in CFG.attack.attacked(CFG.define.methods[method].stages):
        return []
    return CFG.attack.recipes(CFG.define.datasets[dataset].language)


def modes(method, stage):
    """Modes in which a stage of a method is attacked."""
    return CFG.attack.modes_of(CFG.define.methods[method].stochastic(stage))


def transfer_files():
    """Replays between each spiking stage and its DNN, where both are attacked by a recipe that can be replayed."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{seed}/transfer/{stage}.json"
        for dataset in CFG.datasets
        for method in CFG.methods
        for seed in CFG.seeds
        for stage in CFG.define.methods[method].stages
        if CFG.attack.transfer
        and STAGES[stage].spiking
        and attacking(dataset, method, stage)
        and any(
            CFG.attack.recipe(recipe).goal == "misclassify"
            for recipe in attacking(dataset, CFG.dnn_of(method), "dnn")
        )
    ]


def attack_files(suffix):
    """All results of attacks that the configuration asks for, with `suffix` json or parquet."""
    return [
        f"{RESULTS}/{dataset}/{method}/seed{seed}/attack/{stage}/{mode}/{recipe}.{suffix}"
        for dataset in CFG.datasets
        for method in CFG.methods
        for seed in CFG.seeds
        for stage in CFG.define.methods[method].stages
        for recipe in attacking(dataset, method, stage)
        for mode in modes(method, stage)
    ]
