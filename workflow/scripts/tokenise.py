"""Raw files → corpus, vocabulary, word numbers, report and statistics."""

from spiketext.config.data import TextFile
from spiketext.files import write_json
from spiketext.labels import Coding
from spiketext.resources.manifest import raw_file
from spiketext.stage import run
from spiketext.text.corpus import write_corpus
from spiketext.text.encode import length_statistics, vocabulary, write_statistics, write_tokens


def main(snakemake):
    params, output = snakemake.params, snakemake.output
    specs = [TextFile.model_validate(spec) for spec in params.files]
    files = [(raw_file(spec, snakemake.input.manifests), spec) for spec in specs]
    coding = Coding(params.classes, params.labels, drop_others=params.other_labels == "drop")
    corpus = write_corpus(output.corpus, files, coding, params.language, params.max_length, snakemake.threads)
    words = vocabulary(corpus.words)
    found = write_tokens(output.tokens, output.corpus, words, corpus.words.total(), len(params.classes))
    write_statistics(output.statistics, found, params.classes, params.max_length)
    write_json(output.vocabulary, {"words": words, "counts": [corpus.words[word] for word in words]})
    write_json(output.report, corpus.report | {"lengths": length_statistics(found, params.max_length)})


if __name__ == "__main__":  # the worker processes import this file
    run(snakemake, main)
