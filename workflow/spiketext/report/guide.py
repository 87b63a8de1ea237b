"""How to read the figures of the report."""

from spiketext.energy.prices import STATEMENT
from spiketext.report.document import Bullets, Section
from spiketext.report.estimates import AGREE, DRAWS, OVER_SEEDS, OVER_TEXTS


def how_to_read() -> Section:
    """What intervals, T, stages and energies are."""
    items = [
        f"With several seeds every figure is a mean, and ± is half the 95 % {OVER_SEEDS}. {AGREE} With one "
        f"seed brackets hold the 95 % {OVER_TEXTS}: chance in the choice of texts, not in training. {DRAWS}",
        "T is the number of time steps that a spiking network runs; more steps cost more time and more "
        "energy. After t of T steps the output so far decides, so one run gives the accuracy at every "
        "smaller number.",
        "Stages: the convertible DNN is a TextCNN that can be converted (mean pooling, ReLU, no biases, "
        "positive word vectors); converted is that network with spiking neurons and balanced thresholds, "
        "without training; fine-tuned has then been trained through time with a surrogate gradient; trained "
        "is a network of one's own, trained so from the start. Several methods may convert one DNN; it then "
        "stands with the method that trains it.",
        "The best epoch is chosen on the dev set; the test set is read once, in the evaluation.",
        f"Energies are an {STATEMENT}: counted operations times the cost of one operation. Compare them "
        "with each other, not with the power draw of a device or with another estimator.",
    ]
    return Section("How to read the figures", "how-to-read", [Bullets(items)])
