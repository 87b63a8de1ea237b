"""An edit runs those jobs again that use what was edited, and no others."""

import pytest

from spiketext.config.methods import Method
from spiketext.kinds import PACKAGE, file_of, files_of_stage
from spiketext.provenance import used_files

SCRIPTS = {"dnn": "train_dnn.py", "converted": "convert.py", "finetuned": "finetune.py"}
INTERFACES = {"__init__.py", "base.py"}  # what all kinds of a room share
SIGNED = {"inputs": {"transform": "standardised"}}
METHODS = {
    "rate": Method(conversion={"encoder": {"kind": "rate"}}, finetuning={}),
    "plain": Method(conversion={"backend": "spikingjelly"}, finetuning={}),
    "phase": Method(conversion={"encoder": {"kind": "phase"}, "rule": {"kind": "max"}}, finetuning={}),
    "robust": Method(
        **SIGNED,
        training={"objective": {"kind": "trades"}},
        conversion={"encoder": {"kind": "on-off"}},
        finetuning={"objective": {"kind": "robust"}},
    ),
    "distilled": Method(
        **SIGNED,
        training={"objective": {"kind": "distillation", "teacher": "any"}},
        conversion={"encoder": {"kind": "learned"}, "rule": {"kind": "none"}, "steps": [1]},
        finetuning={
            "objective": {
                "kind": "spike-budget",
                "spikes": 0.2,
                "task": {"kind": "distillation", "teacher": "any"},
            }
        },
    ),
    "learned": Method(
        **SIGNED,
        conversion={"encoder": {"kind": "learned"}, "rule": {"kind": "none"}, "steps": [1]},
        finetuning={"objective": {"kind": "spike-budget", "spikes": 0.2}},
    ),
}


def modules(room):
    """Files of the kinds of a room."""
    return {path for path in (PACKAGE / room).glob("*.py") if path.name not in INTERFACES}


def used(method, stage, script=None):
    """Files whose edit runs a stage of the method again."""
    path = PACKAGE.parent / "scripts" / (script or SCRIPTS[stage])
    return used_files(path, files_of_stage(METHODS[method], stage))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("script", ["train_dnn.py", "evaluate.py"])
def test_a_dnn_depends_on_nothing_that_spikes(method, script):
    """Neither encoders nor neurons nor the C core nor conversion: training and evaluation of a DNN."""
    found = used(method, "dnn", script)
    for room in ("inputs/encoding", "neurons", "networks/native", "conversion", "conversion/rules"):
        assert not found & modules(room), room
    assert not [path for path in found if path.with_suffix(".c").exists()]
    assert PACKAGE / "networks/textcnn/dnn.py" in found


@pytest.mark.parametrize("stage", ["converted", "finetuned"])
def test_an_encoder_counts_where_it_is_used(stage):
    """Each method has its own; the draws belong to rate coding."""
    own = {"rate": {"rate.py", "draws.py"}, "phase": {"phase.py"}, "learned": {"learned.py"}}
    for method, names in own.items():
        found = {path.name for path in used(method, stage) & modules("inputs/encoding")}
        assert found == names, method
        assert {
            path.name for path in used(method, stage, "evaluate.py") & modules("inputs/encoding")
        } == names


@pytest.mark.parametrize("stage", ["converted", "finetuned"])
def test_a_backend_counts_where_it_computes(stage):
    """The fused one with its C core, or the plain one with spikingjelly's neurons; never in a DNN."""
    fused, plain = (PACKAGE / f"networks/textcnn/backends/{name}.py" for name in ("fused", "spikingjelly"))
    core, nodes = PACKAGE / "networks/native/spiking_convolution.py", PACKAGE / "neurons/nodes.py"
    assert {fused, core} <= used("rate", stage) and not {plain, nodes} & used("rate", stage)
    assert {plain, nodes} <= used("plain", stage) and not {fused, core} & used("plain", stage)
    assert not {fused, plain, core, nodes} & used("plain", "dnn")


def test_bipolar_neurons_count_where_they_spike():
    """In a lossless conversion, which has no backend, and in no other."""
    lossless = Method(
        network={"levels": 3},
        conversion={"encoder": {"kind": "analog-once"}, "rule": {"kind": "lossless"}},
    )
    own = {PACKAGE / "neurons/bipolar.py", PACKAGE / "networks/textcnn/bipolar.py"}
    others = {PACKAGE / f"networks/textcnn/{name}.py" for name in ("spiking", "mean_spiking", "twin")}
    for script in ("convert.py", "evaluate.py"):
        found = used_files(PACKAGE.parent / "scripts" / script, files_of_stage(lossless, "converted"))
        assert own <= found
        assert not found & (others | modules("networks/textcnn/backends") | modules("networks/native"))
        assert file_of("inputs.encoding", "analog-once") in found
        assert not own & used("rate", "converted", script)
    assert not own & used_files(PACKAGE.parent / "scripts/train_dnn.py", files_of_stage(lossless, "dnn"))


def test_a_rule_counts_in_the_conversion_that_uses_it():
    """And in no training."""
    for method, name in {"rate": "percentile.py", "phase": "max.py", "learned": "none.py"}.items():
        rules = modules("conversion/rules")
        assert {path.name for path in used(method, "converted") & rules} == {name}
        assert not used(method, "finetuned") & rules


def test_an_objective_counts_where_it_is_minimised():
    """The spike budget is cross-entropy and more."""
    objectives = modules("objectives")
    names = {m: {path.name for path in used(m, "finetuned") & objectives} for m in METHODS}
    assert names == {
        "rate": {"cross_entropy.py"},
        "plain": {"cross_entropy.py"},
        "phase": {"cross_entropy.py"},
        "robust": {"adversary.py", "cross_entropy.py", "robust.py"},
        "distilled": {"cross_entropy.py", "distillation.py", "spike_budget.py"},
        "learned": {"cross_entropy.py", "spike_budget.py"},
    }
    assert not used("rate", "converted") & objectives
    against = {"adversary.py", "cross_entropy.py"}
    assert {path.name for path in used("robust", "dnn") & objectives} == {"trades.py", *against}
    attacker = {PACKAGE / "inputs" / name for name in ("perturbations.py", "synonyms.py")}
    assert attacker <= used("robust", "finetuned") and not attacker & used("rate", "finetuned")


def test_a_teacher_counts_in_its_own_training():
    """An edit of an encoder trains those anew that name it; pupils read answers, not the teacher."""
    room = PACKAGE / "networks/pretrained"
    scripts = PACKAGE.parent / "scripts"
    one = Method(network={"kind": "pretrained", "chinese": "minilm"})
    for script in ("tune.py", "teach.py", "evaluate.py"):
        found = used_files(scripts / script, files_of_stage(one, "tuned"))
        assert {room / "tuned.py", room / "models/minilm.py"} <= found
        assert room / "models/use_multilingual.py" not in found
        assert not found & (modules("neurons") | modules("networks/native") | modules("networks/textcnn"))
    for method in METHODS:
        for stage in SCRIPTS:
            for script in (SCRIPTS[stage], "evaluate.py"):
                assert not {path for path in used(method, stage, script) if room in path.parents}
    assert not {path for path in used_files(scripts / "fit.py") if room in path.parents}


def test_no_stage_depends_on_later_ones():
    """Nor on how results are shown."""
    later = ("attack", "energy", "report", "use", "commands")
    for method in METHODS:
        for stage in SCRIPTS:
            found = {
                path.relative_to(PACKAGE).parts[0] for path in used(method, stage) if PACKAGE in path.parents
            }
            assert not found & set(later), (method, stage)
            assert not {path.name for path in used(method, stage)} & {
                "readout.py",
                "evidence.py",
                "titles.py",
                "version.py",
            }


def test_a_caption_counts_where_it_is_shown():
    """In what draws and writes pages; nothing is trained, evaluated, attacked or priced anew."""
    scripts = (PACKAGE.parent / "scripts").glob("*.py")
    caption = PACKAGE / "report/figures/captions.py"
    found = {script.stem for script in scripts if caption in used_files(script)}
    assert found == {"figures", "report", "report_values", "summarise"}


def test_texts_and_sequences_are_read_apart():
    """An edit of what reads sequences runs no text set again, nor the reverse."""
    scripts = PACKAGE.parent / "scripts"
    sequences = set((PACKAGE / "sequences").glob("*.py")) | {PACKAGE / "resources/pickled_arrays.py"}
    own = used_files(scripts / "read_sequences.py")
    assert sequences <= own
    for name in ("tokenise.py", "embed.py", "split.py", "train_dnn.py", "evaluate.py", "energy.py"):
        assert not sequences & used_files(scripts / name), name
    for name in ("readers.py", "tokenisers.py", "corpus.py"):
        assert PACKAGE / "text" / name not in own
    assert not [path for path in own if PACKAGE / "inputs" in path.parents]


def test_a_recipe_counts_in_its_own_attacks():
    """What several recipes share counts in these."""
    script = PACKAGE.parent / "scripts" / "attack.py"
    found = {
        name: used_files(script, [file_of("attack.recipes", name)])
        for name in ("pwws", "textfooler", "chinese-synonyms")
    }
    for name, files in found.items():
        assert files & modules("attack/recipes") == {file_of("attack.recipes", name)}
    for module, name in (("encoder", "textfooler"), ("chinese", "chinese-synonyms")):
        assert {other for other in found if PACKAGE / f"attack/{module}.py" in found[other]} == {name}
