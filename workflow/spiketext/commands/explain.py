"""Show which words of texts speak for which class, and through which neurons."""

from argparse import ArgumentParser, Namespace

from spiketext.commands.predict import add_network, load_network


def add_arguments(parser: ArgumentParser) -> None:
    """See `spiketext.__main__`."""
    add_network(parser)
    parser.add_argument("--html", metavar="PAGE", help="write an HTML page; else text is printed")


def run(arguments: Namespace) -> int:
    """Print some lines a text, or write a page."""
    from spiketext.files import atomic_path
    from spiketext.use.show import as_html, as_text

    classifier, texts = load_network(arguments)
    found = classifier.explain(texts, steps=arguments.steps)
    if arguments.html is None:
        for number, one in enumerate(found, 1):
            print(as_text(number, one))
        return 0
    card = classifier.card
    title = f"{card.definition.title or card.method} on {card.title or card.dataset}"
    with atomic_path(arguments.html) as partial, partial.open("w", encoding="utf-8") as file:
        file.writelines(as_html(title, found))
    return 0
