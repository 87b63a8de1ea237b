#!/usr/bin/env bash
# What has to be seen on a GPU, in one call of under eight minutes: the tests, where everything that the workflow's
# scripts run is on the GPU (`device: auto`), then `python -m benchmarks.device`. Arguments go to the latter:
#   benchmarks/device.sh                 benchmarks/device.sh --device cpu --batches 2 --parts speed    (the plumbing)
# PYTHON: an interpreter that has the packages of envs/requirements.lock (its own builds of torch and triton will do).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${PYTHON:-.venv/bin/python}
export PYTHONPATH=$PWD/workflow${PYTHONPATH:+:$PYTHONPATH}
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
status=0
"$python" -m pytest -q -n "${WORKERS:-auto}" --dist loadfile ${TESTS:-tests/networks tests/neurons tests/inputs/encoding tests/conversion tests/training tests/evaluation tests/test_textbook.py} || status=1
OMP_NUM_THREADS=$(nproc) "$python" -m benchmarks.device "$@" || status=1
exit "$status"
