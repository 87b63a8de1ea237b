"""Every row of the README's table carries the figures of the stage that it names."""

from tools import readme

# Of the made-up study: accuracy, and energy over that of the DNN, at the T of fine-tuning.
BY_HAND = {
    ("dnn", "DNN"): ("", "76.0", "4.0", "1.0"),
    ("lv2023", "convertible DNN"): ("", "76.0", "4.0", "1.0"),
    ("lv2023", "converted"): ("8", "69.0", "8.0", "2.0"),
    ("lv2023", "fine-tuned"): ("8", "74.0", "8.0", "2.0"),
}


def test_stages_keep_their_names(study):
    made = study()
    made.summarise()
    made.report()
    lines = [line.split("|")[1:-1] for line in readme.results_table(made.folder).splitlines()]
    header, _, *rows = [[cell.strip() for cell in line] for line in lines]
    place = {name: header.index(name) for name in ("method", "stage", "T")}
    accuracy, energy, share = (
        next(i for i, name in enumerate(header) if name.startswith(start))
        for start in ("test accuracy", "energy", "of its DNN")
    )
    found = {
        (row[place["method"]], row[place["stage"]]): (
            row[place["T"]],
            row[accuracy].split()[0],
            row[energy],
            row[share],
        )
        for row in rows
    }
    assert found == BY_HAND
