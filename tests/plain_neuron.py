"""One step of an integrate-and-fire neuron, as the papers have it, to hold the product against."""


def step(current, potential, neuron):
    """u[t] = β·v[t−1] + I[t];  s[t] = 1 if u[t] > θ;  v[t] = u[t] − θ·s[t]: s[t], u[t] and v[t]."""
    before = potential * neuron.beta + current
    spikes = (before > neuron.theta).to(current.dtype)
    return spikes, before, before - neuron.theta * spikes
