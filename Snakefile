"""SpikeText: from labelled text to a spiking classifier and a report."""


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/attack_inputs.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/text.smk"
include: "workflow/rules/embeddings.smk"
include: "workflow/rules/retrofitting.smk"
include: "workflow/rules/synonyms.smk"
include: "workflow/rules/sequences.smk"
include: "workflow/rules/unlabelled.smk"
include: "workflow/rules/baselines.smk"
include: "workflow/rules/teach.smk"
include: "workflow/rules/dnn.smk"
include: "workflow/rules/conversion.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/energy.smk"
include: "workflow/rules/attack.smk"
include: "workflow/rules/transfer.smk"
include: "workflow/rules/similarity.smk"
include: "workflow/rules/white_box.smk"
include: f"workflow/rules/{TASK.report}.smk"
include: "workflow/rules/exchange.smk"
include: "workflow/rules/use.smk"


rule all:
    default_target: True
    input:
        f"{RESULTS}/report.html",
        card_files(),


onsuccess:
    say_what_came_out()


onerror:
    say_what_failed()
